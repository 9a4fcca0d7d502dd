using System.Numerics;
using System.Numerics.Tensors;

namespace RL.InputOpt;

/// <summary>
/// <see cref="SharpWalk"/> on spans, for one problem: a region differs from the one before in one neuron's phase, so its affine maps are
/// updated and not built anew. Allocates nothing after construction.
/// </summary>
sealed class SpanWalk<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly PackedNetwork<T> _network;
    readonly AffineMaps<T> _maps;
    readonly RegionWalk _walk;
    readonly AffinePiece _piece;
    readonly AlignedArray<T>[] _gates;
    readonly AlignedArray<T> _top, _zeros;
    readonly AlignedArray<double> _onTop;
    readonly double[] _lower, _upper, _units;

    public SpanWalk(PackedNetwork<T> network)
    {
        _network = network;
        _maps = new(network, norms: false);
        (_walk, _piece) = (new(network.Inputs, network.Units), new(network.Inputs, network.Units));
        _gates = [.. network.Units.Select(units => new AlignedArray<T>(units))];
        (_top, _zeros) = (new(network.Units[^1]), new(network.Units[^1]));
        _onTop = new(network.Units[^1]);
        (_lower, _upper, _units) = (new double[network.Inputs], new double[network.Inputs], new double[network.Inputs]);
    }

    /// <summary>
    /// x [n] ← the best vertex found within a number of regions, the point's own first; nothing if there is none. How many it has looked at is
    /// returned. It sees inputs in units of half the box's width.
    /// </summary>
    public int Run(NetworkPoint<T> point, SpanProblem<T> problem, int regions, Span<T> x)
    {
        for (var layer = 0; layer < _network.Hidden; layer++)
        {
            var z = point.Z(layer);
            var phases = _walk.Phases[layer];
            for (var j = 0; j < phases.Length; j++)
            {
                phases[j] = z[j] > T.Zero;
            }
        }
        TensorPrimitives.ConvertTruncating<T, double>(problem.Lower, _lower);
        TensorPrimitives.ConvertTruncating<T, double>(problem.Upper, _upper);
        for (var d = 0; d < _units.Length; d++)
        {
            _units[d] = problem.Scale[d] == T.Zero ? 1 : double.CreateTruncating(problem.Scale[d]);
            (_lower[d], _upper[d]) = (_lower[d] / _units[d], _upper[d] / _units[d]);
        }
        _walk.Begin(_lower, _upper);
        _maps.Start(problem.FirstBias);
        var looked = 0;
        for (; looked < regions && !_walk.IsDone; looked++)
        {
            SetPiece(problem.Weights);
            _walk.Look(_piece);
        }
        if (_walk.HasBest)
        {
            for (var d = 0; d < x.Length; d++)
            {
                // A bound is the bound, not what rounding makes of its number of units.
                var best = _walk.Best[d];
                x[d] = best == _lower[d] ? problem.Lower[d] : best == _upper[d] ? problem.Upper[d]
                    : Lanes.Clip(T.CreateTruncating(best * _units[d]), problem.Lower[d], problem.Upper[d]);
            }
        }
        return looked;
    }

    /// <summary>The affine piece of the walk's phases.</summary>
    void SetPiece(ReadOnlySpan<T> weights)
    {
        for (var layer = 0; layer < _network.Hidden; layer++)
        {
            var normals = _maps.Normals(layer);
            var gates = _gates[layer].Span;
            for (var d = 0; d < normals.Columns; d++)
            {
                var column = _piece.Normals[layer][d];
                Convert(normals[d], column);
                TensorPrimitives.Multiply(column, _units[d], column);
            }
            Convert(_maps.Offsets(layer), _piece.Offsets[layer]);
            var phases = _walk.Phases[layer];
            for (var j = 0; j < phases.Length; j++)
            {
                gates[j] = phases[j] ? T.One : T.Zero;
            }
            if (layer < _network.Hidden - 1)
            {
                _maps.SetGates(layer, gates);
            }
        }

        // w·f = Σⱼ (Wᴸᵀ w)ⱼ gⱼ zⱼ + w·bᴸ
        _network.Top.Combine(weights, _zeros, _top);
        TensorPrimitives.Multiply<T>(_top, _gates[^1], _top);
        Convert(_top, _onTop);
        for (var d = 0; d < _piece.Gradient.Length; d++)
        {
            _piece.Gradient[d] = TensorPrimitives.Dot<double>(_piece.Normals[^1][d], _onTop);
        }
        _piece.Constant = TensorPrimitives.Dot<double>(_piece.Offsets[^1], _onTop)
            + double.CreateTruncating(TensorPrimitives.Dot(weights, _network.TopBias));
    }

    /// <summary>Padded vectors: those of float64 are padded less.</summary>
    static void Convert(ReadOnlySpan<T> from, Span<double> to) => TensorPrimitives.ConvertTruncating(from[..to.Length], to);
}
