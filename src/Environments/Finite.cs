using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.Environments;

/// <summary>Whether numbers are finite as float32, in which networks compute. It runs in every step of every copy.</summary>
static class Finite
{
    /// <summary>2¹²⁸ − 2¹⁰³: from here on a double becomes an infinity when it is rounded to float32.</summary>
    const double Beyond = 3.4028235677973366e38;

    /// <summary>True if all elements are; bytes and integers always are.</summary>
    public static bool All<T>(ReadOnlySpan<T> values)
        where T : unmanaged =>
        typeof(T) == typeof(double) ? All(MemoryMarshal.Cast<T, double>(values), Beyond)
        : typeof(T) != typeof(float) || All(MemoryMarshal.Cast<T, float>(values), float.PositiveInfinity);

    /// <remarks>A NaN is not below anything. Tasks with few elements step in a hundred nanoseconds, so the short vectors count.</remarks>
    static bool All<T>(ReadOnlySpan<T> values, T beyond)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var i = 0;
        if (values.Length >= Vector256<T>.Count)
        {
            for (; i <= values.Length - Vector256<T>.Count; i += Vector256<T>.Count)
            {
                if (!Vector256.LessThanAll(Vector256.Abs(Vector256.Create(values[i..])), Vector256.Create(beyond)))
                {
                    return false;
                }
            }
        }

        if (i <= values.Length - Vector128<T>.Count)
        {
            if (!Vector128.LessThanAll(Vector128.Abs(Vector128.Create(values[i..])), Vector128.Create(beyond)))
            {
                return false;
            }

            i += Vector128<T>.Count;
        }

        for (; i < values.Length; i++)
        {
            if (!(T.Abs(values[i]) < beyond))
            {
                return false;
            }
        }

        return true;
    }
}
