using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class PartialNetworkTests
{
    [Fact]
    public void Forward_OfAChosenLayer_AsksForThatOneOnly()
    {
        using var scope = NewDisposeScope();
        using var module = ReluModuleTests.Convolutional();
        var network = PartialNetwork.Of(new ReluModule(module, [1, 6, 6]), [-1]);
        using var generator = new Generator(4);
        var x = randn([5, 1, 6, 6], generator: generator);
        long[] shape = [];

        var closed = network.Forward(x, (layer, z) =>
        {
            Assert.Equal(0, layer);
            shape = z.shape;
            return z * 0;
        });

        // The last ReLU, that of the residual block's end, is closed: the head sees zeros.
        Assert.Equal(1, network.ReluLayers);
        Assert.Equal([5, 4, 2, 2], shape);
        Assert.True(closed.allclose(network.Forward(zeros([5, 1, 6, 6]), (_, z) => z * 0), 1e-6, 1e-6));
        Assert.False(network.Forward(x).allclose(closed));
        Assert.True(network.Forward(x).allclose(network.Forward(x, (_, z) => z.relu()), 1e-6, 1e-6));
    }

    [Fact]
    public void Of_AllLayers_IsTheNetworkItself()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 3, 8, 8, 1);

        Assert.Same(network, PartialNetwork.Of(network, null));
        Assert.Same(network, PartialNetwork.Of(network, [-1, 0]));
    }

    [Fact]
    public void Of_LayerThatThereIsNot_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 3, 8, 8, 1);

        Error.Says(() => PartialNetwork.Of(network, [2]), "no ReLU layer 2", "-2 to 1");
        Error.Says(() => PartialNetwork.Of(network, [-3]), "no ReLU layer -3", "-2 to 1");
    }
}
