namespace TorchSharp;

public static class TensorExtensionMethods
{
    public static float ToSingle(this torch.Tensor value) => (float)Aten.Item.CallScalar(value).AsDouble;

    public static double ToDouble(this torch.Tensor value) => Aten.Item.CallScalar(value).AsDouble;

    public static int ToInt32(this torch.Tensor value) => (int)Aten.Item.CallScalar(value).AsInt64;

    public static long ToInt64(this torch.Tensor value) => Aten.Item.CallScalar(value).AsInt64;

    /// <summary>Writes type, shape and elements: three LEB128 numbers or more, then the bytes in row-major order.</summary>
    public static void Save(this torch.Tensor tensor, BinaryWriter writer)
    {
        writer.Encode((long)tensor.dtype);
        writer.Encode(tensor.ndim);
        foreach (var size in tensor.shape)
            writer.Encode(size);

        using var scope = torch.NewDisposeScope();
        writer.Write(tensor.detach().cpu().contiguous().bytes);
    }

    /// <summary>Reads what <see cref="Save"/> wrote into a tensor of the same type and shape, on whatever device it is.</summary>
    public static void Load(this torch.Tensor tensor, BinaryReader reader, bool skip = false)
    {
        using var scope = torch.NewDisposeScope();
        using var grad = torch.no_grad();
        var loaded = Read(reader);
        if (skip)
            return;
        if (loaded.dtype != tensor.dtype)
            throw new ArgumentException(
                $"Mismatched tensor data types while loading: the file has {loaded.dtype}, the tensor is {tensor.dtype}.");
        if (!loaded.shape.AsSpan().SequenceEqual(tensor.shape))
            throw new ArgumentException(
                $"Mismatched tensor shape while loading: the file has [{string.Join(", ", loaded.shape)}], "
                + $"the tensor is [{string.Join(", ", tensor.shape)}].");
        tensor.copy_(loaded);
    }

    /// <summary>Reads a tensor of whatever type and shape was saved.</summary>
    internal static torch.Tensor Read(BinaryReader reader)
    {
        var type = (torch.ScalarType)reader.Decode();
        var shape = new long[reader.Decode()];
        for (var d = 0; d < shape.Length; d++)
            shape[d] = reader.Decode();
        var tensor = torch.empty(shape, type);
        reader.BaseStream.ReadExactly(tensor.bytes);
        return tensor;
    }

    /// <summary>LEB128: seven bits a byte, the lowest first, the top bit set on all but the last.</summary>
    internal static void Encode(this BinaryWriter writer, long value)
    {
        if (value < 0)
            throw new ArgumentOutOfRangeException(nameof(value), value, "LEB128 holds numbers from 0 on.");
        writer.Write7BitEncodedInt64(value);
    }

    internal static long Decode(this BinaryReader reader) => reader.Read7BitEncodedInt64();
}
