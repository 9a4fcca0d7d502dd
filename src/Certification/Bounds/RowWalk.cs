using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>
/// Upper bounds of linear functions of a node's values over the box (CROWN: Zhang et al. 2018; DeepPoly: Singh et al. 2019): from the node back to
/// the input, each activation is replaced by its upper line where its coefficient is positive and by its lower line where that is negative; what
/// is left is linear in the input. The lines may then be chosen anew for each row, to make its own bound small (α-CROWN: Xu et al. 2021).
/// </summary>
/// <remarks>
/// Rounded coefficients are taken for the ones that were chosen, and each row pays for the difference: λ W is off by γ |λ| |W|, and with the
/// magnitudes of the values below that is γ |λ|·reach. Rows do not depend on each other: how many are bounded at once changes no bit.
/// </remarks>
sealed partial class RowWalk
{
    readonly NetworkGraph _graph;
    readonly NodeRanges _ranges;
    readonly Relaxation?[] _relaxations;
    readonly PoolRelaxation?[] _pools;
    readonly WalkPlan _plan;
    readonly double[]?[] _coefficients;     // by node: [rows × plan.Size]
    readonly double[]?[] _values;           // by node: where a row's bound is attained, lines in the place of activations
    readonly LineChoice?[] _choices;            // by activation
    readonly bool[] _isTouched;
    readonly int[] _y, _x;                  // pixel that a row begins at
    readonly double[] _constants, _errors;
    readonly (double Unit, double Underflow)[] _program;    // what a program's rounding may add, by node
    double[] _patches = [];
    RowSplits[]? _splits;                   // phases that rows take for given

    /// <param name="graph">The network.</param>
    /// <param name="ranges">Bounds of the nodes below.</param>
    /// <param name="relaxations">Lines by activation.</param>
    /// <param name="pools">Lines by max-pool.</param>
    /// <param name="plan">Where rows go.</param>
    /// <param name="arithmetic">Which program the bounds hold for.</param>
    /// <param name="capacity">Most rows at once.</param>
    public RowWalk(
        NetworkGraph graph, NodeRanges ranges, Relaxation?[] relaxations, PoolRelaxation?[] pools, WalkPlan plan, Arithmetic arithmetic, int capacity)
    {
        _program = [.. graph.Nodes.Select(node => (ProgramRounding.Of(arithmetic, node), ProgramRounding.Underflow(arithmetic, node)))];
        (_graph, _ranges, _relaxations, _pools, _plan, Capacity) = (graph, ranges, relaxations, pools, plan, capacity);
        var count = plan.Start + 1;
        (_coefficients, _values, _choices, _isTouched) = (new double[count][], new double[count][], new LineChoice[count], new bool[count]);
        for (var i = 0; i < count; i++)
        {
            _coefficients[i] = plan.Passes(i) ? new double[(long)capacity * plan.Size(i)] : null;
        }
        (_y, _x, _constants, _errors) = (new int[capacity], new int[capacity], new double[capacity], new double[capacity]);
    }

    /// <summary>Most rows at once.</summary>
    public int Capacity { get; }

    /// <summary>Rows that fit into so many numbers.</summary>
    public static int CapacityFor(WalkPlan plan, int wanted, long numbers)
    {
        var perRow = Enumerable.Range(0, plan.Start + 1).Where(plan.Passes).Sum(index => (long)plan.Size(index));
        return (int)Math.Clamp(numbers / perRow, 1, wanted);
    }

    /// <summary>Bounds values of the first node, sign·v ≤ bound, each by a row of its own.</summary>
    /// <param name="units">Numbers of the values, and ±1 [rows].</param>
    /// <param name="steps">How often lines are chosen anew.</param>
    /// <param name="bounds">Written [rows]; ∞ where nothing is known.</param>
    public void BoundUnits(ReadOnlySpan<(int Unit, int Sign)> units, int steps, Span<double> bounds)
    {
        var node = _graph.Nodes[_plan.Start];
        for (var row = 0; row < units.Length; row++)
        {
            var pixel = units[row].Unit / node.Channels;
            (_y[row], _x[row]) = (pixel / node.Width, pixel % node.Width);
        }
        var chosen = units.ToArray();
        Minimise(units.Length, steps, bounds, () => BeginUnits(chosen));
    }

    /// <summary>Bounds λ·v + constant of the first node's values v.</summary>
    /// <param name="rows">λ [rows × node's size].</param>
    /// <param name="constants">[rows].</param>
    /// <param name="steps">How often lines are chosen anew.</param>
    /// <param name="bounds">Written [rows]; ∞ where nothing is known.</param>
    public void BoundRows(double[] rows, double[] constants, int steps, Span<double> bounds) =>
        Minimise(constants.Length, steps, bounds, () =>
        {
            rows.CopyTo(_coefficients[_plan.Start]!, 0);
            constants.CopyTo(_constants, 0);
            _isTouched[_plan.Start] = true;
        });

    /// <summary>
    /// The same over the part of the box in which some neurons have given phases, in every row other ones: z ≥ 0 or z ≤ 0 enters with a multiplier
    /// β ≥ 0 that is chosen with the lines (β-CROWN: Wang et al. 2021).
    /// </summary>
    /// <param name="splits">Of each row; what to split next is written there.</param>
    /// <param name="rows">See <see cref="BoundRows(double[], double[], int, Span{double})"/>.</param>
    /// <param name="constants">[rows].</param>
    /// <param name="steps">How often lines and multipliers are chosen anew.</param>
    /// <param name="bounds">Written [rows].</param>
    public void BoundRows(RowSplits[] splits, double[] rows, double[] constants, int steps, Span<double> bounds)
    {
        _splits = splits;
        BoundRows(rows, constants, steps, bounds);
        BeginChoices(constants.Length);
        BeginValues(constants.Length);
        Forward(constants.Length);
        for (var row = 0; row < constants.Length; row++)
        {
            splits[row].Next = Loosest(row);
        }
        _splits = null;
    }

