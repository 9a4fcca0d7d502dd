using System.Numerics;

namespace RL.InputOpt;

/// <summary>
/// A network at an input, layer after layer: O(nˡ·nˡ⁺¹) a pass, of which what belongs to inactive neurons is left out.
/// </summary>
sealed class DenseNetwork<T> : NetworkPoint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly AlignedArray<T> _firstBias;
    readonly AlignedArray<T>[] _r;
    readonly int[][] _active;           // neurons with z > 0 of each layer, and how many they are
    readonly int[] _actives;
    readonly T[] _values, _part;

    public DenseNetwork(PackedNetwork<T> network)
        : base(network)
    {
        _firstBias = new(network.Units[0]);
        _r = NewHiddenVectors();
        _active = [.. network.Units.Select(units => new int[units + 1])];
        (_actives, _values, _part) = (new int[network.Hidden], new T[network.Units.Max() + 1], new T[network.Inputs]);
    }

    public override void Start(ReadOnlySpan<T> firstBias, ReadOnlySpan<T> x)
    {
        firstBias.CopyTo(_firstBias);
        MoveTo(x);
    }

    public override void MoveTo(ReadOnlySpan<T> x)
    {
        Network.Weight(0).Combine(x, _firstBias, WritableZ(0));
        for (var i = 0; i < Network.Hidden; i++)
        {
            var count = ListActive(i);
            if (i + 1 < Network.Hidden)
            {
                Network.Weight(i + 1).Combine(
                    _active[i].AsSpan(0, count), _values.AsSpan(0, count), Network.Bias(i + 1), WritableZ(i + 1));
            }
        }
        SetOutputs();
    }

    public override void Backward(ReadOnlySpan<T> onOutputs, AlignedArray<T>[]? onZ, Span<T> g)
    {
        TopGradient(onOutputs, onZ, _r[^1]);
        BackFrom(Network.Hidden - 1, onZ, g);
    }

    public override void AddNormal(int layer, int unit, T scale, Span<T> g)
    {
        _r[layer].Span.Clear();
        _r[layer][unit] = scale;
        BackFrom(layer, null, _part);
        for (var k = 0; k < g.Length; k++)
        {
            g[k] += _part[k];
        }
    }

    public override void Slopes(ReadOnlySpan<T> direction, AlignedArray<T>[] slopes)
    {
        Network.Weight(0).Combine(direction, Zeros(0), slopes[0]);
        for (var i = 0; i + 1 < Network.Hidden; i++)
        {
            var active = Active(i);
            for (var f = 0; f < active.Length; f++)
            {
                _values[f] = slopes[i][active[f]];
            }
            Network.Weight(i + 1).Combine(active, _values.AsSpan(0, active.Length), Zeros(i + 1), slopes[i + 1]);
        }
    }

    ReadOnlySpan<int> Active(int layer) => _active[layer].AsSpan(0, _actives[layer]);

    /// <summary>Carries the gradient on a layer's pre-activations down to the input.</summary>
    void BackFrom(int layer, AlignedArray<T>[]? onZ, Span<T> g)
    {
        for (var i = layer; i > 0; i--)
        {
            var below = _r[i - 1].Span;
            below.Clear();
            Network.Weight(i).Dots(Active(i - 1), _r[i], below);
            Gate(i - 1, onZ, below);
        }
        Network.Weight(0).Dots(_r[0], g);
    }

    /// <summary>Lists the active neurons of a layer and their activations.</summary>
    int ListActive(int layer)
    {
        var z = Z(layer);
        var active = _active[layer];
        var count = 0;
        for (var j = 0; j < Network.Units[layer]; j++)
        {
            (active[count], _values[count]) = (j, z[j]);
            count += z[j] > T.Zero ? 1 : 0;
        }
        return _actives[layer] = count;
    }
}
