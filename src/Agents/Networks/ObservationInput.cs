using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;
using TensorPrimitives = System.Numerics.Tensors.TensorPrimitives;

namespace RL.Agents;

/// <summary>
/// Turns observations into what networks read: a flat box as it is, [N × n]; images of bytes [H × W × C] as [N × C × H × W] in [0, 1].
/// All in float32. In memory the channels of a pixel stay together ("channels last"), which libtorch's convolutions and max-pools keep:
/// its pools are many times faster so, and nothing is rearranged between layers.
/// </summary>
public sealed class ObservationInput : IDisposable
{
    const float White = 255;

    readonly Device _device;
    readonly int _size;
    StagedTensor? _input;

    /// <summary>The conversion for a space.</summary>
    /// <exception cref="ArgumentException">The space is neither a flat box nor images of bytes.</exception>
    public ObservationInput(Space space, Device device)
    {
        ArgumentNullException.ThrowIfNull(space);
        (Space, _device, _size) = (space, device, space.Size);
        Shape = space switch
        {
            BoxSpace { Shape: [var size] } => [size],
            BoxSpace { ElementType: ElementType.UInt8, Shape: [var height, var width, var channels] } => [channels, height, width],
            _ => throw new ArgumentException(
                $"The observation space is {space}; allowed: a box with one axis, or one of bytes with three (height, width, channels)."),
        };
        IsImage = Shape.Count == 3;
    }

    /// <summary>What is converted.</summary>
    public Space Space { get; }

    /// <summary>Shape of one input: [n] or [C, H, W].</summary>
    public IReadOnlyList<long> Shape { get; }

    /// <summary>True if observations are images.</summary>
    public bool IsImage { get; }

    /// <summary>The input of every row. [N × n] or [N × C × H × W]; its values last until the next call.</summary>
    public Tensor Of(SpaceBuffer observations)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var input = Take(observations.Count);
        for (var row = 0; row < observations.Count; row++)
        {
            Write(observations, row, input.Host.Slice(row * _size, _size));
        }

        return ChannelsFirst(input.Upload(observations.Count));
    }

    /// <summary>The input of the rows that are asked for, in their order. Its values last until the next call.</summary>
    public Tensor Of(SpaceBuffer observations, ReadOnlySpan<int> rows)
    {
        ArgumentNullException.ThrowIfNull(observations);
        var input = Take(rows.Length);
        for (var i = 0; i < rows.Length; i++)
        {
            Write(observations, rows[i], input.Host.Slice(i * _size, _size));
        }

        return ChannelsFirst(input.Upload(rows.Length));
    }

    /// <inheritdoc/>
    public void Dispose() => _input?.Dispose();

    StagedTensor Take(int rows)
    {
        if (_input is null || _input.Value.shape[0] < rows)
        {
            _input?.Dispose();
            long[] shape = IsImage ? [rows, Shape[1], Shape[2], Shape[0]] : [rows, .. Shape];
            _input = new StagedTensor(_device, shape);
        }

        return _input;
    }

    void Write(SpaceBuffer observations, int row, Span<float> input)
    {
        if (!IsImage)
        {
            observations.RowToSingle(row, input);
            return;
        }

        var image = observations.Row<byte>(row);
        TensorPrimitives.ConvertSaturating<byte, float>(image, input);
        TensorPrimitives.Divide(input, White, input);
    }

    /// <summary>The same memory, seen as [N × C × H × W].</summary>
    Tensor ChannelsFirst(Tensor input) => IsImage ? input.permute(0, 3, 1, 2) : input;
}
