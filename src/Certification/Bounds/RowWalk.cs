using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
sealed class RowWalk
{
    const double FirstDecay = 0.9, SecondDecay = 0.99;      // of Adam

    readonly NetworkGraph _graph;
    readonly NodeRanges _ranges;
    readonly Relaxation?[] _relaxations;
    readonly PoolRelaxation?[] _pools;
    readonly WalkPlan _plan;
    readonly double[]?[] _coefficients;     // by node: [rows × plan.Size]
    readonly double[]?[] _values;           // by node: where a row's bound is attained, lines in the place of activations
    readonly Choice?[] _choices;            // by activation
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
        (_coefficients, _values, _choices, _isTouched) = (new double[count][], new double[count][], new Choice[count], new bool[count]);
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

    void Backward(int rows)
    {
        for (var i = _plan.Start; i > 0; i--)
        {
            if (!_isTouched[i])
            {
                continue;
            }
            var node = _graph.Nodes[i];
            var parent = node.Parents[0];
            switch (node.Kind)
            {
                case NodeKind.Linear:
                    AddConstants(i, rows, node.Bias, _ranges.Reach[i]);
                    ThroughLinear(i, node, parent, rows);
                    break;
                case NodeKind.Convolution:
                    AddConstants(i, rows, node.Bias, _ranges.Reach[i]);
                    ThroughConvolution(i, node, parent, rows);
                    break;
                case NodeKind.Activation:
                    ThroughActivation(i, parent, rows);
                    break;
                case NodeKind.MaxPool:
                    ThroughPool(i, node, parent, rows);
                    break;
                default:
                    foreach (var each in node.Parents)
                    {
                        AddTo(each, i, rows);
                    }
                    if (node.Kind == NodeKind.Add)
                    {
                        AddErrors(i, rows, _ranges.Reach[i]);
                    }
                    break;
            }
        }
        if (_isTouched[0])
        {
            Concretise(rows);
        }
    }

    /// <summary>Zeros on a node that no coefficients have been written to yet.</summary>
    void Touch(int index, int rows)
    {
        if (!_isTouched[index])
        {
            Array.Clear(_coefficients[index]!, 0, rows * _plan.Size(index));
            _isTouched[index] = true;
        }
    }

    void ThroughLinear(int index, GraphNode node, int parent, int rows)
    {
        var (from, to, size) = (_coefficients[index]!, _coefficients[parent]!, _plan.Size(parent));
        if (!_isTouched[parent])
        {
            MatrixProduct.Multiply(from, node.Weight, to, rows, node.Channels, size);
            _isTouched[parent] = true;
            return;
        }
        var product = Patches(rows * size);
        MatrixProduct.Multiply(from, node.Weight, product, rows, node.Channels, size);
        TensorPrimitives.Add(to.AsSpan(0, rows * size), product, to);
    }

    void ThroughConvolution(int index, GraphNode node, int parent, int rows)
    {
        Touch(parent, rows);
        var (from, to, size, parentSize) = (_coefficients[index]!, _coefficients[parent]!, _plan.Size(index), _plan.Size(parent));
        var patch = node.Weight.Length / node.Channels;
        var image = _graph.Nodes[parent];
        for (var row = 0; row < rows; row++)
        {
            var window = _plan.At(index, _y[row], _x[row]);
            var pixels = window.Height * window.Width;
            var patches = Patches(pixels * patch);
            MatrixProduct.Multiply(from.AsSpan(row * size, size), node.Weight, patches, pixels, node.Channels, patch);
            Layers.Scatter(
                patches, window, node.Kernel, image, _plan.At(parent, _y[row], _x[row]), to.AsSpan(row * parentSize, parentSize));
        }
    }

