using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class ParameterVectorTests
{
    [Fact]
    public void Constructor_Parameters_KeepTheirValuesAndBecomeViews()
    {
        using var scope = NewDisposeScope();
        using var net = NewNet(1);
        var before = net.parameters().SelectMany(Floats).ToArray();
        using var vector = new ParameterVector(net.parameters());
        Assert.Equal(before, Floats(vector.Values));
        Assert.Equal(before, net.parameters().SelectMany(Floats));

        using var noGrad = no_grad();
        vector.Values.mul_(2);
        Assert.Equal(before.Select(value => 2 * value), net.parameters().SelectMany(Floats));
    }

    [Fact]
    public void Gradient_AfterBackward_EqualsAutogradsOfEachParameter()
    {
        using var scope = NewDisposeScope();
        using var net = NewNet(1);
        using var draws = new Generator(2);
        var x = rand(8, 5, generator: draws);
        var expected = autograd.grad([net.call(x).square().sum()], [.. net.parameters()]).SelectMany(Floats).ToArray();
        using var vector = new ParameterVector(net.parameters());
        net.call(x).square().sum().backward();
        Assert.Equal(expected, Floats(vector.Gradient));

        net.call(x).square().sum().backward();
        Assert.Equal(expected.Select(value => 2 * value), Floats(vector.Gradient));
        vector.ZeroGradient();
        Assert.All(Floats(vector.Gradient), value => Assert.Equal(0, value));
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1e4)]
    public void ClipGradient_AnyNorm_EqualsTorchs(double norm)
    {
        using var scope = NewDisposeScope();
        using var net = NewNet(1);
        using var plain = NewNet(1);
        using var vector = new ParameterVector(net.parameters());
        using var draws = new Generator(2);
        var x = rand(8, 5, generator: draws);
        (net.call(x).square().sum() * 10).backward();
        (plain.call(x).square().sum() * 10).backward();
        vector.ClipGradient(norm);
        nn.utils.clip_grad_norm_(plain.parameters(), norm);
        var expected = plain.parameters().SelectMany(parameter => Floats(parameter.grad!)).ToArray();
        Assert.All(expected.Zip(Floats(vector.Gradient)), pair => Assert.Equal(pair.First, pair.Second, Math.Abs(pair.First) * 1e-5));
    }

    [Fact]
    public void MoveTowards_Source_IsTheWeightedMean()
    {
        using var scope = NewDisposeScope();
        using var net = NewNet(1);
        using var other = NewNet(2);
        using var target = new ParameterVector(net.parameters());
        using var source = new ParameterVector(other.parameters());
        var expected = Floats(target.Values).Zip(Floats(source.Values), (to, from) => (0.75f * to) + (0.25f * from)).ToArray();
        target.MoveTowards(source, 0.25);
        Assert.All(expected.Zip(Floats(target.Values)), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    /// <summary>Both ways, by one pass over memory and on tensors, against TorchSharp's own.</summary>
    [Theory]
    [InlineData(false, 1e-8, 0)]
    [InlineData(true, 1e-8, 0)]
    [InlineData(false, 1e-5, 1e-2)]
    [InlineData(true, 1e-5, 1e-2)]
    public void Step_FlatAdam_EqualsTorchSharps(bool onTensors, double epsilon, double weightDecay)
    {
        using var scope = NewDisposeScope();
        using var net = NewNet(1);
        using var plain = NewNet(1);
        using var vector = new ParameterVector(net.parameters());
        using var adam = new FlatAdam(vector, epsilon, weightDecay, onTensors);
        using var expected = optim.Adam(plain.parameters(), 1e-2, eps: epsilon, weight_decay: weightDecay);
        using var draws = new Generator(2);
        for (var step = 0; step < 20; step++)
        {
            var x = rand(8, 5, generator: draws);
            vector.ZeroGradient();
            net.call(x).square().sum().backward();
            adam.Step(1e-2);
            expected.zero_grad();
            plain.call(x).square().sum().backward();
            expected.step();
        }

        Assert.All(plain.parameters().SelectMany(Floats).Zip(Floats(vector.Values)), pair => Assert.Equal(pair.First, pair.Second, 1e-5));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_SavedAdam_StepsTheSame(bool onTensors)
    {
        using var scope = NewDisposeScope();
        using var net = NewNet(1);
        using var again = NewNet(1);
        using var vector = new ParameterVector(net.parameters());
        using var copy = new ParameterVector(again.parameters());
        using var adam = new FlatAdam(vector, onTensors: onTensors);
        using var resumed = new FlatAdam(copy, onTensors: onTensors);
        using var draws = new Generator(2);
        var x = rand(8, 5, generator: draws);
        void Step(Mlp network, ParameterVector parameters, FlatAdam optimizer)
        {
            parameters.ZeroGradient();
            network.call(x).square().sum().backward();
            optimizer.Step(1e-2);
        }

        Step(net, vector, adam);
        Step(net, vector, adam);
        var state = new MemoryStream();
        adam.Save(new BinaryWriter(state));
        state.Position = 0;
        resumed.Load(new BinaryReader(state));
        again.CopyFrom(net);
        Step(net, vector, adam);
        Step(again, copy, resumed);
        Assert.Equal(Floats(vector.Values), Floats(copy.Values));
    }

    static Mlp NewNet(ulong seed)
    {
        using var generator = new Generator(seed, CPU);
        return new Mlp(5, [16, 9], 3, generator);
    }

    static float[] Floats(Tensor tensor) => tensor.detach().contiguous().data<float>().ToArray();
}
