using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>The pattern variables η of one hidden layer, their gradient g_η, and the layer's part of the constraint C.</summary>
sealed class PatternLayer<T>(int units)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly T _half = T.CreateChecked(0.5), _least = T.CreateChecked(0.3), _most = T.CreateChecked(0.7);

    readonly AlignedArray<T> _norms = new(units);           // ‖n‖; 1/‖n‖ where they are constant
    readonly AlignedArray<T> _distances = new(units);       // t = z/‖n‖
    readonly UnitList<T> _few = new(units);                 // where g_η is not zero, unless it is dense
    bool _constantNorms, _dense;

    /// <summary>η, padded; below 0.5 means active, as padding never is.</summary>
    public AlignedArray<T> Eta { get; } = new(units);

    /// <summary>g_η, padded.</summary>
    public AlignedArray<T> Gradient { get; } = new(units);

    /// <summary>η ← 0.5 − 0.01·sign(z).</summary>
    public void Reset(ReadOnlySpan<T> z)
    {
        var eta = Eta.Span;
        var step = T.CreateChecked(0.01);
        for (var j = 0; j < units; j++)
        {
            eta[j] = _half - (step * Lanes.Sign(z[j]));
        }
        eta[units..].Fill(_most);
    }

    /// <summary>Sets ‖n‖ of each neuron's normal [units], for as long as the weights stay the same.</summary>
    public void SetConstantNorms(ReadOnlySpan<T> norms)
    {
        norms.CopyTo(_norms);
        _norms.Span[units..].Fill(T.One);
        TensorPrimitives.Reciprocal(_norms.Span, _norms);
        _constantNorms = true;
    }

    /// <summary>
    /// Sets ‖n‖ of each neuron's normal: norms [padded], times gates if there are any, but not less than a number above 0.
    /// </summary>
    public void SetNorms(ReadOnlySpan<T> norms, ReadOnlySpan<T> gates, T least)
    {
        if (!gates.IsEmpty)
        {
            TensorPrimitives.Multiply(norms, gates, _norms);
            norms = _norms;
        }
        TensorPrimitives.Max(norms, least, _norms);
    }

    /// <summary>g_η ← 0.</summary>
    public void ClearGradient()
    {
        if (_dense)
        {
            Gradient.Span.Clear();
        }
        _dense = false;
        _few.Clear();
    }

    /// <summary>Says that <see cref="Gradient"/> has been set from outside.</summary>
    public void GradientIsSet() => _dense = true;

    /// <summary>
    /// The layer's part of C = max (t)⁺(e)⁺ + max (−t)⁺(−e)⁺ over its neurons, e = η − 0.5, and its gradients times c: c·e/‖n‖
    /// set in
    /// <paramref name="onZ"/>, c·t added to g_η, at one neuron of either sign at most.
    /// </summary>
    /// <returns>C's part; 0 if nothing is violated.</returns>
    public T AddLargest(ReadOnlySpan<T> z, T c, bool onPattern, SparseVector<T> onZ)
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
    public T AddAll(ReadOnlySpan<T> z, T c, bool onPattern, SparseVector<T> onZ)
    {
        var total = T.Zero;
        for (var j = 0; j < units; j++)
        {
            var t = _distances[j] = _constantNorms ? z[j] * _norms[j] : z[j] / _norms[j];
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
    /// <returns>The norm after.</returns>
    public T LimitGradient()
    {
        var g = Gradient.Span;
        var norm = _dense ? TensorPrimitives.Norm<T>(g) : NormOfFew();
        if (norm > T.One)
        {
            if (_dense)
            {
                TensorPrimitives.Divide(g, norm, g);
            }
            foreach (var unit in _few.Units)
            {
                g[unit] /= norm;
            }
        }
        return T.Min(norm, T.One);
    }

    /// <summary>g_η += deviation·noise.</summary>
    public void AddNoise(ReadOnlySpan<T> noise, T deviation)
    {
        var g = Gradient.Span[..noise.Length];
        TensorPrimitives.MultiplyAdd(noise, deviation, g, g);
        _dense = true;
    }

    /// <summary>η ← clip(η − lr_η·g_η, 0.3, 0.7).</summary>
    public void Step(T rate)
    {
        if (!_dense)
        {
            foreach (var unit in _few.Units)
            {
                Eta[unit] = Lanes.Clip(Eta[unit] - (Gradient[unit] * rate), _least, _most);
                Gradient[unit] = T.Zero;
            }
            return;
        }
        ref var eta = ref MemoryMarshal.GetReference(Eta.Span);
        ref var g = ref MemoryMarshal.GetReference(Gradient.Span);
        var (least, most, by) = (Vector512.Create(_least), Vector512.Create(_most), Vector512.Create(rate));
        for (nuint j = 0; j < (nuint)Eta.Length; j += (nuint)Vector512<T>.Count)
        {
            var next = Vector512.LoadUnsafe(ref eta, j) - (Vector512.LoadUnsafe(ref g, j) * by);
            Vector512.MinNative(Vector512.MaxNative(next, least), most).StoreUnsafe(ref eta, j);
        }
    }

    T NormOfFew()
    {
        var sum = T.Zero;
        foreach (var unit in _few.Units)
        {
            sum += Gradient[unit] * Gradient[unit];
        }
        return T.Sqrt(sum);
    }

    (T Above, T Below) LargestViolations(ReadOnlySpan<T> preActivations)
    {
        ref var z = ref MemoryMarshal.GetReference(preActivations);
        ref var norms = ref MemoryMarshal.GetReference(_norms.Span);
        ref var eta = ref MemoryMarshal.GetReference(Eta.Span);
        ref var distances = ref MemoryMarshal.GetReference(_distances.Span);
        var (above, below) = (Vector512<T>.Zero, Vector512<T>.Zero);
        for (nuint j = 0; j < (nuint)Eta.Length; j += (nuint)Vector512<T>.Count)
        {
            var norm = Vector512.LoadUnsafe(ref norms, j);
            var t = Vector512.LoadUnsafe(ref z, j);
            t = _constantNorms ? t * norm : t / norm;
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

    void Add(int unit, T c, bool onPattern, SparseVector<T> onZ)
    {
        var scaled = c * (Eta[unit] - _half);
        onZ.Set(unit, _constantNorms ? scaled * _norms[unit] : scaled / _norms[unit]);
        if (onPattern)
        {
            Gradient[unit] += c * _distances[unit];
            if (!_dense)
            {
                _few.Add(unit);
            }
        }
    }
}