    void ThroughActivation(int index, int parent, int rows)
    {
        Touch(parent, rows);
        var (from, to) = (_coefficients[index]!, _coefficients[parent]!);
        var (relaxation, choice) = (_relaxations[index]!, _choices[index]);
        var (size, parentSize) = (_plan.Size(index), _plan.Size(parent));
        var (upperSlope, upperOffset, lowerSlope, lowerOffset) =
            (relaxation.UpperSlope, relaxation.UpperOffset, relaxation.LowerSlope, relaxation.LowerOffset);
        for (var row = 0; row < rows; row++)
        {
            var (constant, error, sum, lines) = (0.0, 0.0, 0.0, 0);
            var splits = _splits is null ? null : _splits[row];
            splits?.TakeOut(index, from.AsSpan(row * size, size));
            foreach (var run in Runs(index, parent, row))
            {
                lines++;
                var v = from.AsSpan((row * size) + run.Own, run.Length);
                sum += _program[index].Unit > 0 ? TensorPrimitives.SumOfMagnitudes(v) : 0;
                var target = to.AsSpan((row * parentSize) + run.Other, run.Length);
                ReadOnlySpan<double> Part(double[] units) => units.AsSpan(run.Unit, run.Length);
                error += Dot.OfMagnitudes(v, Part(relaxation.Reach));
                if (choice is null || relaxation.IsKinked)
                {
                    ReadOnlySpan<double> Slopes(double[] units, bool isChosen) =>
                        choice is not null && isChosen ? choice.Upper.AsSpan((row * size) + run.Own, run.Length) : units.AsSpan(run.Unit, run.Length);
                    constant += Lines(
                        v, Slopes(upperSlope, !relaxation.IsConvex), Part(upperOffset), Slopes(lowerSlope, relaxation.IsConvex), Part(lowerOffset), target);
                    continue;
                }
                for (var k = 0; k < v.Length; k++)
                {
                    var (slope, offset, _, _) = choice.Line(relaxation, v[k], run.Unit + k, (row * size) + run.Own + k);
                    target[k] += v[k] * slope;
                    constant += v[k] * offset;
                }
            }
            if (splits is not null)
            {
                error += splits.PutBack(
                    index, from.AsSpan(row * size, size), to.AsSpan(row * parentSize, parentSize), _graph.Nodes[index].Function!.LeftSlope,
                    _ranges.Magnitude[parent]);
            }
            _constants[row] += constant;
            _errors[row] += Error(error, choice is null || relaxation.IsKinked ? size : 8 * size, lines, row) + ErrorOfProgram(index, error, sum);
        }
    }

    /// <summary>target += v⁺∘upper slope + v⁻∘lower slope; v⁺·upper offset + v⁻·lower offset.</summary>
    static double Lines(
        ReadOnlySpan<double> v, ReadOnlySpan<double> upperSlope, ReadOnlySpan<double> upperOffset, ReadOnlySpan<double> lowerSlope,
        ReadOnlySpan<double> lowerOffset, Span<double> target)
    {
        ref var source = ref MemoryMarshal.GetReference(v);
        ref var us = ref MemoryMarshal.GetReference(upperSlope);
        ref var uo = ref MemoryMarshal.GetReference(upperOffset);
        ref var ls = ref MemoryMarshal.GetReference(lowerSlope);
        ref var lo = ref MemoryMarshal.GetReference(lowerOffset);
        ref var to = ref MemoryMarshal.GetReference(target);
        var zero = Vector512<double>.Zero;
        var sum = zero;
        var k = 0;
        for (; k <= v.Length - Vector512<double>.Count; k += Vector512<double>.Count)
        {
            var value = Vector512.LoadUnsafe(ref source, (nuint)k);
            var (above, below) = (Vector512.Max(value, zero), Vector512.Min(value, zero));
            var line = (above * Vector512.LoadUnsafe(ref us, (nuint)k)) + (below * Vector512.LoadUnsafe(ref ls, (nuint)k));
            (Vector512.LoadUnsafe(ref to, (nuint)k) + line).StoreUnsafe(ref to, (nuint)k);
            sum += (above * Vector512.LoadUnsafe(ref uo, (nuint)k)) + (below * Vector512.LoadUnsafe(ref lo, (nuint)k));
        }
        var total = Vector512.Sum(sum);
        for (; k < v.Length; k++)
        {
            var (above, below) = (Math.Max(v[k], 0), Math.Min(v[k], 0));
            target[k] += (above * upperSlope[k]) + (below * lowerSlope[k]);
            total += (above * upperOffset[k]) + (below * lowerOffset[k]);
        }
        return total;
    }

