using System.Numerics.Tensors;

namespace RL.Certification;

/// <content>From the input up to where bounds are attained, and from there to better lines.</content>
sealed partial class RowWalk
{
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
                var choice = new LineChoice(rows * size, relaxation.IsKinked);
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

    void ActivateRow(int index, int row, RowRun run, int size, ReadOnlySpan<double> z, Span<double> h)
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
        var (first, second) = (1 - Math.Pow(LineChoice.FirstDecay, step), 1 - Math.Pow(LineChoice.SecondDecay, step));
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
                    _splits?[row].Improve(i, z, rate * Largest(v), LineChoice.FirstDecay, LineChoice.SecondDecay, first, second);
                }
            }
        }
    }

    static double Largest(ReadOnlySpan<double> v) => v.IsEmpty ? 0 : Math.Abs(TensorPrimitives.MaxMagnitude(v));
}
