using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class StridedConvolutionTests
{
    /// <summary>Outputs and all gradients, with the channels of a pixel together in memory and apart.</summary>
    [Theory]
    [InlineData(3, 16, 8, 4, 64, 64, true)]
    [InlineData(3, 16, 8, 4, 64, 64, false)]
    [InlineData(2, 5, 4, 2, 9, 12, true)]
    [InlineData(1, 3, 3, 3, 7, 9, false)]
    public void Forward_AnyShape_EqualsConv2d(long channels, long outputs, long kernel, long stride, long height, long width, bool together)
    {
        Assert.True(StridedConvolution.Fits(kernel, stride, width));
        using var scope = NewDisposeScope();
        var module = new StridedConvolution(channels, outputs, kernel, stride);
        Orthogonal.Fill(module.Weight, 1, new Pcg64(1));
        using (no_grad())
        {
            module.Bias.copy_(arange(outputs, ScalarType.Float32));
        }

        using var draws = new Generator(2);
        var x = together
            ? rand(4, height, width, channels, generator: draws).permute(0, 3, 1, 2)
            : rand(4, channels, height, width, generator: draws);
        x.requires_grad = true;
        var actual = module.call(x);
        var expected = nn.functional.conv2d(x, module.Weight, module.Bias, strides: [stride, stride]);
        AssertClose(expected, actual);

        var delta = rand(expected.shape, generator: draws) - 0.5;
        Tensor[] leaves = [x, module.Weight, module.Bias];
        foreach (var (want, got) in autograd.grad([(expected * delta).sum()], leaves).Zip(autograd.grad([(actual * delta).sum()], leaves)))
        {
            AssertClose(want, got);
        }
    }

    [Theory]
    [InlineData(8, 4, 62)]
    [InlineData(4, 3, 9)]
    [InlineData(3, 1, 64)]
    public void Fits_OtherConvolutions_DoNot(long kernel, long stride, long width) =>
        Assert.False(StridedConvolution.Fits(kernel, stride, width));

    [Fact]
    public void NamedParameters_AreThoseOfConv2d()
    {
        using var module = new StridedConvolution(3, 16, 8, 4);
        using var plain = nn.Conv2d(3, 16, 8, stride: 4);
        Assert.Equal(
            plain.named_parameters().Select(entry => (entry.name, string.Join('×', entry.parameter.shape))),
            module.named_parameters().Select(entry => (entry.name, string.Join('×', entry.parameter.shape))));
    }

    static void AssertClose(Tensor expected, Tensor actual)
    {
        Assert.Equal(expected.shape, actual.shape);
        Assert.True((expected - actual).norm().ToDouble() <= 1e-6 * expected.norm().ToDouble());
    }
}
