using System.ComponentModel.DataAnnotations;
using RL.InputOpt;

namespace RL.Certification;

/// <summary>How bounds are found, the cheapest first.</summary>
public enum BoundMethod
{
    /// <summary>Intervals, layer by layer.</summary>
    Interval,

    /// <summary>Linear bounds of the whole network, walked back to the input (CROWN: Zhang et al. 2018).</summary>
    Crown,

    /// <summary>
    /// The same with lines that are chosen for every bound, those of neurons too (joint α-CROWN: Xu et al. 2021): in the limit the tightest that
    /// one triangle per neuron allows.
    /// </summary>
    Alpha,
}

/// <summary>Which program bounds speak of.</summary>
public enum Arithmetic
{
    /// <summary>The network itself: exact arithmetic with the weights as they are.</summary>
    Exact,

    /// <summary>
    /// The network in exact arithmetic, and every program that evaluates it in float32 by sums of products in whatever order, at inputs of the box
    /// that are float32 numbers.
    /// </summary>
    Float32,
}

/// <summary>Options of <see cref="NetworkBounds"/>.</summary>
public sealed record BoundOptions
{
    /// <summary>How bounds are found.</summary>
    public BoundMethod Method { get; init; } = BoundMethod.Crown;

    /// <summary>Which program the bounds hold for.</summary>
    public Arithmetic Arithmetic { get; init; }

    /// <summary>How often <see cref="BoundMethod.Alpha"/> chooses lines anew, for each layer and for the outputs.</summary>
    [Range(1, 100_000)] public int Steps { get; init; } = 20;

    /// <summary>Rows that are walked back at once take about so much memory, in MiB; results do not depend on it.</summary>
    [Range(1, 100_000)] public int Memory { get; init; } = 24;
}

/// <summary>Linear functions of a network's m outputs: coefficient rows [rows×m] and constants [rows].</summary>
public sealed record OutputRows(double[] Coefficients, double[] Constants)
{
    /// <summary>How many functions.</summary>
    public int Count => Constants.Length;

    /// <summary>Each output itself.</summary>
    public static OutputRows Each(int outputs)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(outputs, 1);
        var rows = new OutputRows(new double[outputs * outputs], new double[outputs]);
        for (var k = 0; k < outputs; k++)
        {
            rows.Coefficients[(k * outputs) + k] = 1;
        }
        return rows;
    }

    /// <summary>The output <paramref name="label"/> minus each other one, in their order: m − 1 functions.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A label that is no output.</exception>
    public static OutputRows Margins(int outputs, int label)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(label);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(label, outputs);
        var rows = new OutputRows(new double[(outputs - 1) * outputs], new double[outputs - 1]);
        for (var row = 0; row < outputs - 1; row++)
        {
            rows.Coefficients[(row * outputs) + label] = 1;
            rows.Coefficients[(row * outputs) + row + (row < label ? 0 : 1)] = -1;
        }
        return rows;
    }
}

/// <summary>Bounds of linear functions of a network's outputs over a box.</summary>
/// <param name="Lower">No input of the box has less [rows]; −∞ where nothing is known. It is never NaN.</param>
/// <param name="Upper">No input of the box has more [rows]; ∞ where nothing is known.</param>
/// <param name="Arithmetic">Which program that is said of.</param>
public sealed record RowBounds(double[] Lower, double[] Upper, Arithmetic Arithmetic);

/// <summary>
/// Bounds of any linear functions of a network's outputs over a box of inputs (docs/certification.md). They hold in exact arithmetic: all
/// rounding is outwards. Not thread-safe; results do not depend on what was bounded before, nor on how many rows at once.
/// </summary>
public sealed class NetworkBounds
{
    readonly NetworkGraph _graph;
    readonly BoundOptions _options;
    readonly NodeRanges _ranges;
    readonly Relaxation?[] _relaxations;
    readonly PoolRelaxation?[] _pools;
    readonly RowWalk?[] _walks;
    readonly bool[] _isRead;                // by an activation or a max-pool: tight bounds matter

