using System.Numerics.Tensors;

namespace RL.InputOpt;

/// <summary>
/// Sign steps for the rows of minibatches on a network whose first inputs each row fixes, or on the smaller of two such networks: what
/// <see cref="ProjectedGradient"/> does on <see cref="ReluNetwork.Given"/> and <see cref="ReluNetwork.Minimum"/>, on the caller's memory. Learning
/// from best actions calls it with every update: nothing is allocated once it is made, and weights that have changed cost a copy. Rows do not
/// depend on each other. Draws nothing. Not for several threads.
/// </summary>
public sealed class MinibatchAscent
{
    static readonly float[] _one = [1];

    readonly Side _first;
    readonly Side? _second;
    readonly int _fixedInputs, _inputs;
    readonly float[] _steps;                        // in units of half the box's width
    readonly float[] _x, _g, _lower, _upper, _scale;

    /// <param name="network">[fixed and free inputs → 1], Float32 on the CPU, with at least one hidden layer. Its weights are those of each call.</param>
    /// <param name="fixedInputs">k, the number of fixed inputs, which come first.</param>
    /// <param name="options">Sign steps without momentum and restarts, such as <see cref="ProjectedGradientOptions.WarmStart"/>.</param>
    /// <param name="second">Another network of the same inputs: min(f, g) is maximised.</param>
    /// <exception cref="ArgumentException">A network or options that it does not serve.</exception>
    public MinibatchAscent(ReluNetwork network, int fixedInputs, ProjectedGradientOptions options, ReluNetwork? second = null)
    {
        ArgumentNullException.ThrowIfNull(network);
        if (!Serves(options))
        {
            throw new ArgumentException(
                $"The steps have direction {options.Direction}, momentum {options.Momentum} and {options.Restarts} restarts; "
                + $"allowed: {StepDirection.Sign} or {StepDirection.Steepest}, 0 and 0.",
                nameof(options));
        }
        _fixedInputs = fixedInputs;
        _first = new Side(network, fixedInputs);
        _second = second is null ? null : new Side(second, fixedInputs);
        _inputs = _first.Network.Inputs;
        if (_second is not null && _second.Network.Inputs != _inputs)
        {
            throw new ArgumentException(
                $"The networks have {network.Inputs} and {second!.Inputs} inputs; they must be equal.", nameof(second));
        }
        _steps = [.. Enumerable.Range(0, options.Steps).Select(t => (float)options.StepAt(t))];
        (_x, _g) = (new float[_inputs], new float[_inputs]);
        (_lower, _upper, _scale) = (new float[_inputs], new float[_inputs], new float[_inputs]);
    }

    /// <summary>Whether steps are of the kind that this makes.</summary>
    public static bool Serves(ProjectedGradientOptions options) =>
        options.Validated() is { Direction: StepDirection.Sign or StepDirection.Steepest, Momentum: 0, Restarts: 0 };

    /// <summary>
    /// Whether this is the quickest way with such a network: with two hidden layers and few free inputs, where steps cost what they change. With
    /// others matrix products of all rows are.
    /// </summary>
    public static bool IsQuickest(ReluNetwork network, int fixedInputs) =>
        network.Layers.Count == 3 && NetworkPoint<float>.ChangesLittle((int)network.Inputs - fixedInputs, (int)network.Layers[0].Weight.size(0), hidden: 2);

    /// <summary>Maximises over |x − start| ≤ radius, low ≤ x ≤ high, from each row's start.</summary>
    /// <param name="fixedInputs">[B×k], row after row.</param>
    /// <param name="starts">[B×n]; what lies outside [low, high] is moved to its end first.</param>
    /// <param name="radius">≥ 0.</param>
    /// <param name="low">Least value of a free input.</param>
    /// <param name="high">Largest value of a free input.</param>
    /// <param name="best">Receives the best x [B×n], starts included.</param>
    /// <param name="gains">Receives how much larger the value is there than at the start, ≥ 0 [B].</param>
    /// <exception cref="ArgumentException">Spans that do not fit, or a number, weight or value that is not finite.</exception>
    public void Maximize(
        ReadOnlySpan<float> fixedInputs, ReadOnlySpan<float> starts, double radius, double low, double high, Span<float> best, Span<float> gains)
    {
        var rows = gains.Length;
        if (fixedInputs.Length != rows * _fixedInputs || starts.Length != rows * _inputs || best.Length != starts.Length)
        {
            throw new ArgumentException(
                $"There are {fixedInputs.Length} fixed inputs, {starts.Length} starts and room for {best.Length} results in {rows} rows; allowed: "
                + $"{_fixedInputs}, {_inputs} and {_inputs} a row.");
        }
        if (!(radius >= 0 && low <= high))
        {
            throw new ArgumentOutOfRangeException(nameof(radius), radius, $"The radius must be ≥ 0, and low ({low}) ≤ high ({high}).");
        }
        if (!TensorPrimitives.IsFiniteAll(fixedInputs) || !TensorPrimitives.IsFiniteAll(starts))
        {
            throw new ArgumentException("Fixed inputs or starts hold a number that is infinite or not a number; all must be finite.");
        }
        _first.Load();
        _second?.Load();
        for (var row = 0; row < rows; row++)
        {
            gains[row] = MaximizeRow(
                row, fixedInputs.Slice(row * _fixedInputs, _fixedInputs), starts.Slice(row * _inputs, _inputs), (float)radius, (float)low, (float)high,
                best.Slice(row * _inputs, _inputs));
        }
    }

