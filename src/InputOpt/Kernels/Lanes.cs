using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

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
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = v.GetLower() + v.GetUpper();
        return Vector128.Sum(half.GetLower() + half.GetUpper());
    }

    /// <summary>The sum of all lanes: in float64 neighbour with neighbour until one is left; in float32 as <see cref="SumHalves"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T SumNeighbours<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        typeof(T) == typeof(float) ? SumHalves(v) :
            Vector128.Sum(v.GetLower().GetLower()) + Vector128.Sum(v.GetLower().GetUpper())
            + (Vector128.Sum(v.GetUpper().GetLower()) + Vector128.Sum(v.GetUpper().GetUpper()));

    /// <summary>1/(1 + exp(−v)): in float64 by the system's exp, element by element, so that it is rounded as well as can be.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Sigmoid<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (typeof(T) == typeof(float))
        {
            return (Vector512<float>.One / (Vector512<float>.One + Vector512.Exp(-v.AsSingle()))).As<float, T>();
        }
        var exponentials = (-v).AsDouble();
        for (var i = 0; i < Vector512<double>.Count; i++)
        {
            exponentials = exponentials.WithElement(i, Math.Exp(exponentials[i]));
        }
        return (Vector512<double>.One / (Vector512<double>.One + exponentials)).As<double, T>();
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

    /// <summary>The largest lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Max<T>(Vector512<T> v)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var half = Vector256.Max(v.GetLower(), v.GetUpper());
        var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
        var largest = quarter[0];
        for (var i = 1; i < Vector128<T>.Count; i++)
        {
            largest = T.Max(largest, quarter[i]);
        }
        return largest;
    }
}
