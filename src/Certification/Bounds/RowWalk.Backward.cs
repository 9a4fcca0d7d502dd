using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.Certification;

/// <content>From the first node back to the input.</content>
sealed partial class RowWalk
{
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
}
