using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// A fully connected ReLU network: zⁱ = Wⁱ hⁱ⁻¹ + bⁱ, hⁱ = max(zⁱ, 0), f(x) = Wᴸ hᴸ⁻¹ + bᴸ (paper, eq. 1).
///
/// It aliases the tensors it is given: nothing is copied, nothing is owned, and a forward pass sees the weights of a network in
/// training as they are then, and so does every call of an optimiser. Only what <see cref="Given"/> adds to the first bias and what
/// <see cref="Minimum"/> copies is of the moment of the call: <see cref="Refresh"/> brings it up to date in place.
/// </summary>
public sealed class ReluNetwork : IReluNetwork
{
    readonly Action? _refresh;        // writes anew, in place, what is computed from other weights
    readonly ReluNetwork? _full;      // what Given was called on: derived values are those of all inputs, fixed ones included

    /// <summary>A network of the given layers.</summary>
    /// <exception cref="ArgumentException">No layers, or shapes, dtypes or devices that do not chain.</exception>
    public ReluNetwork(IReadOnlyList<ReluLayer> layers)
        : this(layers, null)
    {
        ThrowUnlessChained(layers);
    }

    ReluNetwork(IReadOnlyList<ReluLayer> layers, ReluNetwork? full, Action? refresh = null)
    {
        (Layers, _full, _refresh) = (layers, full, refresh);
    }

    /// <summary>The L affine layers; ReLU stands between them.</summary>
    public IReadOnlyList<ReluLayer> Layers { get; }

    /// <summary>n, the number of free inputs.</summary>
    public long Inputs => Layers[0].Weight.size(1);

    /// <inheritdoc/>
    public IReadOnlyList<long> InputShape => [Inputs];

    /// <inheritdoc/>
    public long Outputs => Layers[^1].Weight.size(0);

    /// <inheritdoc/>
    public ScalarType Dtype => Layers[0].Weight.dtype;

    /// <inheritdoc/>
    public Device Device => Layers[0].Weight.device;

    /// <inheritdoc/>
    public int ReluLayers => Layers.Count - 1;

    /// <inheritdoc/>
    public long? Problems => Layers[0].Bias.dim() == 2 ? Layers[0].Bias.size(0) : null;

    /// <summary>The network before <see cref="Given"/>, itself if no inputs are fixed: equal for all problems.</summary>
    internal ReluNetwork Full => _full ?? this;

    /// <summary>
    /// A network of a module whose parameters are, in order, weight [out×in] and bias [out] of each affine layer, such as
    /// Sequential(Linear, ReLU, …, Linear). Activations are not parameters and cannot be seen: that they are ReLU is the
    /// caller's word.
    /// </summary>
    public static ReluNetwork FromModule(nn.Module module)
    {
        ArgumentNullException.ThrowIfNull(module);
        var parameters = module.named_parameters().ToArray();
        if (parameters.Length == 0 || parameters.Length % 2 != 0)
        {
            throw new ArgumentException(
                $"Module {module.GetName()} has {parameters.Length} parameters; allowed: a weight and a bias per layer.",
                nameof(module));
        }
        return new([.. parameters.Chunk(2).Select(pair => new ReluLayer(pair[0].parameter, pair[1].parameter))]);
    }