    void ThroughPool(int index, GraphNode node, int parent, int rows)
    {
        Touch(parent, rows);
        var (from, to, pool, image) = (_coefficients[index]!, _coefficients[parent]!, _pools[index]!, _graph.Nodes[parent]);
        var (size, parentSize) = (_plan.Size(index), _plan.Size(parent));
        for (var row = 0; row < rows; row++)
        {
            var below = _plan.At(parent, _y[row], _x[row]);
            var target = to.AsSpan(row * parentSize, parentSize);
            var (constant, error, lines) = (0.0, 0.0, 0);
            foreach (var run in Runs(index, index, row))
            {
                lines++;
                for (var k = 0; k < run.Length; k++)
                {
                    var (v, unit) = (from[(row * size) + run.Own + k], run.Unit + k);
                    if (v > 0)
                    {
                        target[Place(pool.UpperUnit[unit], image, below)] += v * pool.UpperSlope[unit];
                        constant += v * pool.UpperOffset[unit];
                    }
                    else if (v < 0)
                    {
                        target[Place(pool.LowerUnit[unit], image, below)] += v;
                    }
                    error += Math.Abs(v) * pool.Reach[unit];
                }
            }
            _constants[row] += constant;
            _errors[row] += Error(error, 8 * (size + node.Terms), lines, row);
        }
    }

    /// <summary>Adds coefficients on a node to those on another of as many values.</summary>
    void AddTo(int parent, int index, int rows)
    {
        Touch(parent, rows);
        var (from, to) = (_coefficients[index]!, _coefficients[parent]!);
        var (size, parentSize) = (_plan.Size(index), _plan.Size(parent));
        for (var row = 0; row < rows; row++)
        {
            foreach (var run in Runs(index, parent, row))
            {
                var target = to.AsSpan((row * parentSize) + run.Other, run.Length);
                TensorPrimitives.Add(target, from.AsSpan((row * size) + run.Own, run.Length), target);
            }
        }
    }

    /// <summary>λ·b, and what rounding may take from that and from λ W.</summary>
    void AddConstants(int index, int rows, double[] bias, double[] reach)
    {
        var (from, size) = (_coefficients[index]!, _plan.Size(index));
        for (var row = 0; row < rows; row++)
        {
            var (constant, error, sum, lines) = (0.0, 0.0, 0.0, 0);
            foreach (var run in Runs(index, index, row))
            {
                lines++;
                var v = from.AsSpan((row * size) + run.Own, run.Length);
                constant += Dot.Of(v, bias.AsSpan(run.Unit, run.Length));
                error += Dot.OfMagnitudes(v, reach.AsSpan(run.Unit, run.Length));
                sum += _program[index].Unit > 0 ? TensorPrimitives.SumOfMagnitudes(v) : 0;
            }
            _constants[row] += constant;
            _errors[row] += Error(error, size + (8 * _graph.Nodes[index].Terms), lines, row) + ErrorOfProgram(index, error, sum);
        }
    }

    void AddErrors(int index, int rows, double[] reach)
    {
        var (from, size) = (_coefficients[index]!, _plan.Size(index));
        for (var row = 0; row < rows; row++)
        {
            var (error, sum, lines) = (0.0, 0.0, 0);
            foreach (var run in Runs(index, index, row))
            {
                lines++;
                var v = from.AsSpan((row * size) + run.Own, run.Length);
                error += Dot.OfMagnitudes(v, reach.AsSpan(run.Unit, run.Length));
                sum += TensorPrimitives.SumOfMagnitudes(v);
            }
            _errors[row] += Error(error, size, lines, row) + ErrorOfProgram(index, error, sum);
        }
    }

    /// <summary>The largest value over the box of what is left.</summary>
    void Concretise(int rows)
    {
        var (from, size) = (_coefficients[0]!, _plan.Size(0));
        for (var row = 0; row < rows; row++)
        {
            var (value, error, lines) = (0.0, 0.0, 0);
            foreach (var run in Runs(0, 0, row))
            {
                lines++;
                var v = from.AsSpan((row * size) + run.Own, run.Length);
                value += Dot.Of(v, _ranges.Centre[0].AsSpan(run.Unit, run.Length));
                value += Dot.OfMagnitudes(v, _ranges.Radius[0].AsSpan(run.Unit, run.Length));
                error += Dot.OfMagnitudes(v, _ranges.Magnitude[0].AsSpan(run.Unit, run.Length))
                    + Dot.OfMagnitudes(v, _ranges.Radius[0].AsSpan(run.Unit, run.Length));
            }
            _constants[row] += value;
            _errors[row] += Error(error, 2 * size, lines, row);
        }
    }

