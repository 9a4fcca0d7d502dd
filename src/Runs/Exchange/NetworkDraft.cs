namespace RL.Runs;

/// <summary>
/// A network that is being imported, layer after layer. Checks that each fits what is before it, and makes one layer of what scales or shifts
/// the outputs of a linear one.
/// </summary>
/// <param name="shape">Of the input: [n] or [C, H, W].</param>
sealed class NetworkDraft(IReadOnlyList<long> shape)
{
    readonly List<ImportedLayer> _layers = [];
    long[] _shape = [.. shape];

    /// <summary>The layers so far.</summary>
    public IReadOnlyList<ImportedLayer> Layers => _layers;

    /// <summary>What the first layer reads: [n] or [C, H, W].</summary>
    public IReadOnlyList<long> Input => shape;

    /// <summary>What the last layer makes: [n] or [C, H, W].</summary>
    public IReadOnlyList<long> Shape => _shape;

    /// <summary>Numbers that the last layer makes.</summary>
    public long Size => _shape.Aggregate(1L, (product, size) => product * size);

    bool IsImage => _shape.Length == 3;

    /// <summary>W h + b.</summary>
    /// <param name="name">Of the layer in the file, for errors.</param>
    /// <param name="weight">[out×in].</param>
    /// <param name="bias">[out]; null: zeros.</param>
    /// <exception cref="InvalidDataException">It does not fit, or has a number that is not finite.</exception>
    public void Linear(string name, ImportedTensor weight, ImportedTensor? bias)
    {
        ThrowIf(IsImage, name, $"is a linear layer of images {Text(_shape)}; allowed: of vectors, after a flatten");
        ThrowIf(weight.Shape is not [_, var inputs] || inputs != _shape[0], name, $"has weights {Text(weight.Shape)}; allowed: outputs×{_shape[0]}");
        var outputs = weight.Shape[0];
        _layers.Add(new ImportedLayer.Linear(Finite(name, weight), Bias(name, bias, outputs)));
        _shape = [outputs];
    }

    /// <summary>A convolution; weights [out×in×height×width].</summary>
    /// <inheritdoc cref="Linear"/>
    public void Convolution(string name, ImportedTensor weight, ImportedTensor? bias, (int Y, int X) stride, (int Y, int X) padding)
    {
        ThrowIf(!IsImage, name, $"is a convolution of vectors of {_shape[0]}; allowed: of images");
        ThrowIf(
            weight.Shape is not [_, var inputs, > 0, > 0] || inputs != _shape[0] || weight.Shape.Any(size => size > int.MaxValue), name,
            $"has weights {Text(weight.Shape)}; allowed: outputs×{_shape[0]}×height×width");
        var window = new Window((int)weight.Shape[2], (int)weight.Shape[3], stride.Y, stride.X, padding.Y, padding.X);
        var (height, width) = Output(name, window);
        var outputs = weight.Shape[0];
        _layers.Add(new ImportedLayer.Convolution(Finite(name, weight), Bias(name, bias, outputs), window));
        _shape = [outputs, height, width];
    }

    /// <summary>Largest values under kernels.</summary>
    /// <inheritdoc cref="Linear"/>
    public void MaxPool(string name, Window window)
    {
        ThrowIf(!IsImage, name, $"is a pool of vectors of {_shape[0]}; allowed: of images");
        ThrowIf(2 * window.PaddingY > window.Height || 2 * window.PaddingX > window.Width, name, "has pads of more than half its kernel");
        var (height, width) = Output(name, window);
        _layers.Add(new ImportedLayer.MaxPool(window));
        _shape = [_shape[0], height, width];
    }

    /// <summary>s ∘ h + t, each of one number, of one for each element of a vector, or of one for each channel of an image.</summary>
    /// <inheritdoc cref="Linear"/>
    public void Scale(string name, double[] factors, double[] offsets)
    {
        var count = (int)_shape[0];
        double[] Whole(double[] numbers) => numbers.Length == 1 ? [.. Enumerable.Repeat(numbers[0], count)] : numbers;
        (factors, offsets) = (Whole(factors), Whole(offsets));
        var what = IsImage ? "channel" : "element";
        ThrowIf(factors.Length != count || offsets.Length != count, name, $"has {Math.Max(factors.Length, offsets.Length)} numbers; allowed: 1, or one for each {what}: {count}");
        ThrowIf(!factors.Concat(offsets).All(double.IsFinite), name, "has a number that is not finite");
        switch (_layers.LastOrDefault())
        {
            case ImportedLayer.Linear(var weight, var bias):
                _layers[^1] = new ImportedLayer.Linear(Scaled(weight, factors), Affine(bias, factors, offsets));
                break;
            case ImportedLayer.Convolution(var weight, var bias, var window):
                _layers[^1] = new ImportedLayer.Convolution(Scaled(weight, factors), Affine(bias, factors, offsets), window);
                break;
            case ImportedLayer.Scale(var earlier, var shift):
                _layers.RemoveAt(_layers.Count - 1);
                AddScale(Affine(earlier, factors, new double[count]), Affine(shift, factors, offsets));
                break;
            default:
                AddScale(factors, offsets);
                break;
        }
    }