    /// <summary>
    /// A network of named tensors: "{prefix}{k}.weight" [out×in] and "{prefix}{k}.bias" [out], layers in the order of the
    /// numbers k. Other names are ignored: the file of a state dictionary, of several networks, will do.
    /// </summary>
    public static ReluNetwork FromTensors(IReadOnlyDictionary<string, Tensor> tensors, string prefix = "")
    {
        const string weight = ".weight";
        var layers = tensors.Keys
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith(weight, StringComparison.Ordinal))
            .Select(name => name[prefix.Length..^weight.Length])
            .Where(number => int.TryParse(number, out _))
            .OrderBy(int.Parse)
            .Select(number => new ReluLayer(tensors[$"{prefix}{number}{weight}"], Find(tensors, $"{prefix}{number}.bias")))
            .ToArray();
        return layers.Length > 0 ? new(layers) : throw new ArgumentException(
            $"No tensor is named \"{prefix}<number>.weight\"; there are: {string.Join(", ", tensors.Keys)}.", nameof(tensors));
    }

    /// <summary>The network saved in a safetensors file under names like "1.weight", "1.bias", ….</summary>
    public static ReluNetwork FromFile(string path, string prefix = "") => FromTensors(SafeTensors.Read(path), prefix);

    /// <summary>
    /// min(f, g) of two networks of the same inputs, one output each and as many layers, as one ReLU network:
    /// min(f, g) = f − (f − g)⁺ with f = f⁺ − (−f)⁺, a hidden layer of three units on both networks side by side. It copies their
    /// weights as they are; the copies belong to the current dispose scope.
    /// </summary>
    /// <exception cref="ArgumentException">They are not such networks, or some of their inputs are fixed.</exception>
    public static ReluNetwork Minimum(ReluNetwork f, ReluNetwork g)
    {
        ArgumentNullException.ThrowIfNull(f);
        ArgumentNullException.ThrowIfNull(g);
        if (f.Inputs != g.Inputs || f.Layers.Count != g.Layers.Count || f.Outputs != 1 || g.Outputs != 1
            || (f.Problems ?? g.Problems) is not null)
        {
            static string Sizes(ReluNetwork network) => $"{network.Inputs}→{string.Join("→", network.Layers.Select(layer => layer.Weight.shape[0]))}";
            throw new ArgumentException(
                $"The networks are {Sizes(f)} and {Sizes(g)}; allowed: equal numbers of inputs and of layers, one output, no fixed inputs.", nameof(g));
        }
        if (f.Dtype != g.Dtype)
        {
            throw new ArgumentException($"The networks are {f.Dtype} and {g.Dtype}; they must be equal.", nameof(g));
        }
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        static Tensor Blocks(Tensor upper, Tensor lower)
        {
            static Tensor Zeros(Tensor rows, Tensor columns) => zeros(rows.shape[0], columns.shape[1], dtype: rows.dtype, device: rows.device);
            return cat([cat([upper, Zeros(upper, lower)], 1), cat([Zeros(lower, upper), lower], 1)]);
        }
        static Tensor Sides(Tensor ofF, Tensor ofG) => cat([ofF, -ofF, ofF - ofG]);
        var (last, inner) = (f.Layers.Count - 1, f.Layers.Zip(g.Layers).Take(f.Layers.Count - 1));
        var (topF, topG) = (f.Layers[last], g.Layers[last]);
        ReluLayer[] layers =
        [
            .. inner.Select((pair, i) => new ReluLayer(
                i == 0 ? cat([pair.First.Weight, pair.Second.Weight]) : Blocks(pair.First.Weight, pair.Second.Weight),
                cat([pair.First.Bias, pair.Second.Bias]))),
            new(
                last == 0 ? Sides(topF.Weight, topG.Weight) : Sides(
                    cat([topF.Weight, zeros_like(topG.Weight)], 1), cat([zeros_like(topF.Weight), topG.Weight], 1)),
                Sides(topF.Bias, topG.Bias)),
            new(tensor([1f, -1f, -1f], [1, 3], dtype: f.Dtype, device: f.Device), zeros(1, dtype: f.Dtype, device: f.Device)),
        ];
        layers = [.. layers.Select(layer => new ReluLayer(layer.Weight.MoveToOuterDisposeScope(), layer.Bias.MoveToOuterDisposeScope()))];
        return new(layers, null, () => CopySides(f, g, layers));
    }

    /// <summary>Copies the weights of two networks to where <see cref="Minimum"/> has put them.</summary>
    static void CopySides(ReluNetwork f, ReluNetwork g, ReluLayer[] layers)
    {
        f.Refresh();
        g.Refresh();
        var last = f.Layers.Count - 1;
        for (var i = 0; i < last; i++)
        {
            var ((weightF, biasF), (weightG, biasG), (weight, bias)) = (f.Layers[i], g.Layers[i], layers[i]);
            var (above, below) = (weightF.shape[0], weightG.shape[0]);
            weight.narrow(0, 0, above).narrow(1, 0, weightF.shape[1]).copy_(weightF);
            weight.narrow(0, above, below).narrow(1, weight.shape[1] - weightG.shape[1], weightG.shape[1]).copy_(weightG);
            bias.narrow(0, 0, above).copy_(biasF);
            bias.narrow(0, above, below).copy_(biasG);
        }
        var ((topF, onF), (topG, onG), (sides, offsets)) = (f.Layers[last], g.Layers[last], layers[last]);
        // Rows f, −f and f − g; without a hidden layer both networks have the same columns.
        var (columnsF, columnsG) = (sides.narrow(1, 0, topF.shape[1]), sides.narrow(1, sides.shape[1] - topG.shape[1], topG.shape[1]));
        columnsF.narrow(0, 0, 1).copy_(topF);
        columnsF.narrow(0, 1, 1).copy_(-topF);
        columnsF.narrow(0, 2, 1).copy_(topF);
        columnsG.narrow(0, 2, 1).copy_(last == 0 ? topF - topG : -topG);
        offsets.copy_(cat([onF, -onF, onF - onG]));
    }

    /// <summary>
    /// Takes in the weights as they are now where this network has numbers of its own: those that <see cref="Minimum"/> has copied, and what
    /// <see cref="Given"/> has added to the first bias. A copy in place: tensors stay where they are, and nothing is built anew. Other networks
    /// need none.
    /// </summary>
    public void Refresh()
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        _full?.Refresh();
        _refresh?.Invoke();
    }

    /// <summary>
    /// Fixes the first k inputs of each problem: with W₁ = [Wₛ Wₐ], W₁[s; a] + b₁ = Wₐ a + (Wₛ s + b₁), a ReLU network of a alone
    /// with one first bias per problem. Wₐ is a view; only the bias is new, and it belongs to the current dispose scope.
    /// </summary>
    /// <param name="fixedInputs">s [B×k], 0 &lt; k &lt; n.</param>
    public ReluNetwork Given(Tensor fixedInputs)
    {
        if (Problems is not null)
        {
            throw new InvalidOperationException("Inputs of this network are already fixed; call Given on Full with all of them.");
        }
        ArgumentNullException.ThrowIfNull(fixedInputs);
        if (fixedInputs.dim() != 2 || fixedInputs.shape[1] < 1 || fixedInputs.shape[1] >= Inputs)
        {
            throw new ArgumentException(
                $"Fixed inputs have shape {fixedInputs.ShapeText()}; allowed: [B×k] with k from 1 to {Inputs - 1}.",
                nameof(fixedInputs));
        }
        if (fixedInputs.dtype != Dtype)
        {
            throw new ArgumentException($"Fixed inputs are {fixedInputs.dtype} while the network is {Dtype}; they must be equal.", nameof(fixedInputs));
        }
        using var noGrad = no_grad();
        var k = fixedInputs.shape[1];
        var (weight, bias) = Layers[0];
        Tensor FirstBias()
        {
            using var fixedWeight = weight.narrow(1, 0, k);
            using var transposed = fixedWeight.t();
            using var product = fixedInputs.matmul(transposed);
            return product + bias;
        }
        var first = new ReluLayer(weight.narrow(1, k, Inputs - k), FirstBias());
        return new([first, .. Layers.Skip(1)], this, () => first.Bias.copy_(FirstBias()));
    }

    /// <inheritdoc/>
    public IReluNetwork Repeat(long starts) => Problems is null || starts == 1
        ? this
        : new ReluNetwork([Layers[0] with { Bias = Rows.Repeat(Layers[0].Bias, starts) }, .. Layers.Skip(1)], _full);

    /// <summary>
    /// Weights and biases must be finite, but for −∞ as a bias of the last layer: an output that is masked.
    /// </summary>
    /// <inheritdoc/>
    public void ThrowUnlessFinite()
    {
        var layers = Full.Layers;
        for (var i = 0; i < layers.Count; i++)
        {
            if (!Finite.All(layers[i].Weight))
            {
                Finite.ThrowUnlessAll($"Weight of layer {i + 1}", layers[i].Weight);
            }
            if (i < layers.Count - 1 && !Finite.All(layers[i].Bias))
            {
                Finite.ThrowUnlessAll($"Bias of layer {i + 1}", layers[i].Bias);
            }
        }
        var last = layers[^1].Bias;
        if (!Finite.All(last) && !IsBelowInfinity(last))
        {
            throw new ArgumentException(
                $"Bias of layer {layers.Count}, the last, holds +∞ or what is not a number; allowed: finite numbers, and −∞ for a masked output.");
        }
        if (_full is not null)
        {
            Finite.ThrowUnlessAll("What fixed inputs add to the first layer", Layers[0].Bias);
        }
    }

    static bool IsBelowInfinity(Tensor tensor)
    {
        using var noGrad = no_grad();
        using var isBelow = tensor.lt(double.PositiveInfinity).all();
        return (bool)isBelow;
    }

    /// <inheritdoc/>
    public Tensor Forward(Tensor x) => Forward(x, static (_, z) => z.relu());

    /// <inheritdoc/>
    public Tensor Forward(Tensor x, Activation activation)
    {
        var h = x;
        for (var i = 0; i < ReluLayers; i++)
        {
            h = activation(i, Layers[i].Apply(h));
        }
        return Layers[^1].Apply(h);
    }

    /// <summary>In closed form: δᴸ⁻¹ = Wᴸᵀ ∂o/∂y, δⁱ⁻¹ = Wⁱᵀ(1[zⁱ > 0]∘δⁱ), ∇ₓ = δ⁰.</summary>
    public (Tensor Values, Tensor Gradient) ValuesAndGradient(Tensor x, Score score)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var (z, outputs) = ForwardWithPreActivations(x);
        var delta = score.Gradient(outputs).matmul(Layers[^1].Weight);
        for (var i = z.Length - 1; i >= 0; i--)
        {
            delta = (delta * z[i].gt(0)).matmul(Layers[i].Weight);
        }
        return (score.Value(outputs).MoveToOuterDisposeScope(), delta.MoveToOuterDisposeScope());
    }

    /// <summary>Pre-activations z¹ … zᴸ⁻¹, each [B×nᵢ], and outputs f(x) [B×m] for inputs [B×n].</summary>
    internal (Tensor[] PreActivations, Tensor Outputs) ForwardWithPreActivations(Tensor x)
    {
        var z = new Tensor[Layers.Count - 1];
        var h = x;
        for (var i = 0; i < z.Length; i++)
        {
            z[i] = Layers[i].Apply(h);
            h = z[i].relu();
        }
        return (z, Layers[^1].Apply(h));
    }

    /// <summary>
    /// ‖nⁱⱼ‖ for every hidden layer [nᵢ]: row norms of Wⁱ Wⁱ⁻¹ … W¹ over <b>all</b> inputs, fixed ones included, without gates.
    /// They belong to the current dispose scope.
    /// </summary>
    internal IReadOnlyList<Tensor> NormalNorms()
    {
        if (_full is not null)
        {
            return _full.NormalNorms();
        }
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return [.. Normals().Select(normals => normals.norm(1).MoveToOuterDisposeScope())];
    }

    /// <summary>
    /// nⁱⱼ for every hidden layer [nᵢ×n]: Wⁱ Wⁱ⁻¹ … W¹ over all inputs, fixed ones included, without gates. They belong to the current dispose
    /// scope, but for the first, which is a weight.
    /// </summary>
    internal IReadOnlyList<Tensor> Normals()
    {
        using var noGrad = no_grad();
        var normals = new Tensor[Layers.Count - 1];
        for (var i = 0; i < normals.Length; i++)
        {
            normals[i] = i == 0 ? Full.Layers[0].Weight : Full.Layers[i].Weight.matmul(normals[i - 1]);
        }
        return normals;
    }

    static Tensor Find(IReadOnlyDictionary<string, Tensor> tensors, string name) =>
        tensors.TryGetValue(name, out var tensor) ? tensor : throw new ArgumentException(
            $"Tensor \"{name}\" is missing; there are: {string.Join(", ", tensors.Keys)}.", nameof(tensors));

    static void ThrowUnlessChained(IReadOnlyList<ReluLayer> layers)
    {
        ArgumentNullException.ThrowIfNull(layers);
        if (layers.Count == 0)
        {
            throw new ArgumentException("A network has at least 1 layer; there are 0.", nameof(layers));
        }
        for (var i = 0; i < layers.Count; i++)
        {
            var (weight, bias) = layers[i];
            var inputs = i == 0 ? (long?)null : layers[i - 1].Weight.shape[0];
            if (weight.dim() != 2 || (inputs is not null && weight.shape[1] != inputs))
            {
                throw new ArgumentException(
                    $"Weight of layer {i + 1} has shape {weight.ShapeText()}; allowed: [out×{inputs?.ToString() ?? "in"}].",
                    nameof(layers));
            }
            if (bias.dim() != 1 || bias.shape[0] != weight.shape[0])
            {
                throw new ArgumentException(
                    $"Bias of layer {i + 1} has shape {bias.ShapeText()}; allowed: [{weight.shape[0]}].", nameof(layers));
            }
            if (weight.dtype != layers[0].Weight.dtype || bias.dtype != weight.dtype)
            {
                throw new ArgumentException(
                    $"Layer {i + 1} has a {weight.dtype} weight and a {bias.dtype} bias; " +
                    $"all must be {layers[0].Weight.dtype} like the first weight.", nameof(layers));
            }
        }
    }
}

/// <summary>An affine layer z = W h + b.</summary>
/// <param name="Weight">W [out×in].</param>
/// <param name="Bias">b [out]; [B×out] in the first layer of a network whose inputs are partly fixed.</param>
public readonly record struct ReluLayer(Tensor Weight, Tensor Bias)
{
    /// <summary>z [B×out] for h [B×in].</summary>
    public Tensor Apply(Tensor h) => h.matmul(Weight.t()) + Bias;
}