    /// <param name="graph">The network.</param>
    /// <param name="options">How.</param>
    public NetworkBounds(NetworkGraph graph, BoundOptions options)
    {
        ArgumentNullException.ThrowIfNull(graph);
        (_graph, _options, _ranges) = (graph, options.Checked(), new(graph, options.Arithmetic));
        var nodes = graph.Nodes;
        _relaxations = [.. nodes.Select(node => node.Kind == NodeKind.Activation ? new Relaxation(node.Function!, node.Size) : null)];
        _pools = [.. nodes.Select(node => node.Kind == NodeKind.MaxPool ? new PoolRelaxation(node, nodes[node.Parents[0]]) : null)];
        _walks = new RowWalk[nodes.Count + 1];
        _isRead = new bool[nodes.Count];
        foreach (var node in nodes.Where(node => node.Kind is NodeKind.Activation or NodeKind.MaxPool))
        {
            _isRead[node.Parents[0]] = true;
        }
    }

    /// <summary>The network.</summary>
    public NetworkGraph Graph => _graph;

    /// <summary>How many values read by activations or max-pools were not known to be on one linear piece, in the last call.</summary>
    public int Unstable { get; private set; }

    /// <summary>Bounds functions of the outputs.</summary>
    /// <param name="lower">The box [n], in the order of the network's inputs.</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <param name="rows">The functions; null: each output.</param>
    /// <exception cref="ArgumentException">Another number of bounds or coefficients, one that is not a number, or a box that is empty.</exception>
    public RowBounds Bound(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, OutputRows? rows = null)
    {
        rows ??= OutputRows.Each(_graph.Outputs);
        ThrowUnlessFits(lower, upper, rows);
        var bounds = new RowBounds(New(rows, double.NegativeInfinity), New(rows, double.PositiveInfinity), _options.Arithmetic);
        // Two rows for each function: itself and its negative.
        var (node, m) = (_graph.Nodes[^1], _graph.Outputs);
        var (both, constants, most) = (new double[2 * rows.Count * m], new double[2 * rows.Count], new double[2 * rows.Count]);
        for (var row = 0; row < rows.Count; row++)
        {
            var own = NetworkGraph.ToOwnOrder(node, rows.Coefficients.AsSpan(row * m, m));
            for (var k = 0; k < m; k++)
            {
                (both[(2 * row * m) + k], both[(((2 * row) + 1) * m) + k]) = (own[k], -own[k]);
            }
            (constants[2 * row], constants[(2 * row) + 1]) = (rows.Constants[row], -rows.Constants[row]);
        }
        Array.Fill(most, double.PositiveInfinity);
        // The cheaper methods too: none is the tightest everywhere.
        for (var method = BoundMethod.Interval; method <= _options.Method && BoundNodes(lower, upper, method); method++)
        {
            BoundRows(both, constants, method, most);
        }
        for (var row = 0; row < rows.Count; row++)
        {
            bounds.Upper[row] = most[2 * row];
            bounds.Lower[row] = -most[(2 * row) + 1];
        }
        return bounds;
    }

    /// <summary>Bounds of a node's values, in its own order, by the last call.</summary>
    internal (double[] Lower, double[] Upper) RangeOf(int node) => ((double[])_ranges.Lower[node].Clone(), (double[])_ranges.Upper[node].Clone());

    /// <summary>Walks rows of the outputs over the box of the last call.</summary>
    internal RowWalk OutputWalk => _walks[^1] ??= NewWalk(_graph.Last, isWhole: true, wanted: Math.Max(64, 2 * _graph.Outputs));

    /// <summary>A function's coefficients times a factor, in the order of the last node's values.</summary>
    internal double[] OutputRow(OutputRows rows, int row, double factor) => Array.ConvertAll(
        NetworkGraph.ToOwnOrder(_graph.Nodes[^1], rows.Coefficients.AsSpan(row * _graph.Outputs, _graph.Outputs)), value => factor * value);