    /// <summary>
    /// γ times a sum of magnitudes, of as many terms as are added one after the other: vectors of eight lanes, their lanes and remainders, one run
    /// of pixels after the other; and what adding to the constant may lose.
    /// </summary>
    double Error(double magnitudes, int terms, int runs, int row) =>
        (Rounding.Unit((terms / 8) + (2 * runs) + 64) * magnitudes) + (Rounding.Unit(4) * Math.Abs(_constants[row])) + Rounding.Underflow;

    /// <summary>What a program's rounding in a node may change, Σ |λ|·reach and Σ |λ| given.</summary>
    double ErrorOfProgram(int index, double magnitudes, double sum) =>
        ((_program[index].Unit * magnitudes) + (_program[index].Underflow * sum)) * (1 + 1e-9);

    void BeginValues(int rows)
    {
        for (var i = 0; i <= _plan.Start; i++)
        {
            if (_plan.Passes(i) && (_values[i] is null || _values[i]!.Length < rows * _plan.Size(i)))
            {
                _values[i] = new double[(long)Capacity * _plan.Size(i)];
            }
        }
    }

    void BeginChoices(int rows)
    {
        for (var i = 1; i <= _plan.Start; i++)
        {
            if (_plan.Passes(i) && _graph.Nodes[i].Kind == NodeKind.Activation && _choices[i] is null)
            {
                var (relaxation, size) = (_relaxations[i]!, _plan.Size(i));
                var choice = new Choice(rows * size, relaxation.IsKinked);
                for (var row = 0; row < rows; row++)
                {
                    foreach (var run in Runs(i, i, row))
                    {
                        var at = (row * size) + run.Own;
                        var (upper, lower) = relaxation.IsKinked
                            ? (relaxation.IsConvex ? relaxation.LowerSlope : relaxation.UpperSlope, [])
                            : (relaxation.UpperPlace, relaxation.LowerPlace);
                        upper.AsSpan(run.Unit, run.Length).CopyTo(choice.Upper.AsSpan(at));
                        if (lower.Length > 0)
                        {
                            lower.AsSpan(run.Unit, run.Length).CopyTo(choice.Lower.AsSpan(at));
                        }
                    }
                }
                _choices[i] = choice;
            }
        }
    }

    /// <summary>Where each row's bound is attained, and what the lines that it uses make of that.</summary>
    void Forward(int rows)
    {
        for (var i = 0; i < _plan.Start; i++)
        {
            if (!_plan.Passes(i))
            {
                continue;
            }
            var (node, size, own) = (_graph.Nodes[i], _plan.Size(i), _values[i]!);
            if (node.Kind == NodeKind.Linear)
            {
                MatrixProduct.Multiply(_values[node.Parents[0]]!, node.Transposed, own, rows, _plan.Size(node.Parents[0]), node.Channels);
            }
            else if (node.Kind != NodeKind.Convolution)
            {
                Array.Clear(own, 0, rows * size);
            }
            for (var row = 0; row < rows; row++)
            {
                ForwardRow(i, node, row, own.AsSpan(row * size, size));
            }
        }
    }

    void ForwardRow(int index, GraphNode node, int row, Span<double> own)
    {
        if (node.Kind == NodeKind.Input)
        {
            var size = own.Length;
            foreach (var run in Runs(0, 0, row))
            {
                for (var k = 0; k < run.Length; k++)
                {
                    var v = _coefficients[0]![(row * size) + run.Own + k];
                    own[run.Own + k] = _ranges.Centre[0][run.Unit + k] + (Math.Sign(v) * _ranges.Radius[0][run.Unit + k]);
                }
            }
            return;
        }
        if (node.Kind is NodeKind.Linear or NodeKind.Convolution)
        {
            if (node.Kind == NodeKind.Convolution)
            {
                Convolve(index, node, row, own);
            }
            foreach (var run in Runs(index, index, row))
            {
                var values = own.Slice(run.Own, run.Length);
                TensorPrimitives.Add(values, node.Bias.AsSpan(run.Unit, run.Length), values);
            }
            return;
        }
        if (node.Kind == NodeKind.MaxPool)
        {
            PoolRow(index, node, row, own);
            return;
        }
        foreach (var parent in node.Parents)
        {
            var below = _values[parent].AsSpan(row * _plan.Size(parent), _plan.Size(parent));
            foreach (var run in Runs(index, parent, row))
            {
                var values = own.Slice(run.Own, run.Length);
                var read = below.Slice(run.Other, run.Length);
                if (node.Kind == NodeKind.Activation)
                {
                    ActivateRow(index, row, run, own.Length, read, values);
                    _splits?[row].Activate(index, node.Function!.LeftSlope, read, values);
                }
                else
                {
                    TensorPrimitives.Add(values, read, values);
                }
            }
        }
    }

