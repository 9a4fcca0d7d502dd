using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class ObservationInputTests
{
    [Fact]
    public void Of_Images_AreChannelsFirstBetween0And1()
    {
        var buffer = new SpaceBuffer(BoxSpace.Uniform(ElementType.UInt8, [2, 3, 3], 0, 255), 2);
        for (var i = 0; i < buffer.Bytes.Length; i++)
        {
            buffer.Bytes[i] = (byte)(7 * i);
        }

        using var scope = NewDisposeScope();
        using var input = new ObservationInput(buffer.Space, CPU);
        Assert.Equal([3L, 2, 3], input.Shape);
        var expected = tensor(buffer.Bytes.ToArray()).view(2, 2, 3, 3).permute(0, 3, 1, 2).to(ScalarType.Float32) / 255;
        Assert.True((bool)input.Of(buffer).eq(expected).all());
        // The channels of a pixel lie together.
        Assert.Equal([18L, 1, 9, 3], input.Of(buffer).stride());
        Assert.True((bool)input.Of(buffer, [1]).eq(expected.narrow(0, 1, 1)).all());
        Assert.True((bool)input.Of(buffer, [1, 0, 1]).eq(expected.index_select(0, tensor([1L, 0, 1]))).all());
    }

    [Fact]
    public void Of_Vectors_AreThemselves()
    {
        var buffer = new SpaceBuffer(BoxSpace.Uniform(ElementType.Float64, [3], -9, 9), 2);
        buffer.Row<double>(1)[2] = 0.5;
        using var scope = NewDisposeScope();
        using var input = new ObservationInput(buffer.Space, CPU);
        Assert.Equal([3L], input.Shape);
        Assert.Equal([0f, 0, 0, 0, 0, 0.5f], input.Of(buffer).data<float>().ToArray());
    }

    [Fact]
    public void Constructor_OtherSpaces_SaysWhatIsAllowed()
    {
        var error = Assert.Throws<ArgumentException>(
            () => new ObservationInput(BoxSpace.Uniform(ElementType.Float32, [2, 2], 0, 1), CPU));
        Assert.Contains("(2, 2), Float32); allowed: a box with one axis", error.Message, StringComparison.Ordinal);
    }
}