    /// <summary>The open neuron whose line costs the row's bound most: what it is off by where the bound is attained, and its offset.</summary>
    PhaseSplit? Loosest(int row)
    {
        var (best, most) = ((PhaseSplit?)null, double.NegativeInfinity);
        for (var i = 1; i < _plan.Start; i++)
        {
            if (_choices[i] is not { } choice || _relaxations[i] is not { IsKinked: true } relaxation)
            {
                continue;
            }
            var (size, z) = (_plan.Size(i), _values[_graph.Nodes[i].Parents[0]]!);
            for (var unit = 0; unit < size; unit++)
            {
                var v = _coefficients[i]![(row * size) + unit];
                if (v == 0 || relaxation.LeastAlpha[unit] >= relaxation.MostAlpha[unit] || _splits![row].Has(i, unit))
                {
                    continue;
                }
                var at = z[(row * size) + unit];
                var (slope, offset, _, _) = choice.Line(relaxation, v, unit, (row * size) + unit);
                var loss = Math.Abs(v) * (Math.Abs((slope * at) + offset - _graph.Nodes[i].Function!.Value(at)) + Math.Abs(offset));
                if (loss > most)
                {
                    (best, most) = (new(i, unit, false), loss);
                }
            }
        }
        return best;
    }

    /// <summary>The bounds with the lines of CROWN, and the smallest of those with lines that are chosen anew so many times.</summary>
    void Minimise(int rows, int steps, Span<double> bounds, Action begin)
    {
        bounds[..rows].Fill(double.PositiveInfinity);
        for (var i = 0; i <= _plan.Start; i++)
        {
            _choices[i] = null;
        }
        for (var step = 0; step <= steps; step++)
        {
            Array.Clear(_isTouched);
            Array.Clear(_constants, 0, rows);
            Array.Clear(_errors, 0, rows);
            begin();
            Backward(rows);
            for (var row = 0; row < rows; row++)
            {
                var bound = _constants[row] + _errors[row];
                bound += (Math.Abs(bound) * (Rounding.Up - 1)) + Rounding.Underflow;
                bounds[row] = double.IsFinite(bound) ? Math.Min(bounds[row], bound) : bounds[row];
            }
            if (step < steps)
            {
                if (step == 0)
                {
                    BeginValues(rows);
                    BeginChoices(rows);
                }
                Forward(rows);
                Improve(rows, step + 1, steps);
            }
        }
    }

    /// <summary>Rows that are one value each, with the step to what makes those values done where that is affine: a row of W.</summary>
    void BeginUnits((int Unit, int Sign)[] units)
    {
        var node = _graph.Nodes[_plan.Start];
        if (node.Kind is not (NodeKind.Linear or NodeKind.Convolution))
        {
            _isTouched[_plan.Start] = true;
            var (own, width) = (_coefficients[_plan.Start]!, _plan.Size(_plan.Start));
            Array.Clear(own, 0, units.Length * width);
            for (var row = 0; row < units.Length; row++)
            {
                own[(row * width) + (width == node.Size ? units[row].Unit : units[row].Unit % node.Channels)] = units[row].Sign;
            }
            return;
        }
        var parent = node.Parents[0];
        var (to, size) = (_coefficients[parent]!, _plan.Size(parent));
        Array.Clear(to, 0, units.Length * size);
        _isTouched[parent] = true;
        var length = node.Weight.Length / node.Channels;
        var weights = new double[length];
        for (var row = 0; row < units.Length; row++)
        {
            var (unit, sign) = units[row];
            TensorPrimitives.Multiply(node.Weight.AsSpan(unit % node.Channels * length, length), sign, weights);
            _constants[row] = sign * node.Bias[unit];
            _errors[row] = ErrorOfProgram(_plan.Start, _ranges.Reach[_plan.Start][unit], 1);
            var target = to.AsSpan(row * size, size);
            if (node.Kind == NodeKind.Linear)
            {
                weights.CopyTo(target);
            }
            else
            {
                Layers.Scatter(
                    weights, new(1, 1, _y[row], _x[row]), node.Kernel, _graph.Nodes[parent], _plan.At(parent, _y[row], _x[row]), target);
            }
        }
    }

    double[] Patches(int length)
    {
        if (_patches.Length < length)
        {
            _patches = new double[length];
        }
        return _patches;
    }

    static int Place(int unit, GraphNode image, Window window)
    {
        var (pixel, channel) = (unit / image.Channels, unit % image.Channels);
        var (y, x) = ((pixel / image.Width) - window.Y, (pixel % image.Width) - window.X);
        return (((y * window.Width) + x) * image.Channels) + channel;
    }

    /// <summary>The parts of a row's window on a node that lie one after the other in memory and within the image, and in a window on another node of the same image.</summary>
    RowRuns Runs(int index, int other, int row)
    {
        var node = _graph.Nodes[index];
        return _plan.IsWhole(index) && _plan.IsWhole(other)
            ? new(new(1, 1, 0, 0), new(1, 1, 0, 0), 1, 1, node.Size)
            : new(_plan.At(index, _y[row], _x[row]), _plan.At(other, _y[row], _x[row]), node.Height, node.Width, node.Channels);
    }
}
