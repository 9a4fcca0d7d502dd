using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class ReluNetworkTests
{
    [Fact]
    public void FromModule_Sequential_ComputesTheSame()
    {
        using var scope = NewDisposeScope();
        var module = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 7), nn.ReLU(), nn.Linear(7, 2)).Drawn(3);
        using var generator = new Generator(4);
        var x = randn(4, 5, generator: generator);

        Assert.True(ReluNetwork.FromModule(module).Forward(x).allclose(module.call(x), 1e-6, 1e-6));
    }

    [Fact]
    public void FromModule_WeightsMove_FollowsWithoutCopy()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var module = nn.Sequential(nn.Linear(5, 8), nn.ReLU(), nn.Linear(8, 1)).Drawn(3);
        var network = ReluNetwork.FromModule(module);
        var given = network.Given(ones(1, 2));
        var x = ones(1, 3);
        var before = given.Forward(x).ToDouble();
        foreach (var parameter in module.parameters())
        {
            parameter.mul_(2);
        }

        // The second layer is live; the folded first bias is of the moment of Given.
        Assert.NotEqual(before, given.Forward(x).ToDouble());
        Assert.Equal(module.call(ones(1, 5)).ToDouble(), network.Given(ones(1, 2)).Forward(x).ToDouble(), 5);
    }

    [Theory]
    [InlineData(new long[] { 5, 1 }, new long[] { 5, 1 })]
    [InlineData(new long[] { 5, 8, 1 }, new long[] { 5, 6, 1 })]
    [InlineData(new long[] { 5, 8, 7, 1 }, new long[] { 5, 8, 7, 1 })]
    public void Minimum_OfTwoNetworks_IsTheSmallerValueEverywhere(long[] sizesOfF, long[] sizesOfG)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var f = RandomProblem.Network(generator, ScalarType.Float64, sizesOfF);
        var g = RandomProblem.Network(generator, ScalarType.Float64, sizesOfG);
        var x = RandomProblem.Points(generator, ScalarType.Float64, 200, 5);
        var (valuesOfF, valuesOfG) = (f.Forward(x), g.Forward(x));

        var smaller = ReluNetwork.Minimum(f, g);

        Assert.InRange(valuesOfF.lt(valuesOfG).sum().ToInt32(), 1, 199);
        Assert.True(smaller.Forward(x).allclose(minimum(valuesOfF, valuesOfG), 1e-12, 1e-12));
        Assert.True(smaller.Given(x.narrow(1, 0, 2)).Forward(x.narrow(1, 2, 3)).allclose(minimum(valuesOfF, valuesOfG), 1e-12, 1e-12));
    }

    [Fact]
    public void Minimum_OfNetworksThatDoNotMatch_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var f = RandomProblem.Network(generator, ScalarType.Float32, 5, 8, 1);
        foreach (var g in new[] { new long[] { 4, 8, 1 }, [5, 8, 2], [5, 8, 8, 1] })
        {
            Error.Says(
                () => ReluNetwork.Minimum(f, RandomProblem.Network(generator, ScalarType.Float32, g)), "5→8→1", string.Join('→', g), "allowed");
        }
    }

    [Fact]
    public void Given_FixedInputsPerProblem_EqualsTheFullNetwork()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 9, 12, 10, 1);
        var s = RandomProblem.Points(generator, ScalarType.Float64, 5, 6);
        var a = RandomProblem.Points(generator, ScalarType.Float64, 5, 3);

        var given = network.Given(s);

        Assert.Equal(3, given.Inputs);
        Assert.Equal(5, given.Problems);
        Assert.Same(network, given.Full);
        Assert.True(given.Forward(a).allclose(network.Forward(cat([s, a], 1)), 1e-12, 1e-12));
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(5, 8, 1)]
    [InlineData(5, 8, 6, 1)]
    public void Refresh_WeightsThatMoved_EqualsAFreshNetworkInTheSameTensors(params int[] sizes)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(4);
        var f = RandomProblem.Network(generator, ScalarType.Float32, [.. sizes.Select(size => (long)size)]);
        var g = RandomProblem.Network(generator, ScalarType.Float32, [.. sizes.Select(size => (long)size)]);
        var s = RandomProblem.Points(generator, ScalarType.Float32, 3, 2);
        var given = ReluNetwork.Minimum(f, g).Given(s);
        var a = RandomProblem.Points(generator, ScalarType.Float32, 3, 3);
        var tensors = given.Full.Layers.Append(given.Layers[0]).SelectMany(layer => new[] { layer.Weight, layer.Bias }).ToArray();
        foreach (var (weight, bias) in f.Layers.Concat(g.Layers))
        {
            weight.mul_(-0.7);
            bias.add_(0.1);
        }

        given.Refresh();

        Assert.True(given.Forward(a).IsSameAs(ReluNetwork.Minimum(f, g).Given(s).Forward(a)));
        Assert.Equal(tensors, given.Full.Layers.Append(given.Layers[0]).SelectMany(layer => new[] { layer.Weight, layer.Bias }));
    }

    [Fact]
    public void NormalNorms_Given_CountTheFixedInputsToo()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 9, 12, 10, 1);

        var norms = network.Given(zeros(1, 6, dtype: float64)).NormalNorms();

        var product = network.Layers[1].Weight.matmul(network.Layers[0].Weight);
        Assert.True(norms[0].allclose(network.Layers[0].Weight.square().sum(1).sqrt(), 1e-12, 1e-12));
        Assert.True(norms[1].allclose(product.square().sum(1).sqrt(), 1e-12, 1e-12));
    }

    [Fact]
    public void FromTensors_MoreThanNineLayers_AreInNumericOrder()
    {
        using var scope = NewDisposeScope();
        var tensors = new Dictionary<string, Tensor>();
        for (var i = 12; i >= 1; i--)
        {
            tensors[$"q1.{i}.weight"] = ones(i + 1, i);
            tensors[$"q1.{i}.bias"] = zeros(i + 1);
        }
        tensors["observations"] = zeros(3, 2);

        Assert.Equal(13, ReluNetwork.FromTensors(tensors, "q1.").Outputs);
    }

    [Fact]
    public void Construct_BadLayers_SaysWhichAndWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        Error.Says(() => new ReluNetwork([]), "at least 1 layer");
        Error.Says(() => new ReluNetwork([new(zeros(4, 3), zeros(4)), new(zeros(1, 5), zeros(1))]),
            "layer 2", "[1×5]", "[out×4]");
        Error.Says(() => new ReluNetwork([new(zeros(4, 3), zeros(3))]), "Bias of layer 1", "[3]", "[4]");
        Error.Says(() => new ReluNetwork([new(zeros(4, 3), zeros(4, dtype: float64))]), "Float64", "Float32");
        Error.Says(() => new ReluNetwork([new(zeros(4, 3), zeros(4))]).Given(zeros(2, 3)), "[2×3]", "1 to 2");
        Error.Says(() => ReluNetwork.FromTensors(new Dictionary<string, Tensor> { ["1.weight"] = zeros(2, 2) }), "1.bias");
        Error.Says(() => ReluNetwork.FromTensors(new Dictionary<string, Tensor> { ["w"] = zeros(2, 2) }, "q."),
            "q.<number>.weight");
    }
}
