namespace RL.Certification;

/// <summary>
/// A relaxation of a fully connected network as a linear program: of each layer z = W h + b exactly, and of every neuron that is not linear over its
/// bounds lines on both sides (of ReLU its triangle, of smooth functions nine tangents or the secant). Rows that hold for the network may be
/// added, such as those of <see cref="HullCuts"/>.
/// </summary>
sealed class NetworkProgram : IDisposable
{
    /// <summary>Lines on either side of a smooth function.</summary>
    const int Lines = 9;

    readonly double[][] _zLower, _zUpper, _hLower, _hUpper;
    readonly int[][] _z, _h;
    readonly bool _isBox;
    int[] _outputs = [];

    /// <param name="layers">The network.</param>
    /// <param name="lower">The box of inputs.</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <param name="halfSpaces">What else is known of the inputs.</param>
    public NetworkProgram(AffineLayer[] layers, double[] lower, double[] upper, IReadOnlyCollection<LinearConstraint>? halfSpaces = null)
    {
        (Layers, _isBox) = (layers, halfSpaces is null or { Count: 0 });
        double[][] PerLayer() => [.. layers.Select(layer => new double[layer.Outputs])];
        (_zLower, _zUpper, _hLower, _hUpper) = (PerLayer(), PerLayer(), [lower, .. PerLayer()], [upper, .. PerLayer()]);
        _z = [.. layers.Select(layer => new int[layer.Outputs])];
        _h = [[.. lower.Zip(upper, Program.AddVariable)], .. layers.Select(layer => new int[layer.Outputs])];
        foreach (var half in halfSpaces ?? [])
        {
            Program.AddRow(_h[0], half.Normal, half.Least, double.PositiveInfinity);
        }
    }

    /// <summary>The network.</summary>
    public AffineLayer[] Layers { get; }

    /// <summary>The program.</summary>
    public LinearProgram Program { get; } = new();

    /// <summary>How many hidden layers there are.</summary>
    public int Hidden => Layers.Length - 1;

    /// <summary>Bounds of the pre-activations of a layer.</summary>
    public (double[] Lower, double[] Upper) BoundsOfZ(int layer) => (_zLower[layer], _zUpper[layer]);

    /// <summary>Bounds of what a layer reads.</summary>
    public (double[] Lower, double[] Upper) BoundsOfInputs(int layer) => (_hLower[layer], _hUpper[layer]);

    /// <summary>Variables of the pre-activations of a layer.</summary>
    public int[] Z(int layer) => _z[layer];

    /// <summary>Variables that a layer reads; −1 for those that are always 0.</summary>
    public int[] Inputs(int layer) => _h[layer];

    /// <summary>Variables that a hidden layer makes; −1 for those that are always 0.</summary>
    public int[] Values(int layer) => _h[layer + 1];

    /// <summary>Variables of the outputs.</summary>
    public int[] Outputs => _outputs;

    /// <summary>Whether a neuron is not linear over its bounds.</summary>
    public bool IsOpen(int layer, int neuron)
    {
        var (lower, upper) = (_zLower[layer][neuron], _zUpper[layer][neuron]);
        return lower < upper && !(Layers[layer].Function!.IsKinked && (lower >= 0 || upper <= 0));
    }

    /// <summary>A hidden neuron as a problem of its own: σ(w·h + b) over the bounds of what it reads.</summary>
    public ActivationEnvelope Envelope(int layer, int neuron) => new(
        Layers[layer].Function!, Layers[layer].Row(neuron), Layers[layer].Bias[neuron], _hLower[layer], _hUpper[layer]);

    /// <summary>
    /// Builds all layers. Bounds of pre-activations are those by intervals, of <paramref name="known"/> if given, and, if wanted, those of the
    /// program itself, two solutions for every neuron that is still open.
    /// </summary>
    /// <param name="known">Bounds of each layer's pre-activations from elsewhere.</param>
    /// <param name="solves">Whether to tighten bounds by the program.</param>
    public NetworkProgram Build(IReadOnlyList<(double[] Lower, double[] Upper)>? known, bool solves)
    {
        for (var layer = 0; layer < Layers.Length; layer++)
        {
            AddPreActivations(layer, known?[layer]);
            if (layer == Hidden)
            {
                _outputs = _z[layer];
                break;
            }
            for (var neuron = 0; solves && !(layer == 0 && _isBox) && neuron < _z[layer].Length; neuron++)
            {
                if (IsOpen(layer, neuron))
                {
                    Tighten(layer, neuron);
                }
            }
            AddActivations(layer);
        }
        return this;
    }

