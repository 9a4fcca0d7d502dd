using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>The pattern variables η of one hidden layer, their gradient, and the layer's part of the constraint C.</summary>
sealed class PatternLayer<T>(int units)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly T _half = T.CreateChecked(0.5), _least = T.CreateChecked(0.3), _most = T.CreateChecked(0.7);

    readonly AlignedArray<T> _distances = new(units);       // t = z/‖n‖

    /// <summary>η; below 0.5 means active, as padding never is.</summary>
    public AlignedArray<T> Eta { get; } = new(units);

    /// <summary>g_η, padded.</summary>
    public AlignedArray<T> Gradient { get; } = new(units);

    /// <summary>‖n‖ of each neuron's normal, padded with ones.</summary>
    public AlignedArray<T> Norms { get; } = new(units);

    /// <summary>η ← 0.5 − 0.01·sign(z).</summary>
    public void Reset(ReadOnlySpan<T> z)
    {
        var eta = Eta.Span;
        var step = T.CreateChecked(0.01);
        for (var j = 0; j < units; j++)
        {
            eta[j] = _half - (step * T.CreateChecked(T.Sign(z[j])));
        }
        eta[units..].Fill(_most);
    }

    /// <summary>Norms as they are, but never 0: a neuron cut off from all inputs has no normal.</summary>
    public void ClampNorms(T least)
    {
        var norms = Norms.Span;
        TensorPrimitives.Max(norms, least, norms);
    }

    /// <summary>
    /// The layer's part of C = max (t)⁺(e)⁺ + max (−t)⁺(−e)⁺ over its neurons, e = η − 0.5, and its gradients times c:
    /// c·e/‖n‖ in <paramref name="onZ"/> and c·t added to <see cref="Gradient"/>, at one neuron of either sign at most.
    /// </summary>
    /// <returns>C's part; 0 if nothing was written.</returns>
    public T AddLargest(ReadOnlySpan<T> z, T c, bool onPattern, Span<T> onZ)
    {
        var (above, below) = LargestViolations(z);
        if (above > T.Zero)
        {
            Add(IndexOf(above, positive: true), c, onPattern, onZ);
        }
        if (below > T.Zero)
        {
            Add(IndexOf(below, positive: false), c, onPattern, onZ);
        }
        return above + below;
    }

    /// <summary>The same with sums over the neurons in the place of maxima.</summary>
    public T AddAll(ReadOnlySpan<T> z, T c, bool onPattern, Span<T> onZ)
    {
        var total = T.Zero;
        for (var j = 0; j < units; j++)
        {
            var t = _distances[j] = z[j] / Norms[j];
            var violation = t * (Eta[j] - _half);
            if (violation > T.Zero)
            {
                total += violation;
                Add(j, c, onPattern, onZ);
            }
        }
        return total;
    }

    /// <summary>g_η ← g_η/max(‖g_η‖, 1).</summary>
    /// <returns>The norm before.</returns>
    public T LimitGradient()
    {
        var g = Gradient.Span;
        var norm = TensorPrimitives.Norm<T>(g);
        if (norm > T.One)
        {
            TensorPrimitives.Divide(g, norm, g);
        }
        return norm;
    }

    /// <summary>g_η += deviation·noise.</summary>
    public void AddNoise(ReadOnlySpan<T> noise, T deviation)
    {
        var g = Gradient.Span;
        for (var j = 0; j < noise.Length; j++)
        {
            g[j] += noise[j] * deviation;
        }
    }

    /// <summary>η ← clip(η − lr_η·g_η, 0.3, 0.7).</summary>
    public void Step(T rate)
    {
        ref var eta = ref MemoryMarshal.GetReference(Eta.Span);
        ref var g = ref MemoryMarshal.GetReference(Gradient.Span);
        var (least, most, by) = (Vector512.Create(_least), Vector512.Create(_most), Vector512.Create(rate));
        for (nuint j = 0; j < (nuint)Eta.Length; j += (nuint)Vector512<T>.Count)
        {
            var next = Vector512.LoadUnsafe(ref eta, j) - (Vector512.LoadUnsafe(ref g, j) * by);
            Vector512.MinNative(Vector512.MaxNative(next, least), most).StoreUnsafe(ref eta, j);
        }
    }

    (T Above, T Below) LargestViolations(ReadOnlySpan<T> preActivations)
    {
        ref var z = ref MemoryMarshal.GetReference(preActivations);
        ref var norms = ref MemoryMarshal.GetReference(Norms.Span);
        ref var eta = ref MemoryMarshal.GetReference(Eta.Span);
        ref var distances = ref MemoryMarshal.GetReference(_distances.Span);
        var (above, below) = (Vector512<T>.Zero, Vector512<T>.Zero);
        for (nuint j = 0; j < (nuint)Eta.Length; j += (nuint)Vector512<T>.Count)
        {
            var t = Vector512.LoadUnsafe(ref z, j) / Vector512.LoadUnsafe(ref norms, j);
            t.StoreUnsafe(ref distances, j);
            var e = Vector512.LoadUnsafe(ref eta, j) - Vector512.Create(_half);
            var violation = t * e;
            var positive = Vector512.GreaterThan(e, Vector512<T>.Zero);
            above = Vector512.MaxNative(above, violation & positive);
            below = Vector512.MaxNative(below, Vector512.AndNot(violation, positive));
        }
        return (Lanes.Max(above), Lanes.Max(below));
    }

    /// <summary>The first neuron with this violation, e on the given side.</summary>
    int IndexOf(T violation, bool positive)
    {
        ref var eta = ref MemoryMarshal.GetReference(Eta.Span);
        ref var distances = ref MemoryMarshal.GetReference(_distances.Span);
        for (nuint j = 0; j < (nuint)Eta.Length; j += (nuint)Vector512<T>.Count)
        {
            var e = Vector512.LoadUnsafe(ref eta, j) - Vector512.Create(_half);
            var side = Vector512.GreaterThan(e, Vector512<T>.Zero);
            var found = Vector512.Equals(Vector512.LoadUnsafe(ref distances, j) * e, Vector512.Create(violation));
            var bits = (positive ? found & side : Vector512.AndNot(found, side)).ExtractMostSignificantBits();
            if (bits != 0)
            {
                return (int)j + BitOperations.TrailingZeroCount(bits);
            }
        }
        throw new InvalidOperationException("No neuron has the violation that was found largest.");
    }

    void Add(int unit, T c, bool onPattern, Span<T> onZ)
    {
        onZ[unit] = c * (Eta[unit] - _half) / Norms[unit];
        if (onPattern)
        {
            Gradient[unit] += c * _distances[unit];
        }
    }
}
