using System.Numerics;
using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>
/// <see cref="Count"/> values of one <see cref="Space"/> in one block, row after row: what the environments read and write.
/// Row i belongs to copy i. The storage never moves, so spans may be kept for as long as the buffer lives.
/// </summary>
public sealed class SpaceBuffer
{
    readonly byte[] _bytes;

    /// <summary>A zeroed buffer of <paramref name="count"/> rows.</summary>
    public SpaceBuffer(Space space, int count)
    {
        ArgumentNullException.ThrowIfNull(space);
        ArgumentOutOfRangeException.ThrowIfLessThan(count, 1);
        Space = space;
        Count = count;
        // Pinned so that native code may write into it.
        _bytes = GC.AllocateArray<byte>(checked(count * space.Size * space.ElementSize), pinned: true);
    }

    /// <summary>What each row is a value of.</summary>
    public Space Space { get; }

    /// <summary>Number of rows.</summary>
    public int Count { get; }

    /// <summary>The whole block as raw bytes.</summary>
    public Span<byte> Bytes => _bytes;

    /// <summary>The whole block, [Count × Size]. <typeparamref name="T"/> must be the space's element type.</summary>
    /// <exception cref="InvalidOperationException">The element type is another one.</exception>
    public Span<T> Values<T>()
        where T : unmanaged
    {
        if (typeof(T) != Space.ClrType)
        {
            ThrowElementType(typeof(T));
        }

        return MemoryMarshal.Cast<byte, T>(_bytes.AsSpan());
    }

    /// <summary>Row <paramref name="row"/>, [Size]. <typeparamref name="T"/> must be the space's element type.</summary>
    public Span<T> Row<T>(int row)
        where T : unmanaged => Values<T>().Slice(row * Space.Size, Space.Size);

    /// <summary>One element as a double, whatever the element type.</summary>
    public double Get(int row, int element)
    {
        var index = (row * Space.Size) + element;
        return Space.ElementType switch
        {
            ElementType.UInt8 => _bytes[index],
            ElementType.Int32 => Values<int>()[index],
            ElementType.Float32 => Values<float>()[index],
            _ => Values<double>()[index],
        };
    }

    /// <summary>Sets one element, rounding to the element type.</summary>
    public void Set(int row, int element, double value)
    {
        var index = (row * Space.Size) + element;
        switch (Space.ElementType)
        {
            case ElementType.UInt8:
                _bytes[index] = (byte)value;
                break;
            case ElementType.Int32:
                Values<int>()[index] = (int)value;
                break;
            case ElementType.Float32:
                Values<float>()[index] = (float)value;
                break;
            default:
                Values<double>()[index] = value;
                break;
        }
    }

    /// <summary>Copies every row to a buffer of the same space and count.</summary>
    public void CopyTo(SpaceBuffer destination)
    {
        ArgumentNullException.ThrowIfNull(destination);
        _bytes.CopyTo(destination._bytes.AsSpan());
    }

    /// <summary>Row <paramref name="row"/> converted to float32, as networks read it. [Size]</summary>
    public void RowToSingle(int row, Span<float> destination) => ConvertRow(row, destination);

    /// <summary>Row <paramref name="row"/> converted to float64. [Size]</summary>
    public void RowToDouble(int row, Span<double> destination) => ConvertRow(row, destination);

    void ConvertRow<T>(int row, Span<T> destination)
        where T : unmanaged, INumber<T>
    {
        switch (Space.ElementType)
        {
            case ElementType.UInt8:
                TensorPrimitives.ConvertTruncating<byte, T>(Row<byte>(row), destination);
                break;
            case ElementType.Int32:
                TensorPrimitives.ConvertTruncating<int, T>(Row<int>(row), destination);
                break;
            case ElementType.Float32:
                TensorPrimitives.ConvertTruncating<float, T>(Row<float>(row), destination);
                break;
            default:
                TensorPrimitives.ConvertTruncating<double, T>(Row<double>(row), destination);
                break;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    void ThrowElementType(Type requested) =>
        throw new InvalidOperationException($"The buffer holds {Space.ElementType} elements, not {requested.Name}: {Space}.");
}