    /// <summary>A division by 255 after what multiplies by it leaves nothing.</summary>
    void AddScale(double[] factors, double[] offsets)
    {
        if (!Array.TrueForAll(factors, factor => Math.Abs(factor - 1) < 1e-12) || !Array.TrueForAll(offsets, offset => offset == 0))
        {
            _layers.Add(new ImportedLayer.Scale(factors, offsets));
        }
    }

    /// <summary>relu, tanh or sigmoid.</summary>
    public void Activation(string function) => _layers.Add(new ImportedLayer.Activation(function));

    /// <summary>min(max(h, low), high).</summary>
    /// <inheritdoc cref="Linear"/>
    public void Clip(string name, double low, double high)
    {
        ThrowIf(!(low <= high), name, $"clips to {low} … {high}");
        _layers.Add(new ImportedLayer.Clip(low, high));
    }

    /// <summary>An image as a vector, channel after channel; a vector stays as it is.</summary>
    public void Flatten()
    {
        if (IsImage)
        {
            _layers.Add(new ImportedLayer.Flatten());
            _shape = [Size];
        }
    }

    /// <summary>h + branch(h).</summary>
    /// <inheritdoc cref="Linear"/>
    public void Residual(string name, NetworkDraft branch)
    {
        ThrowIf(!branch._shape.AsSpan().SequenceEqual(_shape), name, $"adds {Text(branch._shape)} to {Text(_shape)}; allowed: the same shape");
        _layers.Add(new ImportedLayer.Residual(branch._layers));
    }

    /// <summary>Takes the last layer, which must not change the shape, off again.</summary>
    public void RemoveLast() => _layers.RemoveAt(_layers.Count - 1);

    /// <summary>The same network without <see cref="ImportedLayer.Clip"/>: min(max(h, l), u) = u − ((u − l) − (h − l)⁺)⁺.</summary>
    public NetworkDraft Lowered()
    {
        var lowered = new NetworkDraft(shape);
        foreach (var layer in _layers)
        {
            switch (layer)
            {
                case ImportedLayer.Clip(var low, var high):
                    lowered.AddClip(low, high);
                    break;
                case ImportedLayer.Scale(var factors, var offsets):
                    lowered.Scale("", factors, offsets);
                    break;
                case ImportedLayer.Residual(var branch):
                    var inner = new NetworkDraft(lowered._shape);
                    inner._layers.AddRange(branch);
                    lowered._layers.Add(new ImportedLayer.Residual(inner.Lowered()._layers));
                    break;
                default:
                    lowered._layers.Add(layer);
                    lowered.Reshape(layer);
                    break;
            }
        }

        return lowered;
    }

    void AddClip(double low, double high)
    {
        var (isBelow, isAbove) = (double.IsFinite(low), double.IsFinite(high));
        if (isBelow)
        {
            Scale("", [1], [-low]);
            Activation("relu");
        }

        if (isAbove)
        {
            Scale("", [-1], [isBelow ? high - low : high]);
            Activation("relu");
        }

        if (isBelow || isAbove)
        {
            Scale("", [isAbove ? -1 : 1], [isAbove ? high : low]);
        }
    }

    void Reshape(ImportedLayer layer)
    {
        switch (layer)
        {
            case ImportedLayer.Linear(_, var bias):
                _shape = [bias.Length];
                break;
            case ImportedLayer.Convolution(_, var bias, var window):
                var (height, width) = window.Output(_shape[1], _shape[2]);
                _shape = [bias.Length, height, width];
                break;
            case ImportedLayer.MaxPool(var window):
                var (rows, columns) = window.Output(_shape[1], _shape[2]);
                _shape = [_shape[0], rows, columns];
                break;
            case ImportedLayer.Flatten:
                _shape = [Size];
                break;
        }
    }

    /// <summary>3×64×64.</summary>
    public static string Text(IEnumerable<long> shape) => string.Join('×', shape);

    (long Height, long Width) Output(string name, Window window)
    {
        ThrowIf(window.StrideY < 1 || window.StrideX < 1 || window.PaddingY < 0 || window.PaddingX < 0, name, $"has a kernel of {window.Text}");
        var (height, width) = window.Output(_shape[1], _shape[2]);
        ThrowIf(
            height < 1 || width < 1 || window.Height > _shape[1] + (2L * window.PaddingY) || window.Width > _shape[2] + (2L * window.PaddingX), name,
            $"has a kernel of {window.Text}, which does not fit images of {_shape[1]}×{_shape[2]} pixels");
        return (height, width);
    }

    static double[] Bias(string name, ImportedTensor? bias, long outputs)
    {
        if (bias is null)
        {
            return new double[outputs];
        }

        ThrowIf(bias.Count != outputs, name, $"has biases {Text(bias.Shape)}; allowed: {outputs}");
        return Finite(name, bias);
    }

    static double[] Finite(string name, ImportedTensor tensor)
    {
        var values = tensor.Values();
        ThrowIf(!Array.TrueForAll(values, double.IsFinite), name, "has a weight that is NaN or infinite");
        return values;
    }

    static double[] Scaled(double[] weight, double[] factors)
    {
        var columns = weight.Length / factors.Length;
        return [.. weight.Select((value, i) => value * factors[i / columns])];
    }

    static double[] Affine(double[] values, double[] factors, double[] offsets) => [.. values.Select((value, i) => (value * factors[i]) + offsets[i])];

    static void ThrowIf(bool isWrong, string name, string what)
    {
        if (isWrong)
        {
            throw new InvalidDataException($"{name} {what}.");
        }
    }
}
