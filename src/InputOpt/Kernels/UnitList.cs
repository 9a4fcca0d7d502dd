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

    /// <summary>Lists where v [units, padded with zeros] is positive.</summary>
    public void SetPositive(ReadOnlySpan<T> v)
    {
        Count = 0;
        for (var j = 0; j < v.Length; j += Vector512<T>.Count)
        {
            var chosen = Vector512.GreaterThan(Load(v, j), Vector512<T>.Zero);
            Add(j, (uint)chosen.ExtractMostSignificantBits());
        }
    }

    /// <summary>Lists where v [units, padded with zeros] is not zero.</summary>
    public void SetNonZero(ReadOnlySpan<T> v)
    {
        Count = 0;
        for (var j = 0; j < v.Length; j += Vector512<T>.Count)
        {
            var chosen = ~Vector512.Equals(Load(v, j), Vector512<T>.Zero);
            Add(j, (uint)chosen.ExtractMostSignificantBits());
        }
    }

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