    /// <summary>The least and the largest value of a variable.</summary>
    public (double Lower, double Upper) Range(int variable) =>
        (-Program.Maximize(variable, -1).Bound, Program.Maximize(variable, 1).Bound);

    /// <inheritdoc/>
    public void Dispose() => Program.Dispose();

    /// <summary>Of a solution, the values of variables; 0 for those numbered −1.</summary>
    public static double[] Pick(LinearSolution solution, int[] variables) => Array.ConvertAll(variables, variable => variable < 0 ? 0 : solution.X[variable]);

    void Tighten(int layer, int neuron)
    {
        var (lower, upper) = Range(_z[layer][neuron]);
        (lower, upper) = (Math.Max(lower, _zLower[layer][neuron]), Math.Min(upper, _zUpper[layer][neuron]));
        if (lower <= upper)
        {
            (_zLower[layer][neuron], _zUpper[layer][neuron]) = (lower, upper);
            Program.Tighten(_z[layer][neuron], lower, upper);
        }
    }

    void AddPreActivations(int layer, (double[] Lower, double[] Upper)? known)
    {
        var own = Layers[layer];
        var (lower, upper) = LayerChain.Intervals(own, _hLower[layer], _hUpper[layer]);
        int[] read = [.. Enumerable.Range(0, own.Inputs).Where(j => _h[layer][j] >= 0)];
        int[] columns = [.. read.Select(j => _h[layer][j]), 0];
        var row = new double[columns.Length];
        for (var k = 0; k < own.Outputs; k++)
        {
            if (known is { } bounds)
            {
                (lower[k], upper[k]) = (Math.Max(lower[k], bounds.Lower[k]), Math.Min(upper[k], bounds.Upper[k]));
            }
            if (!(double.IsFinite(lower[k]) && double.IsFinite(upper[k])))
            {
                throw new ArgumentException($"Value {k} of layer {layer + 1} overflows in the box; allowed: what stays finite.");
            }
            columns[^1] = _z[layer][k] = Program.AddVariable(lower[k], upper[k]);
            for (var i = 0; i < read.Length; i++)
            {
                row[i] = -own.Weight[(k * own.Inputs) + read[i]];
            }
            row[^1] = 1;
            Program.AddRow(columns, row, own.Bias[k], own.Bias[k]);
        }
        (_zLower[layer], _zUpper[layer]) = (lower, upper);
    }

    void AddActivations(int layer)
    {
        var function = Layers[layer].Function!;
        for (var k = 0; k < _z[layer].Length; k++)
        {
            var (z, lower, upper) = (_z[layer][k], _zLower[layer][k], _zUpper[layer][k]);
            var (least, most) = (function.Enclose(lower).Down, function.Enclose(upper).Up);
            (_hLower[layer + 1][k], _hUpper[layer + 1][k]) = (least, most);
            var slope = lower >= 0 ? 1 : function.LeftSlope;
            if (function.IsKinked && (lower >= 0 || upper <= 0) && slope is 0 or 1)
            {
                _h[layer + 1][k] = slope == 0 ? -1 : z;
                continue;
            }
            var h = _h[layer + 1][k] = Program.AddVariable(least, most);
            AddLines(ActivationLines.Upper, function, (z, h), lower, upper, isAbove: true);
            AddLines(ActivationLines.Lower, function, (z, h), lower, upper, isAbove: false);
        }
    }

    delegate double Writer(ActivationFunction function, double lower, double upper, Span<double> slopes, Span<double> offsets);

    void AddLines(Writer write, ActivationFunction function, (int Z, int H) variables, double lower, double upper, bool isAbove)
    {
        var count = function.IsKinked ? 2 : Lines;
        var (slopes, offsets) = (new double[count], new double[count]);
        write(function, lower, upper, slopes, offsets);
        for (var i = 0; i < count; i++)
        {
            if (i > 0 && slopes[i] == slopes[i - 1] && offsets[i] == offsets[i - 1])
            {
                continue;
            }
            Program.AddRow(
                [variables.Z, variables.H], [-slopes[i], 1], isAbove ? double.NegativeInfinity : offsets[i], isAbove ? offsets[i] : double.PositiveInfinity);
        }
    }
}
