using System.Numerics;
using System.Numerics.Tensors;

namespace RL.InputOpt;

/// <summary>
/// A network at an input, layer after layer: O(nˡ·nˡ⁺¹) a pass, of which what belongs to inactive neurons is left out.
/// </summary>
sealed class DenseNetwork<T> : NetworkPoint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly AlignedArray<T> _firstBias;
    readonly AlignedArray<T>[] _r;
    readonly UnitList<T>[] _active;             // neurons with z > 0 of each layer
    readonly AlignedArray<T> _h;
    readonly T[] _part;

    public DenseNetwork(PackedNetwork<T> network)
        : base(network)
    {
        (_firstBias, _h) = (new(network.Units[0]), new(network.Units.Max()));
        (_r, _part) = (NewHiddenVectors(), new T[network.Inputs]);
        _active = [.. network.Units.Select(units => new UnitList<T>(units))];
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
            _active[i].SetPositive(Z(i), Network.Units[i]);
            if (i + 1 < Network.Hidden)
            {
                // Of z only what is active is taken, where it is max(z, 0).
                Network.Weight(i + 1).Combine(_active[i].Units, Z(i), Network.Bias(i + 1), WritableZ(i + 1));
            }
        }
        SetOutputs();
    }

    public override void Backward(ReadOnlySpan<T> onOutputs, SparseVector<T>[]? onZ, Span<T> g)
    {
        var last = Network.Hidden - 1;
        TopGradient(onOutputs, onZ?[last], _r[last]);
        BackFrom(last, onOutputs.IsEmpty && onZ is not null ? onZ[last].Units : default, onZ, g);
    }

    public override void AddNormal(int layer, int unit, T scale, Span<T> g)
    {
        _r[layer].Span.Clear();
        _r[layer][unit] = scale;
        BackFrom(layer, [unit], null, _part);
        TensorPrimitives.Add(g, _part, g);
    }

    public override void Slopes(ReadOnlySpan<T> direction, AlignedArray<T>[] slopes)
    {
        Network.Weight(0).Combine(direction, Zeros(0), slopes[0]);
        for (var i = 0; i + 1 < Network.Hidden; i++)
        {
            Network.Weight(i + 1).Combine(_active[i].Units, slopes[i], Zeros(i + 1), slopes[i + 1]);
        }
    }

    /// <summary>
    /// Carries the gradient on a layer's pre-activations, which may be known to be zero but for a few neurons, down to the input.
    /// </summary>
    void BackFrom(int layer, ReadOnlySpan<int> few, SparseVector<T>[]? onZ, Span<T> g)
    {
        for (var i = layer; i > 0; i--)
        {
            var below = _r[i - 1].Span;
            below.Clear();
            if (i == layer && !few.IsEmpty)
            {
                Network.Weight(i).Dots(_active[i - 1].Units, few, _r[i], below);
            }
            else
            {
                Network.Weight(i).Dots(_active[i - 1].Units, _r[i], below);
            }
            Gate(i - 1, onZ?[i - 1], below);
        }
        Network.Weight(0).Dots(_r[0], g);
    }
}
