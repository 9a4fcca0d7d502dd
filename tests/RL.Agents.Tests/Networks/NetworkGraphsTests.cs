using RL.Certification;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

/// <summary>What bounds are computed of is the network that acts.</summary>
public sealed class NetworkGraphsTests
{
    [Theory]
    [InlineData("small")]
    [InlineData("compact")]
    [InlineData("nature")]
    [InlineData("impala")]
    [InlineData("relu")]
    [InlineData("tanh")]
    public void Of_PoliciesNetwork_ComputesTheSame(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(1);
        var isImage = kind is not ("relu" or "tanh");
        long[] shape = isImage ? [3, 64, 64] : [17];
        var (torso, features) = Torsos.Create(
            isImage ? Enum.Parse<NetworkKind>(kind, ignoreCase: true) : NetworkKind.Mlp, shape, [32, 32],
            kind == "tanh" ? ActivationKind.Tanh : ActivationKind.Relu, new Pcg64(1, 1));
        using var network = new HeadedNetwork(torso, features, 5, 1, new Pcg64(2, 1));
        var x = rand([1, .. shape], generator: generator);

        var graph = NetworkGraph.Of(new ReluModule(network, shape));

        var expected = network.call(x).to(ScalarType.Float64).data<double>().ToArray();
        var actual = graph.Evaluate(x.to(ScalarType.Float64).contiguous().data<double>().ToArray());
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-4 * (1 + Math.Abs(pair.First))));
    }
}