    float MaximizeRow(
        int row, ReadOnlySpan<float> fixedInputs, ReadOnlySpan<float> start, float radius, float low, float high, Span<float> best)
    {
        for (var k = 0; k < _inputs; k++)
        {
            _x[k] = Lanes.Clip(start[k], low, high);
            (_lower[k], _upper[k]) = (Lanes.Clip(_x[k] - radius, low, high), Lanes.Clip(_x[k] + radius, low, high));
            _scale[k] = (_upper[k] - _lower[k]) / 2;
        }
        _x.CopyTo(best);
        _first.Start(fixedInputs, _x);
        _second?.Start(fixedInputs, _x);
        var smaller = Smaller();
        var (atStart, largest) = (smaller.Value, smaller.Value);
        if (!float.IsFinite(atStart))
        {
            throw new ArgumentException($"The objective is {atStart} at the start of row {row} (from 0); a finite number is required.");
        }
        foreach (var step in _steps)
        {
            // ∇ min(f, g) is that of the smaller one.
            smaller.Point.Backward(_one, null, _g);
            for (var k = 0; k < _inputs; k++)
            {
                _x[k] = Lanes.Clip(_x[k] + (Lanes.Sign(_g[k] * _scale[k]) * _scale[k] * step), _lower[k], _upper[k]);
            }
            _first.Point.MoveTo(_x);
            _second?.Point.MoveTo(_x);
            smaller = Smaller();
            if (smaller.Value > largest)
            {
                largest = smaller.Value;
                _x.CopyTo(best);
            }
        }
        return largest - atStart;
    }

    /// <summary>The network whose value at the point is smaller, the first if they are equal.</summary>
    Side Smaller() => _second is not null && _second.Value < _first.Value ? _second : _first;

    /// <summary>A network, its packed weights and a point.</summary>
    sealed class Side
    {
        readonly ReluNetwork _network;
        readonly AlignedArray<float> _bias, _firstBias;
        readonly int _fixedInputs;

        public Side(ReluNetwork network, int fixedInputs)
        {
            if (network.Outputs != 1 || !PackedNetwork<float>.Supports(network))
            {
                throw new ArgumentException(
                    $"The network has {network.Outputs} outputs, {network.ReluLayers} hidden layers and {network.Dtype} weights on {network.Device}; "
                    + "allowed: one output, at least one hidden layer, Float32 on the CPU.",
                    nameof(network));
            }
            if (network.Problems is not null || fixedInputs < 1 || fixedInputs >= network.Inputs)
            {
                throw new ArgumentException(
                    $"There are {fixedInputs} fixed inputs; allowed: 1 to {network.Inputs - 1}, and a network that has none yet.", nameof(fixedInputs));
            }
            (_network, _fixedInputs) = (network, fixedInputs);
            Network = new PackedNetwork<float>(network, (int)network.Inputs - fixedInputs);
            Point = NetworkPoint<float>.Of(Network, NetworkKernel.Auto);
            (_bias, _firstBias) = (new(Network.Units[0]), new(Network.Units[0]));
        }

        public PackedNetwork<float> Network { get; }

        public NetworkPoint<float> Point { get; }

        public float Value => Point.Outputs[0];

        /// <summary>Takes in the weights as they are now.</summary>
        public void Load()
        {
            Network.Reload(_network);
            Network.FirstBias.CopyTo(_bias);
        }

        public void Start(ReadOnlySpan<float> fixedInputs, ReadOnlySpan<float> x)
        {
            Network.WholeFirstWeight.Range(0, _fixedInputs).Combine(fixedInputs, _bias, _firstBias);
            Point.Start(_firstBias, x);
        }
    }
}
