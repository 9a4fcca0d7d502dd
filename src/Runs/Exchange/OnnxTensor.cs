using System.Runtime.InteropServices;
using RL.Runs.Onnx;

namespace RL.Runs;

/// <summary>Tensors of ONNX files.</summary>
static class OnnxTensor
{
    const int Half = 10;

    /// <summary>The tensor; its numbers are decoded when they are asked for.</summary>
    /// <exception cref="InvalidDataException">Its numbers are not as many as its sizes say, elsewhere, or of a type that networks are not made of.</exception>
    public static ImportedTensor Of(TensorProto tensor, string name)
    {
        var bytes = tensor.DataType switch
        {
            OnnxType.Single or OnnxType.Int32 => 4,
            OnnxType.Double or OnnxType.Int64 => 8,
            OnnxType.Byte => 1,
            Half => 2,
            _ => throw new InvalidDataException($"{Shown.Short(name)} has elements of type {tensor.DataType}; allowed: float, double, float16, int32, int64, uint8"),
        };
        if (tensor.DataLocation != 0 || tensor.ExternalData.Count > 0)
        {
            throw new InvalidDataException($"{Shown.Short(name)} has its numbers in another file; allowed: in the ONNX file itself");
        }

        long[] shape = [.. tensor.Dims];
        var count = ImportedTensor.CountOf(shape);
        var held = tensor.HasRawData
            ? (tensor.RawData.Length % bytes == 0 ? tensor.RawData.Length / bytes : -2)
            : tensor.DataType switch
            {
                OnnxType.Single => tensor.FloatData.Count,
                OnnxType.Double => tensor.DoubleData.Count,
                OnnxType.Int64 => tensor.Int64Data.Count,
                _ => tensor.Int32Data.Count,
            };
        return count == held
            ? new(shape, () => Values(tensor))
            : throw new InvalidDataException($"{Shown.Short(name)} is {NetworkDraft.Text(shape)}, and has {Math.Max(held, 0)} numbers");
    }

    static double[] Values(TensorProto tensor)
    {
        if (!tensor.HasRawData)
        {
            return tensor.DataType switch
            {
                OnnxType.Single => [.. tensor.FloatData.Select(value => (double)value)],
                OnnxType.Double => [.. tensor.DoubleData],
                OnnxType.Int64 => [.. tensor.Int64Data.Select(value => (double)value)],
                Half => [.. tensor.Int32Data.Select(value => (double)BitConverter.UInt16BitsToHalf((ushort)value))],
                _ => [.. tensor.Int32Data.Select(value => (double)value)],
            };
        }

        var raw = tensor.RawData.Span;
        return tensor.DataType switch
        {
            OnnxType.Single => Read<float>(raw),
            OnnxType.Double => Read<double>(raw),
            OnnxType.Int64 => Read<long>(raw),
            OnnxType.Int32 => Read<int>(raw),
            Half => Read<System.Half>(raw),
            _ => Read<byte>(raw),
        };
    }

    static double[] Read<T>(ReadOnlySpan<byte> raw)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(raw);
        var numbers = new double[values.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = double.CreateChecked(values[i]);
        }

        return numbers;
    }
}
