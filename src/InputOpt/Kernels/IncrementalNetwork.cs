using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>
/// A network at an input that moves little at a time: it keeps the affine maps of x's linear region (<see cref="AffineMaps{T}"/>)
/// and changes them where neurons flip. O(n·(n₁ + n₂ + …)) a step and as much per flip, and any neuron's normal for the reading.
/// </summary>
sealed class IncrementalNetwork<T> : NetworkPoint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Moves after which the maps are built anew, so that rounding does not add up.</summary>
    const int RestartEvery = 1000;

    readonly AffineMaps<T> _maps;
    readonly AlignedArray<T> _gates, _r;
    int _moves;

    public IncrementalNetwork(PackedNetwork<T> network)
        : base(network)
    {
        _maps = new(network, norms: false);
        (_gates, _r) = (new(network.Units.Max()), new(network.Units[^1]));
    }

    public override void Start(ReadOnlySpan<T> firstBias, ReadOnlySpan<T> x)
    {
        _maps.Start(firstBias);
        _moves = 0;
        MoveTo(x);
    }

    public override void MoveTo(ReadOnlySpan<T> x)
    {
        if (++_moves % RestartEvery == 0)
        {
            _maps.Restart();
        }
        for (var i = 0; i < Network.Hidden; i++)
        {
            var z = WritableZ(i);
            _maps.Evaluate(i, x, z);
            if (i + 1 < Network.Hidden)
            {
                var gates = _gates.Span[..z.Length];
                for (var j = 0; j < z.Length; j += Vector512<T>.Count)
                {
                    var active = Vector512.GreaterThan(Vector512.LoadUnsafe(ref z[j]), Vector512<T>.Zero);
                    (active & Vector512<T>.One).StoreUnsafe(ref gates[j]);
                }
                _maps.SetGates(i, gates);
            }
        }
        SetOutputs();
    }

    public override void Backward(ReadOnlySpan<T> onOutputs, SparseVector<T>[]? onZ, Span<T> g)
    {
        TopGradient(onOutputs, onZ?[^1], _r);
        _maps.Normals(Network.Hidden - 1).Dots(_r, g);
        for (var i = 0; onZ is not null && i + 1 < Network.Hidden; i++)
        {
            foreach (var unit in onZ[i].Units)
            {
                AddNormal(i, unit, onZ[i].Values[unit], g);
            }
        }
    }

    public override void AddNormal(int layer, int unit, T scale, Span<T> g)
    {
        var normals = _maps.Normals(layer);
        for (var k = 0; k < g.Length; k++)
        {
            g[k] += scale * normals[k][unit];
        }
    }

    public override void Slopes(ReadOnlySpan<T> direction, AlignedArray<T>[] slopes)
    {
        for (var i = 0; i < Network.Hidden; i++)
        {
            _maps.Slopes(i, direction, slopes[i]);
        }
    }
}
