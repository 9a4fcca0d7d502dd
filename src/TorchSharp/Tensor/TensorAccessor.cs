using System.Collections;

namespace TorchSharp.Utils;

/// <summary>Elements of a tensor on the CPU, in row-major order whatever its strides; it keeps the tensor alive.</summary>
public sealed unsafe class TensorAccessor<T> : IDisposable, IEnumerable<T>
    where T : unmanaged
{
    readonly torch.Tensor _tensor;
    readonly T* _data;
    readonly long[] _shape;
    readonly long[] _strides;

    internal TensorAccessor(torch.Tensor tensor)
    {
        var info = tensor.Info();
        _tensor = tensor;
        _data = (T*)tensor.Data();
        _shape = new Span<long>(info.Sizes, info.Dimensions).ToArray();
        _strides = new Span<long>(info.Strides, info.Dimensions).ToArray();
        Count = info.Elements;
        Contiguous = info.IsContiguous != 0;
        GC.KeepAlive(tensor);
    }

    public long Count { get; }

    bool Contiguous { get; }

    public T this[params long[] indices]
    {
        get => *At(indices);
        set => *At(indices) = value;
    }

    public T[] ToArray()
    {
        var array = new T[Count];
        CopyTo(array);
        return array;
    }

    /// <summary>Copies the elements from <paramref name="tensorIndex"/> on to <paramref name="arrayIndex"/> on.</summary>
    public void CopyTo(T[] array, int arrayIndex = 0, long tensorIndex = 0)
    {
        if (Contiguous)
        {
            new ReadOnlySpan<T>(_data + tensorIndex, (int)(Count - tensorIndex)).CopyTo(array.AsSpan(arrayIndex));
        }
        else
        {
            for (var i = tensorIndex; i < Count; i++)
                array[arrayIndex++] = _data[Offset(i)];
        }
        GC.KeepAlive(_tensor);
    }

    public IEnumerator<T> GetEnumerator()
    {
        for (var i = 0L; i < Count; i++)
            yield return Read(i);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>Nothing to release: the memory is the tensor's.</summary>
    public void Dispose()
    {
    }

    T Read(long index)
    {
        var value = _data[Offset(index)];
        GC.KeepAlive(_tensor);
        return value;
    }

    T* At(long[] indices)
    {
        // A tensor without dimensions has one element, at [0] or [].
        if (_shape.Length == 0 && (indices.Length == 0 || (indices.Length == 1 && indices[0] == 0)))
            return _data;
        if (indices.Length != _shape.Length)
            throw new ArgumentException($"{indices.Length} indices for a tensor of {_shape.Length} dimensions.", nameof(indices));
        var offset = 0L;
        for (var d = 0; d < indices.Length; d++)
        {
            var at = indices[d] < 0 ? indices[d] + _shape[d] : indices[d];
            if ((ulong)at >= (ulong)_shape[d])
                throw new IndexOutOfRangeException($"Index {indices[d]} in dimension {d} of size {_shape[d]}.");
            offset += at * _strides[d];
        }
        return _data + offset;
    }

    long Offset(long index)
    {
        if (Contiguous)
            return index;
        var offset = 0L;
        for (var d = _shape.Length - 1; d >= 0; d--)
        {
            offset += index % _shape[d] * _strides[d];
            index /= _shape[d];
        }
        return offset;
    }
}