    /// <summary>Lowers the bounds of rows to what a method says, the nodes being bounded by it.</summary>
    void BoundRows(double[] rows, double[] constants, BoundMethod method, double[] most)
    {
        IntervalsOfRows(rows, constants, most);
        if (method == BoundMethod.Interval || _graph.Last == 0)
        {
            return;
        }
        var m = _graph.Outputs;
        var walk = OutputWalk;
        var found = new double[walk.Capacity];
        for (var first = 0; first < constants.Length; first += walk.Capacity)
        {
            var count = Math.Min(walk.Capacity, constants.Length - first);
            walk.BoundRows(rows[(first * m)..((first + count) * m)], constants[first..(first + count)], Steps(method), found);
            for (var row = 0; row < count; row++)
            {
                most[first + row] = Math.Min(most[first + row], found[row]);
            }
        }
    }

    int Steps(BoundMethod method) => method == BoundMethod.Alpha ? _options.Steps : 0;

    /// <summary>Bounds all nodes, one after the other; false if one is not finite.</summary>
    bool BoundNodes(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, BoundMethod method)
    {
        Unstable = 0;
        _ranges.Begin(lower, upper);
        if (!_ranges.Complete(0))
        {
            return false;
        }
        for (var i = 1; i < _graph.Nodes.Count; i++)
        {
            var node = _graph.Nodes[i];
            _ranges.Propagate(i);
            if (_isRead[i] && method == BoundMethod.Alpha)
            {
                _ranges.Intersect(i);
            }
            if (!_ranges.Complete(i))
            {
                return false;
            }
            if (method != BoundMethod.Interval)
            {
                var parent = node.Parents[0];
                _relaxations[i]?.Update(_ranges.Lower[parent], _ranges.Upper[parent], _ranges.Magnitude[parent], Steps(method) > 0);
                _pools[i]?.Update(_ranges.Lower[parent], _ranges.Upper[parent], _ranges.Magnitude[parent]);
            }
            if (_isRead[i])
            {
                var open = Open(i);
                // Of the input itself intervals are exact.
                if (method != BoundMethod.Interval && node.Parents[0] != 0 && open.Count > 0)
                {
                    Tighten(i, open, method);
                    open = Open(i);
                }
                Unstable += open.Count;
                _ranges.Keep(i, isFirst: method == BoundMethod.Interval);
            }
        }
        return true;
    }

    /// <summary>The values of a node whose bounds matter: what reads them is not linear between the bounds that they have.</summary>
    List<int> Open(int index)
    {
        var (lower, upper) = (_ranges.Lower[index], _ranges.Upper[index]);
        var open = new bool[lower.Length];
        for (var reader = index + 1; reader < _graph.Nodes.Count; reader++)
        {
            if (_graph.Nodes[reader].Parents[0] != index)
            {
                continue;
            }
            _pools[reader]?.MarkOpen(lower, upper);
            for (var k = 0; k < open.Length; k++)
            {
                open[k] |= (_relaxations[reader]?.IsOpen(lower[k], upper[k]) ?? false) || (_pools[reader]?.IsOpen[k] ?? false);
            }
        }
        return [.. Enumerable.Range(0, open.Length).Where(k => open[k])];
    }

    void Tighten(int index, List<int> open, BoundMethod method)
    {
        var walk = _walks[index] ??= NewWalk(index, isWhole: false, wanted: 2 * _graph.Nodes[index].Size);
        var (lower, upper) = (_ranges.Lower[index], _ranges.Upper[index]);
        (int Unit, int Sign)[] rows = [.. open.SelectMany(unit => new[] { (unit, 1), (unit, -1) })];
        var (found, isAlpha) = (new double[walk.Capacity], method == BoundMethod.Alpha);
        for (var first = 0; first < rows.Length; first += walk.Capacity)
        {
            var part = rows.AsSpan(first, Math.Min(walk.Capacity, rows.Length - first));
            walk.BoundUnits(part, Steps(method), found);
            for (var row = 0; row < part.Length; row++)
            {
                var (unit, sign) = part[row];
                // CROWN as others compute it: narrower bounds of one neuron may choose another line, and make those of the next layers wider.
                var keepsBetter = isAlpha || !double.IsFinite(found[row]);
                if (sign > 0)
                {
                    upper[unit] = keepsBetter ? Math.Min(upper[unit], found[row]) : found[row];
                }
                else
                {
                    lower[unit] = keepsBetter ? Math.Max(lower[unit], -found[row]) : -found[row];
                }
            }
        }
        _ranges.Complete(index);
    }

