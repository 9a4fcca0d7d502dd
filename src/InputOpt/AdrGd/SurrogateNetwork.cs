using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>
/// The sigmoid surrogate f̃(x, η) of a network (paper, eq. 6 and 7): ReLUs replaced by gates a = 1 − q, q = sigmoid(α(η − 0.5 +
/// 1e-6)), which open as η falls below 0.5. In float32 every gate farther than 0.01 from 0.5 is exactly 0 or 1, and where it is 0
/// its slope is 0 too: what would be multiplied by them is left out. Nothing is allocated after construction. Not for several
/// threads.
/// </summary>
sealed class SurrogateNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// In float64 everything is added up layer by layer in the order of the published algorithm, for trajectories to be compared
    /// to the last bits; in float32 where it is least work.
    /// </summary>
    static readonly bool _inOrder = typeof(T) == typeof(double);

    readonly NetworkPoint<T> _point;
    readonly PackedNetwork<T> _network;
    readonly AffineMaps<T>? _maps;
    readonly T _steepness;
    readonly AlignedArray<T> _zeros, _h;
    readonly AlignedArray<T>[] _gates, _slopes, _u, _delta;
    readonly UnitList<T>[] _open;               // neurons of each layer whose gate is not 0
    readonly UnitList<T> _chosen;
    readonly T[] _outputs, _direct;

    /// <param name="point">The network at x; the surrogate is evaluated there.</param>
    /// <param name="steepness">α.</param>
    /// <param name="normals">Whether the normals of neurons will be asked for (<see cref="NormalNorms"/>).</param>
    public SurrogateNetwork(NetworkPoint<T> point, double steepness, bool normals)
    {
        (_point, _network, _steepness) = (point, point.Network, T.CreateChecked(steepness));
        _maps = normals ? new(_network, norms: true, update: !_inOrder) : null;
        var most = _network.Units.Max();
        (_zeros, _h) = (new(most), new(most));
        (_gates, _slopes) = (point.NewHiddenVectors(), point.NewHiddenVectors());
        (_u, _delta) = (point.NewHiddenVectors(), point.NewHiddenVectors());
        (_open, _chosen) = ([.. _network.Units.Select(units => new UnitList<T>(units))], new(most));
        (_outputs, _direct) = (new T[_network.Outputs], new T[_network.Inputs]);
    }

    /// <summary>Gates a of a layer.</summary>
    public ReadOnlySpan<T> Gates(int layer) => _gates[layer];

    /// <summary>Begins a problem: sets the first bias [n₁] and what normals have their inputs in units of [n].</summary>
    public void Start(ReadOnlySpan<T> firstBias, ReadOnlySpan<T> units) => _maps?.Start(firstBias, units);

    /// <summary>Sets the gates to those of η.</summary>
    public void SetPattern(AlignedArray<T>[] eta)
    {
        for (var i = 0; i < _network.Hidden; i++)
        {
            SetGates(eta[i], _gates[i], _slopes[i]);
            _open[i].SetNonZero(_gates[i], _network.Units[i]);
            if (i + 1 < _network.Hidden)
            {
                _maps?.SetGates(i, _gates[i]);
            }
        }
    }

    /// <summary>‖nⁱⱼ‖ (eq. 10): row norms of Wⁱ diag(aⁱ⁻¹) … diag(a¹) W¹ over the free inputs in their units.</summary>
    public ReadOnlySpan<T> NormalNorms(int layer) => _maps!.NormalNorms(layer);

    /// <summary>Evaluates ũ where the network's point is: at x [n] in its units; nothing if one of them is 0.</summary>
    public void Evaluate(ReadOnlySpan<T> x)
    {
        _point.Z(0).CopyTo(_u[0]);
        for (var i = 1; i < _network.Hidden; i++)
        {
            var h = _h.Span[.._u[i - 1].Length];
            if (_inOrder)
            {
                // uⁱ = Wⁱ(a∘uⁱ⁻¹) + bⁱ.
                Multiply(_gates[i - 1], _u[i - 1], h);
                _network.Weight(i).Combine(_open[i - 1].Units, h, _network.Bias(i), _u[i]);
            }
            else
            {
                // uⁱ = zⁱ + Wⁱ(a∘uⁱ⁻¹ − max(zⁱ⁻¹, 0)): the same, and few columns while gates and pattern agree.
                Difference(_gates[i - 1], _u[i - 1], _point.Z(i - 1), h);
                _chosen.SetNonZero(h, _network.Units[i - 1]);
                if (_maps is not null && !x.IsEmpty && _chosen.Count > _network.Inputs)
                {
                    _maps.Evaluate(i, x, _u[i]);
                }
                else
                {
                    _network.Weight(i).Combine(_chosen.Units, h, _point.Z(i), _u[i]);
                }
            }
        }
    }

    /// <summary>‖f̃‖ at the last x.</summary>
    public T OutputNorm()
    {
        var h = _h.Span[.._u[^1].Length];
        Multiply(_gates[^1], _u[^1], h);
        _network.Top.Dots(h, _outputs);
        for (var k = 0; k < _outputs.Length; k++)
        {
            _outputs[k] += _network.TopBias[k];
        }
        return Lanes.Norm<T>(_outputs);
    }

    /// <summary>
    /// Gradients of Σ onOutputs·f̃ on x, g [n], and on η of each layer, if asked for: δ∘u∘∂a/∂η.
    /// </summary>
    public void Backward(ReadOnlySpan<T> onOutputs, Span<T> g, AlignedArray<T>[]? onPattern)
    {
        _network.Top.Combine(onOutputs, _zeros.Span[.._delta[^1].Length], _delta[^1]);
        for (var i = _network.Hidden - 1; i >= 0; i--)
        {
            var delta = _delta[i].Span;
            if (onPattern is not null)
            {
                OnPattern(delta, _u[i], _slopes[i], onPattern[i]);
            }
            Multiply(_gates[i], delta, delta);
            if (i > 0)
            {
                _delta[i - 1].Span.Clear();
                _network.Weight(i).Dots(_open[i - 1].Units, delta, _delta[i - 1]);
            }
        }
        _network.Weight(0).Dots(_delta[0], g);
    }

    /// <summary>
    /// ‖∇ₓ Σ onOutputs·f̃‖ as the norm of nᴸ⁻¹ diag(aᴸ⁻¹) Wᴸᵀ onOutputs, added up row by row: the same number as that of
    /// <see cref="Backward"/> but for rounding, and the one that float64 trajectories of the published algorithm are made of.
    /// </summary>
    public T GradientNorm(ReadOnlySpan<T> onOutputs)
    {
        var (top, gates) = (_delta[^1], _gates[^1]);
        _network.Top.Combine(onOutputs, _zeros.Span[..top.Length], top);
        var normals = _maps!.Normals(_network.Hidden - 1);
        for (var k = 0; k < _direct.Length; k++)
        {
            var column = normals[k];
            var sum = T.Zero;
            for (var j = 0; j < normals.Rows; j++)
            {
                sum = T.FusedMultiplyAdd(column[j] * gates[j], top[j], sum);
            }
            _direct[k] = sum;
        }
        return Lanes.Norm<T>(_direct);
    }

    void SetGates(ReadOnlySpan<T> eta, Span<T> gates, Span<T> slopes)
    {
        ref var from = ref MemoryMarshal.GetReference(eta);
        ref var gate = ref MemoryMarshal.GetReference(gates);
        ref var slope = ref MemoryMarshal.GetReference(slopes);
        var (half, shift, alpha) = (
            Vector512.Create(T.CreateChecked(0.5)), Vector512.Create(T.CreateChecked(1e-6)), Vector512.Create(_steepness));
        for (nuint j = 0; j < (nuint)eta.Length; j += (nuint)Vector512<T>.Count)
        {
            // q = 1 − a: in float32 a rounds to 1 where q(1 − q), the gate's slope, still has a tail.
            var q = Lanes.Sigmoid((Vector512.LoadUnsafe(ref from, j) - half + shift) * alpha);
            var a = Vector512<T>.One - q;
            a.StoreUnsafe(ref gate, j);
            (q * a * alpha).StoreUnsafe(ref slope, j);
        }
    }

    /// <summary>g ← −δ∘u∘(α q a): the gate falls as η grows.</summary>
    static void OnPattern(ReadOnlySpan<T> delta, ReadOnlySpan<T> u, ReadOnlySpan<T> slopes, Span<T> g)
    {
        for (nuint j = 0; j < (nuint)g.Length; j += (nuint)Vector512<T>.Count)
        {
            var product = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(delta), j)
                * Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(u), j);
            (-(product * Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(slopes), j)))
                .StoreUnsafe(ref MemoryMarshal.GetReference(g), j);
        }
    }

    /// <summary>difference ← a∘u − max(z, 0).</summary>
    static void Difference(ReadOnlySpan<T> a, ReadOnlySpan<T> u, ReadOnlySpan<T> z, Span<T> difference)
    {
        for (nuint j = 0; j < (nuint)difference.Length; j += (nuint)Vector512<T>.Count)
        {
            var h = Vector512.MaxNative(Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(z), j), Vector512<T>.Zero);
            var soft = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(a), j)
                * Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(u), j);
            (soft - h).StoreUnsafe(ref MemoryMarshal.GetReference(difference), j);
        }
    }

    static void Multiply(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> product)
    {
        for (nuint j = 0; j < (nuint)product.Length; j += (nuint)Vector512<T>.Count)
        {
            var left = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(a), j);
            var right = Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(b), j);
            (left * right).StoreUnsafe(ref MemoryMarshal.GetReference(product), j);
        }
    }
}