    void Convolve(int index, GraphNode node, int row, Span<double> own)
    {
        var parent = node.Parents[0];
        var (window, patch) = (_plan.At(index, _y[row], _x[row]), node.Weight.Length / node.Channels);
        var pixels = window.Height * window.Width;
        var patches = Patches(pixels * patch);
        Layers.Gather(
            _values[parent].AsSpan(row * _plan.Size(parent), _plan.Size(parent)), _plan.At(parent, _y[row], _x[row]), _graph.Nodes[parent],
            node.Kernel, window, patches);
        MatrixProduct.Multiply(patches, node.Transposed, own, pixels, patch, node.Channels);
    }

    void ActivateRow(int index, int row, Run run, int size, ReadOnlySpan<double> z, Span<double> h)
    {
        var (relaxation, choice) = (_relaxations[index]!, _choices[index]!);
        var at = (row * size) + run.Own;
        var v = _coefficients[index].AsSpan(at, run.Length);
        for (var k = 0; k < v.Length; k++)
        {
            var (slope, offset, _, _) = choice.Line(relaxation, v[k], run.Unit + k, at + k);
            h[k] = (slope * z[k]) + offset;
        }
    }

    void PoolRow(int index, GraphNode node, int row, Span<double> own)
    {
        var (parent, pool) = (node.Parents[0], _pools[index]!);
        var below = _values[parent].AsSpan(row * _plan.Size(parent), _plan.Size(parent));
        var (image, window) = (_graph.Nodes[parent], _plan.At(parent, _y[row], _x[row]));
        foreach (var run in Runs(index, index, row))
        {
            for (var k = 0; k < run.Length; k++)
            {
                var unit = run.Unit + k;
                own[run.Own + k] = _coefficients[index]![(row * own.Length) + run.Own + k] > 0
                    ? (pool.UpperSlope[unit] * below[Place(pool.UpperUnit[unit], image, window)]) + pool.UpperOffset[unit]
                    : below[Place(pool.LowerUnit[unit], image, window)];
            }
        }
    }

    /// <summary>A step downhill with Adam (Kingma and Ba 2015): ∂bound/∂p = λ (ẑ ∂slope/∂p + ∂offset/∂p).</summary>
    void Improve(int rows, int step, int steps)
    {
        // From a quarter of the range down to a hundredth of it.
        var rate = 0.25 * Math.Pow(0.04, (step - 1.0) / Math.Max(steps - 1, 1));
        var (first, second) = (1 - Math.Pow(FirstDecay, step), 1 - Math.Pow(SecondDecay, step));
        for (var i = 1; i < _plan.Start; i++)
        {
            if (_choices[i] is not { } choice)
            {
                continue;
            }
            var (relaxation, size, parent) = (_relaxations[i]!, _plan.Size(i), _graph.Nodes[i].Parents[0]);
            for (var row = 0; row < rows; row++)
            {
                foreach (var run in Runs(i, parent, row))
                {
                    var z = _values[parent].AsSpan((row * _plan.Size(parent)) + run.Other, run.Length);
                    var at = (row * size) + run.Own;
                    var v = _coefficients[i].AsSpan(at, run.Length);
                    for (var k = 0; k < v.Length; k++)
                    {
                        choice.Improve(relaxation, v[k], z[k], run.Unit + k, at + k, rate, first, second);
                    }
                    _splits?[row].Improve(i, z, rate * Largest(v), FirstDecay, SecondDecay, first, second);
                }
            }
        }
    }