    RowWalk NewWalk(int start, bool isWhole, int wanted)
    {
        const long numbersPerMebibyte = (1 << 20) / sizeof(double);
        // Coefficients, values, and of activations three numbers for each.
        const int numbersPerCoefficient = 5;
        var plan = new WalkPlan(_graph, start, isWhole);
        return new(
            _graph, _ranges, _relaxations, _pools, plan, _options.Arithmetic,
            RowWalk.CapacityFor(plan, wanted, _options.Memory * numbersPerMebibyte / numbersPerCoefficient));
    }

    /// <summary>The largest values of λ·v + constant by intervals: of the outputs v, and of what a linear last node reads, whichever is less.</summary>
    void IntervalsOfRows(double[] rows, double[] constants, double[] most)
    {
        var (index, m) = (_graph.Last, _graph.Outputs);
        var node = _graph.Nodes[index];
        for (var row = 0; row < constants.Length; row++)
        {
            most[row] = Math.Min(most[row], Interval(rows.AsSpan(row * m, m), constants[row], 0, index));
        }
        if (node.Kind != NodeKind.Linear)
        {
            return;
        }
        var parent = node.Parents[0];
        var size = _graph.Nodes[parent].Size;
        var folded = new double[constants.Length * size];
        MatrixProduct.Multiply(rows, node.Weight, folded, constants.Length, m, size);
        for (var row = 0; row < constants.Length; row++)
        {
            var own = rows.AsSpan(row * m, m);
            var error = (Rounding.Unit(m + 16) + ProgramRounding.Of(_options.Arithmetic, node)) * Dot.OfMagnitudes(own, _ranges.Reach[index]) * (1 + 1e-9);
            most[row] = Math.Min(
                most[row], Interval(folded.AsSpan(row * size, size), constants[row] + Dot.Of(own, node.Bias), error + (Rounding.Unit(4) * Math.Abs(constants[row])), parent));
        }
    }

    double Interval(ReadOnlySpan<double> row, double constant, double error, int index)
    {
        var value = constant + Dot.Of(row, _ranges.Centre[index]) + Dot.OfMagnitudes(row, _ranges.Radius[index]);
        var magnitude = Math.Abs(constant) + (2 * Dot.OfMagnitudes(row, _ranges.Magnitude[index]));
        value += error + (Rounding.Unit(row.Length + 16) * magnitude) + Rounding.Underflow;
        return double.IsFinite(value) ? value : double.PositiveInfinity;
    }

    void ThrowUnlessFits(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, OutputRows rows)
    {
        if (lower.Length != _graph.Inputs || upper.Length != _graph.Inputs)
        {
            throw new ArgumentException($"The box has {lower.Length} lower and {upper.Length} upper bounds; allowed: {_graph.Inputs}.");
        }
        for (var d = 0; d < lower.Length; d++)
        {
            if (!(lower[d] <= upper[d]))
            {
                throw new ArgumentException($"The box is {lower[d]} to {upper[d]} in input {d}; allowed: numbers, the lower one first.");
            }
        }
        if (rows.Coefficients is null || rows.Constants is null)
        {
            throw new ArgumentException("Coefficients or constants are missing (null).", nameof(rows));
        }
        if (rows.Coefficients.Length != rows.Count * _graph.Outputs || rows.Count == 0)
        {
            throw new ArgumentException(
                $"There are {rows.Coefficients.Length} coefficients and {rows.Count} constants; allowed: {_graph.Outputs} coefficients for each of 1 constant or more.", nameof(rows));
        }
        if (!rows.Coefficients.All(double.IsFinite) || !rows.Constants.All(double.IsFinite))
        {
            throw new ArgumentException("A coefficient or constant is infinite or not a number; all must be finite.", nameof(rows));
        }
    }

    static double[] New(OutputRows rows, double value)
    {
        var numbers = new double[rows.Count];
        Array.Fill(numbers, value);
        return numbers;
    }
}
