using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.Certification;

/// <summary>Sums of products in a fixed order: eight lanes, their sum, then what is left over; fused or not makes no difference to the error bound.</summary>
static class Dot
{
    /// <summary>Σ a b.</summary>
    public static double Of(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => Sum(a, b, ofMagnitudes: false);

    /// <summary>Σ |a| b.</summary>
    public static double OfMagnitudes(ReadOnlySpan<double> a, ReadOnlySpan<double> b) => Sum(a, b, ofMagnitudes: true);

    static double Sum(ReadOnlySpan<double> a, ReadOnlySpan<double> b, bool ofMagnitudes)
    {
        ref var first = ref MemoryMarshal.GetReference(a);
        ref var second = ref MemoryMarshal.GetReference(b);
        var (sum, k) = (Vector512<double>.Zero, 0);
        for (; k <= a.Length - Vector512<double>.Count; k += Vector512<double>.Count)
        {
            var v = Vector512.LoadUnsafe(ref first, (nuint)k);
            sum = Vector512.FusedMultiplyAdd(ofMagnitudes ? Vector512.Abs(v) : v, Vector512.LoadUnsafe(ref second, (nuint)k), sum);
        }
        var total = Vector512.Sum(sum);
        for (; k < a.Length; k++)
        {
            total += (ofMagnitudes ? Math.Abs(a[k]) : a[k]) * b[k];
        }
        return total;
    }
}
