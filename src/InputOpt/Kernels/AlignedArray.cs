using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RL.InputOpt;

/// <summary>
/// An array of numbers that starts at a multiple of 64 bytes and stays there, so that no vector of 64 bytes lies across two cache
/// lines; its length is rounded up to whole vectors. All zeros at first.
/// </summary>
readonly struct AlignedArray<T>
    where T : unmanaged
{
    const int Alignment = 64;

    readonly T[] _items;
    readonly int _start;

    public AlignedArray(int length)
    {
        var perLine = Alignment / Unsafe.SizeOf<T>();
        Length = (length + perLine - 1) / perLine * perLine;
        // Pinned arrays never move, so that what is aligned once remains so.
        _items = GC.AllocateArray<T>(Length + perLine, pinned: true);
        unsafe
        {
            var address = (nuint)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_items));
            _start = (int)((Alignment - (address % Alignment)) % Alignment) / Unsafe.SizeOf<T>();
        }
    }

    /// <summary>Number of elements, padding included.</summary>
    public int Length { get; }

    public Span<T> Span => _items.AsSpan(_start, Length);

    public ref T this[int index] => ref _items[_start + index];

    public static implicit operator Span<T>(AlignedArray<T> array) => array.Span;

    public static implicit operator ReadOnlySpan<T>(AlignedArray<T> array) => array.Span;
}
