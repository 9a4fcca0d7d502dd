using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace RL.InputOpt;

/// <summary>What <see cref="Vector512"/> lacks for numbers that may be float or double.</summary>
static class Lanes
{
    /// <summary>a·b + c, rounded once.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MultiplyAdd<T>(Vector512<T> a, Vector512<T> b, Vector512<T> c)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    /// <summary>The sum of all lanes: upper half onto lower half until one is left.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SumHalves<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => Vector128.Sum(Quarter(v));

    /// <summary>
    /// The sums of all lanes of four vectors: in float64 neighbour with neighbour until one is left, in float32 as is quickest.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void SumNeighbours<T>(
        Vector512<T> a, Vector512<T> b, Vector512<T> c, Vector512<T> d, out T sumA, out T sumB, out T sumC, out T sumD)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(double))
        {
            (sumA, sumB, sumC, sumD) = (SumNeighbours(a), SumNeighbours(b), SumNeighbours(c), SumNeighbours(d));
        }
        else if (Sse3.IsSupported)
        {
            var ab = Sse3.HorizontalAdd(Quarter(a).AsSingle(), Quarter(b).AsSingle());
            var cd = Sse3.HorizontalAdd(Quarter(c).AsSingle(), Quarter(d).AsSingle());
            var sums = Sse3.HorizontalAdd(ab, cd).As<float, T>();
            (sumA, sumB, sumC, sumD) = (sums[0], sums[1], sums[2], sums[3]);
        }
        else
        {
            (sumA, sumB, sumC, sumD) = (SumHalves(a), SumHalves(b), SumHalves(c), SumHalves(d));
        }
    }

    static T SumNeighbours<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Vector128.Sum(v.GetLower().GetLower()) + Vector128.Sum(v.GetLower().GetUpper())
        + (Vector128.Sum(v.GetUpper().GetLower()) + Vector128.Sum(v.GetUpper().GetUpper()));

    /// <summary>Four partial sums out of sixteen lanes.</summary>
    static Vector128<T> Quarter<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = v.GetLower() + v.GetUpper();
        return half.GetLower() + half.GetUpper();
    }

    /// <summary>
    /// 1/(1 + exp(−v)): in float64 by the system's exp, element by element, so that it is rounded as well as can be.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            return (Vector512<float>.One / (Vector512<float>.One + Exp(-v.AsSingle()))).As<float, T>();
        }
        var exponentials = (-v).AsDouble();
        for (var i = 0; i < Vector512<double>.Count; i++)
        {
            exponentials = exponentials.WithElement(i, Math.Exp(exponentials[i]));
        }
        return (Vector512<double>.One / (Vector512<double>.One + exponentials)).As<double, T>();
    }

    /// <summary>
    /// exp(v) to about one unit in the last place, v taken as from −80 to 80: a tenth of the time of Vector512.Exp, which
    /// computes in float64. 2ⁿ·exp(r) with v = n·ln 2 + r, and a polynomial for exp on |r| ≤ ½·ln 2 (Cephes, expf).
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<float> Exp(Vector512<float> v)
    {
        v = Vector512.MinNative(Vector512.MaxNative(v, Vector512.Create(-80f)), Vector512.Create(80f));
        var n = Vector512.Round(v * Vector512.Create(1.44269504f));
        var r = Vector512.FusedMultiplyAdd(n, Vector512.Create(-0.693359375f), v);
        r = Vector512.FusedMultiplyAdd(n, Vector512.Create(2.12194440e-4f), r);
        var p = Vector512.Create(1.9875691500e-4f);
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.3981999507e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(8.3334519073e-3f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(4.1665795894e-2f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(1.6666665459e-1f));
        p = Vector512.FusedMultiplyAdd(p, r, Vector512.Create(5.0000001201e-1f));
        p = Vector512.FusedMultiplyAdd(p, r * r, r + Vector512<float>.One);
        var power = Vector512.ShiftLeft(Vector512.ConvertToInt32(n) + Vector512.Create(127), 23);
        return p * power.AsSingle();
    }

    /// <summary>√Σ vₖ², added up in order.</summary>
    public static T Norm<T>(ReadOnlySpan<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var sum = T.Zero;
        foreach (var element in v)
        {
            sum = T.FusedMultiplyAdd(element, element, sum);
        }
        return T.Sqrt(sum);
    }

    /// <summary>The largest lane; none is NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Max<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = Vector256.MaxNative(v.GetLower(), v.GetUpper());
        var quarter = Vector128.MaxNative(half.GetLower(), half.GetUpper());
        var largest = quarter[0] > quarter[1] ? quarter[0] : quarter[1];
        if (Vector128<T>.Count == 4)
        {
            var other = quarter[2] > quarter[3] ? quarter[2] : quarter[3];
            largest = largest > other ? largest : other;
        }
        return largest;
    }

    /// <summary>−1, 0 or 1, and 0 of what is not a number, as on tensors: <see cref="Math.Sign(double)"/> throws.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Sign<T>(T v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => v > T.Zero ? T.One : v < T.Zero ? -T.One : T.Zero;

    /// <summary>v between two bounds.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Clip<T>(T v, T lower, T upper)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => v < lower ? lower : v > upper ? upper : v;
}
