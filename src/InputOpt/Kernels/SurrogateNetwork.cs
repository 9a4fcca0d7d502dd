using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>
/// The sigmoid surrogate f̃(x, η) of a network (paper, eq. 6 and 7): ReLUs replaced by gates a = 1 − q, q = sigmoid(α(η − 0.5 + 1e-6)),
/// which open as η falls below 0.5. In float32 every gate farther than 0.01 from 0.5 is exactly 0 or 1, and where it is 0 its slope is
/// 0 too: what would be multiplied by them is left out. Nothing is allocated after construction. Not for several threads.
/// </summary>
sealed class SurrogateNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly PackedNetwork<T> _network;
    readonly AffineMaps<T>? _maps;
    readonly bool _evaluateMaps;
    readonly T _steepness;
    readonly AlignedArray<T> _firstBias, _zeros, _h;
    readonly AlignedArray<T>[] _gates, _slopes, _u, _delta;
    readonly int[][] _open;             // neurons of each layer whose gate is not 0, and how many they are
    readonly int[] _opens;
    readonly T[] _values, _outputs, _direct;

    /// <param name="network">Its weights.</param>
    /// <param name="steepness">α.</param>
    /// <param name="normals">Whether the normals of neurons will be asked for (<see cref="NormalNorms"/>).</param>
    /// <param name="evaluateMaps">Whether to evaluate ũ by the affine maps that the normals are part of, which is less work when
    /// inputs are few, instead of layer by layer.</param>
    public SurrogateNetwork(PackedNetwork<T> network, double steepness, bool normals, bool evaluateMaps)
    {
        (_network, _steepness, _evaluateMaps) = (network, T.CreateChecked(steepness), normals && evaluateMaps);
        // Layer by layer in float64 everything is added up in the order of the published algorithm, maps included.
        _maps = normals ? new(network, update: evaluateMaps || typeof(T) == typeof(float)) : null;
        var most = network.Units.Max();
        (_firstBias, _zeros, _h) = (new(network.Units[0]), new(most), new(network.Units[^1]));
        (_gates, _slopes, _u, _delta) = (Hidden(), Hidden(), Hidden(), Hidden());
        _open = [.. network.Units.Select(units => new int[units + 1])];
        (_opens, _values) = (new int[network.Hidden], new T[most + 1]);
        (_outputs, _direct) = (new T[network.Outputs], new T[network.Inputs]);

        AlignedArray<T>[] Hidden() => [.. network.Units.Select(units => new AlignedArray<T>(units))];
    }

    /// <summary>Gates a of a layer.</summary>
    public ReadOnlySpan<T> Gates(int layer) => _gates[layer];

    /// <summary>Begins a problem: sets the first bias [n₁].</summary>
    public void Start(ReadOnlySpan<T> firstBias)
    {
        firstBias.CopyTo(_firstBias);
        _maps?.Start(firstBias);
    }

    /// <summary>Sets the gates to those of η.</summary>
    public void SetPattern(AlignedArray<T>[] eta)
    {
        for (var i = 0; i < _network.Hidden; i++)
        {
            SetGates(eta[i], _gates[i], _slopes[i]);
            _opens[i] = ListOpen(_gates[i], _open[i]);
            if (i + 1 < _network.Hidden)
            {
                _maps?.SetGates(i, _gates[i]);
            }
        }
    }

    /// <summary>norms ← ‖nⁱⱼ‖ (eq. 10): row norms of Wⁱ diag(aⁱ⁻¹) … diag(a¹) W¹ over the free inputs.</summary>
    public void NormalNorms(int layer, Span<T> norms) => _maps!.Normals(layer).RowNorms(norms);

    /// <summary>Moves to x [n].</summary>
    public void Evaluate(ReadOnlySpan<T> x)
    {
        for (var i = 0; i < _network.Hidden; i++)
        {
            if (_evaluateMaps)
            {
                _maps!.Evaluate(i, x, _u[i]);
            }
            else if (i == 0)
            {
                _network.Weight(0).Combine(x, _firstBias, _u[0]);
            }
            else
            {
                var open = Open(i - 1);
                for (var f = 0; f < open.Length; f++)
                {
                    _values[f] = _u[i - 1][open[f]] * _gates[i - 1][open[f]];
                }
                _network.Weight(i).Combine(open, _values.AsSpan(0, open.Length), _network.Bias(i), _u[i]);
            }
        }
    }

    /// <summary>‖f̃‖ at the last x.</summary>
    public T OutputNorm()
    {
        Multiply(_gates[^1], _u[^1], _h);
        _network.Top.Dots(_h, _outputs);
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
                _network.Weight(i).Dots(Open(i - 1), delta, _delta[i - 1]);
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

    ReadOnlySpan<int> Open(int layer) => _open[layer].AsSpan(0, _opens[layer]);

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

    static int ListOpen(ReadOnlySpan<T> gates, int[] open)
    {
        var count = 0;
        for (var j = 0; j < open.Length - 1; j++)
        {
            open[count] = j;
            count += gates[j] != T.Zero ? 1 : 0;
        }
        return count;
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

    static void Multiply(ReadOnlySpan<T> a, ReadOnlySpan<T> b, Span<T> product)
    {
        for (nuint j = 0; j < (nuint)product.Length; j += (nuint)Vector512<T>.Count)
        {
            (Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(a), j) * Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(b), j))
                .StoreUnsafe(ref MemoryMarshal.GetReference(product), j);
        }
    }
}
