using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// A float32 tensor that the host fills again and again: on the CPU <see cref="Host"/> is the tensor's own memory, on another
/// device a staging tensor that <see cref="Upload()"/> copies.
/// </summary>
sealed class StagedTensor : IDisposable
{
    readonly Tensor _staging;

    public StagedTensor(Device device, params long[] shape)
    {
        _staging = zeros(shape, ScalarType.Float32).DetachFromDisposeScope();
        Value = device.type == DeviceType.CPU ? _staging : _staging.to(device).DetachFromDisposeScope();
    }

    /// <summary>The tensor as the networks read it.</summary>
    public Tensor Value { get; }

    /// <summary>The values to write, row after row.</summary>
    public Span<float> Host => MemoryMarshal.Cast<byte, float>(_staging.bytes);

    /// <summary>Makes what was written visible in <see cref="Value"/>.</summary>
    public void Upload()
    {
        if (!ReferenceEquals(Value, _staging))
        {
            Value.copy_(_staging);
        }
    }

    /// <summary>Makes the first <paramref name="rows"/> rows of what was written visible, and returns them.</summary>
    public Tensor Upload(int rows)
    {
        var value = Value.narrow(0, 0, rows);
        if (!ReferenceEquals(Value, _staging))
        {
            using var staging = _staging.narrow(0, 0, rows);
            value.copy_(staging);
        }

        return value;
    }

    public void Dispose()
    {
        Value.Dispose();
        _staging.Dispose();
    }
}
