using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.Environments;

/// <summary>Whether numbers are finite as float32, in which networks compute. It runs in every step of every copy.</summary>
static class Finite
{
    /// <summary>2¹²⁸ − 2¹⁰³: from here on a double becomes an infinity when it is rounded to float32.</summary>
    const double Beyond = 3.4028235677973366e38;

    const uint PositiveInfinityBits = 0x7f800000;

    /// <summary>True if all elements are; bytes and integers always are.</summary>
    public static bool All<T>(ReadOnlySpan<T> values)
        where T : unmanaged =>
        typeof(T) == typeof(double) ? All(MemoryMarshal.Cast<T, double>(values), Beyond)
        : typeof(T) != typeof(float) || All(MemoryMarshal.Cast<T, float>(values), float.PositiveInfinity);

    /// <remarks>A NaN is not below anything. Tasks with few elements step in a hundred nanoseconds, so the short vectors count.</remarks>
    static bool All<T>(ReadOnlySpan<T> values, T beyond)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        ref var first = ref MemoryMarshal.GetReference(values);
        var (length, i) = (values.Length, 0);
        var areFinite = Vector256<T>.AllBitsSet;
        for (; i <= length - Vector256<T>.Count; i += Vector256<T>.Count)
        {
            areFinite &= Vector256.LessThan(Vector256.Abs(Vector256.LoadUnsafe(ref first, (nuint)i)), Vector256.Create(beyond));
        }

        // Asked once: a jump in each turn costs more than the comparison. (All bits set are a NaN, so that the bits are compared.)
        if (areFinite.AsByte() != Vector256<byte>.AllBitsSet)
        {
            return false;
        }

        if (length >= Vector128<T>.Count)
        {
            // What is left, twice where it overlaps.
            for (; i < length; i += Vector128<T>.Count)
            {
                var at = (nuint)Math.Min(i, length - Vector128<T>.Count);
                if (!Vector128.LessThanAll(Vector128.Abs(Vector128.LoadUnsafe(ref first, at)), Vector128.Create(beyond)))
                {
                    return false;
                }
            }

            return true;
        }

        // Fewer than a vector has: three numbers, or one. The bits of magnitudes are in the order of the magnitudes, NaN the last.
        if (typeof(T) == typeof(double))
        {
            return length == 0 || (BitConverter.DoubleToUInt64Bits(double.CreateTruncating(first)) & long.MaxValue) < BitConverter.DoubleToUInt64Bits(Beyond);
        }

        var isFinite = true;
        foreach (var bits in MemoryMarshal.Cast<T, uint>(values))
        {
            isFinite &= (bits & int.MaxValue) < PositiveInfinityBits;
        }

        return isFinite;
    }
}
