using System.Numerics;
using System.Runtime.InteropServices;

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

    // A NaN is not below anything.
    static bool All<T>(ReadOnlySpan<T> values, T beyond)
        where T : unmanaged, IFloatingPointIeee754<T>
    {
        var (i, isFinite, limit) = (0, true, new Vector<T>(beyond));
        for (; i <= values.Length - Vector<T>.Count; i += Vector<T>.Count)
        {
            isFinite &= Vector.LessThanAll(Vector.Abs(new Vector<T>(values[i..])), limit);
        }

        for (; i < values.Length; i++)
        {
            isFinite &= T.Abs(values[i]) < beyond;
        }

        return isFinite;
    }
}
