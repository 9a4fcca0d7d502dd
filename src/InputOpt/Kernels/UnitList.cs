using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>Numbers of neurons of a layer, in order: those that are active, or whose gate is open.</summary>
sealed class UnitList<T>(int units)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>For each set of 8 the numbers of its members; those after the last are of no meaning.</summary>
    static readonly int[] _members =
    [
        .. Enumerable.Range(0, 256).SelectMany(set => Enumerable.Range(0, 8)
            .Where(member => (set & (1 << member)) != 0)
            .Concat(Enumerable.Repeat(0, 8))
            .Take(8)),
    ];

    readonly int[] _units = new int[units + 8];

    public int Count { get; private set; }

    public ReadOnlySpan<int> Units => _units.AsSpan(0, Count);

    public void Add(int unit) => _units[Count++] = unit;

    public void Clear() => Count = 0;

    /// <summary>Lists where the first numbers of v [padded] are positive.</summary>
    public void SetPositive(ReadOnlySpan<T> v, int count)
    {
        Begin(v, count);
        for (var j = 0; j < count; j += Vector512<T>.Count)
        {
            Add(j, Members(Vector512.GreaterThan(Load(v, j), Vector512<T>.Zero), count - j));
        }
    }

    /// <summary>Lists where the first numbers of v [padded] are not zero.</summary>
    public void SetNonZero(ReadOnlySpan<T> v, int count)
    {
        Begin(v, count);
        for (var j = 0; j < count; j += Vector512<T>.Count)
        {
            Add(j, Members(~Vector512.Equals(Load(v, j), Vector512<T>.Zero), count - j));
        }
    }

    void Begin(ReadOnlySpan<T> v, int count)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, units);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(count, v.Length);
        Count = 0;
    }

    /// <summary>Padding is no member, whatever stands there: 0·∞ is NaN, and a gate's tail is not 0 in float64.</summary>
    static uint Members(Vector512<T> chosen, int left) =>
        (uint)chosen.ExtractMostSignificantBits() & (left < Vector512<T>.Count ? (1u << left) - 1 : uint.MaxValue);

    static Vector512<T> Load(ReadOnlySpan<T> v, int at) => Vector512.LoadUnsafe(ref MemoryMarshal.GetReference(v), (nuint)at);

    void Add(int first, uint set)
    {
        for (; set != 0; set >>= 8, first += 8)
        {
            var members = Vector256.LoadUnsafe(ref _members[(set & 255) * 8]) + Vector256.Create(first);
            // Eight are written, as many as there are are kept.
            members.StoreUnsafe(ref _units[Count]);
            Count += BitOperations.PopCount(set & 255);
        }
    }
}
