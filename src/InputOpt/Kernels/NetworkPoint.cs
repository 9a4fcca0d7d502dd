using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>
/// A ReLU network at an input x that moves: its pre-activations and outputs there, and their gradients. Two ways to the same
/// numbers: <see cref="DenseNetwork{T}"/> goes through the layers one after the other, <see cref="IncrementalNetwork{T}"/> keeps
/// the affine maps of x's linear region. Vectors of hidden layers are padded with zeros to whole vectors of 64 bytes; padding is
/// never active. Nothing is allocated after construction. Not for several threads.
/// </summary>
abstract class NetworkPoint<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    readonly AlignedArray<T>[] _z;
    readonly AlignedArray<T> _h, _zeros;
    readonly T[] _outputs;

    protected NetworkPoint(PackedNetwork<T> network)
    {
        Network = network;
        _z = NewHiddenVectors();
        (_h, _zeros) = (new(network.Units[^1]), new(network.Units.Max()));
        _outputs = new T[network.Outputs];
    }

    public PackedNetwork<T> Network { get; }

    /// <summary>Pre-activations of a hidden layer at x, padded.</summary>
    public ReadOnlySpan<T> Z(int layer) => _z[layer];

    /// <summary>f(x) [m].</summary>
    public ReadOnlySpan<T> Outputs => _outputs;

    /// <summary>The kernel asked for, or the one that should be faster for the network's sizes.</summary>
    public static NetworkPoint<T> Of(PackedNetwork<T> network, NetworkKernel kernel)
    {
        var incremental = ChangesLittle(network.Inputs, network.Units[0], network.Hidden);
        return kernel == NetworkKernel.Incremental || (kernel == NetworkKernel.Auto && incremental)
            ? new IncrementalNetwork<T>(network)
            : new DenseNetwork<T>(network);
    }

    /// <summary>Whether a step costs less if only what flips is computed.</summary>
    public static bool ChangesLittle(int inputs, int firstUnits, int hidden) =>
        // Measured: with two hidden layers a step flips some 10 neurons of 256, each of which costs n + 1 columns of the upper
        // layer; a pass through the layers, forward and backward, costs half of all columns twice.
        hidden == 2 && 16 * (inputs + 1) <= firstUnits;

    /// <summary>Begins a problem: sets the first bias [n₁], which carries its fixed inputs, and moves to x [n].</summary>
    public abstract void Start(ReadOnlySpan<T> firstBias, ReadOnlySpan<T> x);

    /// <summary>Moves to x [n].</summary>
    public abstract void MoveTo(ReadOnlySpan<T> x);

    /// <summary>
    /// g [n] ← the gradient on x of Σ onOutputs·f + Σᵢ onZᵢ·zᵢ; onOutputs [m] may be empty and onZ null, for none.
    /// </summary>
    public abstract void Backward(ReadOnlySpan<T> onOutputs, SparseVector<T>[]? onZ, Span<T> g);

    /// <summary>g [n] += scale·∇zⱼ of one neuron.</summary>
    public abstract void AddNormal(int layer, int unit, T scale, Span<T> g);

    /// <summary>
    /// Per hidden layer, how fast its pre-activations change along a direction [n] while x stays in its linear region.
    /// </summary>
    public abstract void Slopes(ReadOnlySpan<T> direction, AlignedArray<T>[] slopes);

    /// <summary>A sparse vector for each hidden layer.</summary>
    public SparseVector<T>[] NewSparseVectors() => [.. Network.Units.Select(units => new SparseVector<T>(units))];

    /// <summary>A vector for each hidden layer.</summary>
    public AlignedArray<T>[] NewHiddenVectors() => [.. Network.Units.Select(units => new AlignedArray<T>(units))];

    /// <summary>Zeros in the place of a hidden layer's vector.</summary>
    protected ReadOnlySpan<T> Zeros(int layer) => _zeros.Span[.._z[layer].Length];

    protected Span<T> WritableZ(int layer) => _z[layer];

    /// <summary>f = Wᴸ max(zᴸ⁻¹, 0) + bᴸ.</summary>
    protected void SetOutputs()
    {
        var z = _z[^1].Span;
        var h = _h.Span;
        for (var j = 0; j < z.Length; j += Vector512<T>.Count)
        {
            Vector512.Max(Vector512.LoadUnsafe(ref z[j]), Vector512<T>.Zero).StoreUnsafe(ref h[j]);
        }
        Network.Top.Dots(h, _outputs);
        for (var k = 0; k < _outputs.Length; k++)
        {
            _outputs[k] += Network.TopBias[k];
        }
    }

    /// <summary>r ← the gradient on the last hidden layer's pre-activations.</summary>
    protected void TopGradient(ReadOnlySpan<T> onOutputs, SparseVector<T>? onZ, Span<T> r)
    {
        if (!onOutputs.IsEmpty)
        {
            Network.Top.Combine(onOutputs, Zeros(Network.Hidden - 1), r);
            Gate(Network.Hidden - 1, onZ, r);
        }
        else if (onZ is not null)
        {
            onZ.Values.CopyTo(r);
        }
        else
        {
            r.Clear();
        }
    }

    /// <summary>r ← 1[z > 0]∘r + onZ.</summary>
    protected void Gate(int layer, SparseVector<T>? onZ, Span<T> r)
    {
        ref var z = ref MemoryMarshal.GetReference(_z[layer].Span);
        ref var result = ref MemoryMarshal.GetReference(r);
        for (nuint j = 0; j < (nuint)r.Length; j += (nuint)Vector512<T>.Count)
        {
            var active = Vector512.GreaterThan(Vector512.LoadUnsafe(ref z, j), Vector512<T>.Zero);
            (Vector512.LoadUnsafe(ref result, j) & active).StoreUnsafe(ref result, j);
        }
        if (onZ is not null)
        {
            foreach (var unit in onZ.Units)
            {
                r[unit] += onZ.Values[unit];
            }
        }
    }
}