    static double Largest(ReadOnlySpan<double> v) => v.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(v));

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
    RunList Runs(int index, int other, int row)
    {
        var node = _graph.Nodes[index];
        return _plan.IsWhole(index) && _plan.IsWhole(other)
            ? new(new(1, 1, 0, 0), new(1, 1, 0, 0), 1, 1, node.Size)
            : new(_plan.At(index, _y[row], _x[row]), _plan.At(other, _y[row], _x[row]), node.Height, node.Width, node.Channels);
    }

    /// <summary>Numbers that follow each other: places in a window, in that of another node, and in the node itself.</summary>
    readonly record struct Run(int Own, int Other, int Unit, int Length);

    /// <summary>Runs of pixels of a row, one for each line of the image.</summary>
    ref struct RunList(Window own, Window other, int height, int width, int channels)
    {
        readonly int _left = Math.Max(0, Math.Max(own.X, other.X));
        readonly int _right = Math.Min(width, Math.Min(own.X + own.Width, other.X + other.Width));
        readonly int _end = Math.Min(height, Math.Min(own.Y + own.Height, other.Y + other.Height));
        int _y = Math.Max(0, Math.Max(own.Y, other.Y)) - 1;

        public readonly Run Current => new(
            (((_y - own.Y) * own.Width) + _left - own.X) * channels,
            (((_y - other.Y) * other.Width) + _left - other.X) * channels,
            ((_y * width) + _left) * channels,
            (_right - _left) * channels);

        public bool MoveNext() => ++_y < _end && _left < _right;

        public readonly RunList GetEnumerator() => this;
    }

    /// <summary>The lines that rows have chosen of an activation, and Adam's means.</summary>
    sealed class Choice(int count, bool isKinked)
    {
        readonly double[] _upperMean = new double[count], _upperSquare = new double[count];
        readonly double[] _lowerMean = new double[isKinked ? 0 : count], _lowerSquare = new double[isKinked ? 0 : count];

        /// <summary>Slopes of a kinked function; of others places of the upper lines.</summary>
        public double[] Upper { get; } = new double[count];

        /// <summary>Places of the lower lines.</summary>
        public double[] Lower { get; } = new double[isKinked ? 0 : count];

        public (double Slope, double Offset, double SlopeChange, double OffsetChange) Line(Relaxation lines, double v, int unit, int at)
        {
            if (lines.IsKinked)
            {
                return v > 0 == lines.IsConvex
                    ? lines.IsConvex ? (lines.UpperSlope[unit], lines.UpperOffset[unit], 0, 0) : (lines.LowerSlope[unit], lines.LowerOffset[unit], 0, 0)
                    : (Upper[at], 0, 1, 0);
            }
            return v > 0
                ? Relaxation.Line(lines.UpperSlopes, lines.UpperOffsets, unit, Upper[at])
                : Relaxation.Line(lines.LowerSlopes, lines.LowerOffsets, unit, Lower[at]);
        }

        public void Improve(Relaxation lines, double v, double z, int unit, int at, double rate, double first, double second)
        {
            if (v == 0)
            {
                return;
            }
            if (lines.IsKinked)
            {
                var (least, most) = (lines.LeastAlpha[unit], lines.MostAlpha[unit]);
                if (least < most && v > 0 != lines.IsConvex)
                {
                    Step(ref Upper[at], ref _upperMean[at], ref _upperSquare[at], v * z, rate * (most - least), first, second);
                    Upper[at] = Math.Clamp(Upper[at], least, most);
                }
                return;
            }
            var (_, _, slope, offset) = Line(lines, v, unit, at);
            var gradient = v * ((slope * z) + offset);
            if (gradient == 0)
            {
                return;
            }
            if (v > 0)
            {
                Step(ref Upper[at], ref _upperMean[at], ref _upperSquare[at], gradient, rate, first, second);
                Upper[at] = Math.Clamp(Upper[at], 0, 1);
            }
            else
            {
                Step(ref Lower[at], ref _lowerMean[at], ref _lowerSquare[at], gradient, rate, first, second);
                Lower[at] = Math.Clamp(Lower[at], 0, 1);
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        static void Step(ref double place, ref double mean, ref double square, double gradient, double rate, double first, double second)
        {
            mean = (FirstDecay * mean) + ((1 - FirstDecay) * gradient);
            square = (SecondDecay * square) + ((1 - SecondDecay) * gradient * gradient);
            var size = Math.Sqrt(square / second);
            place -= size > 0 ? rate * (mean / first) / size : 0;
        }
    }
}
