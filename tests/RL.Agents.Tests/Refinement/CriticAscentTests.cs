using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class CriticAscentTests
{
    static Refiners NewRefiners(RefinementOptions options, params Critic[] critics) =>
        new(options, new(critics[0], critics[1..]), CPU, seed: 7, TimeProvider.System);

    static IActionRefiner NewRefiner(Critic critic, double radius, string method) =>
        NewRefiners(new() { Explore = new() { Method = method, Radius = radius } }, critic, critic).Explore!;

    [Theory]
    [InlineData(1.0, "adr-gd")]
    [InlineData(0.3, "adr-gd")]
    [InlineData(0.0, "adr-gd")]
    [InlineData(1.0, "sharp")]
    [InlineData(0.3, "sharp")]
    [InlineData(0.0, "sharp")]
    [InlineData(2.0, "gradient")]
    [InlineData(0.3, "gradient")]
    public void Refine_NeverWorseAndInsideTheRadius(double radius, string method)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        using var critic = new Critic(17, 6, [64, 64], generator);
        using var refiner = NewRefiner(critic, radius, method);
        var s = randn([20, 17], generator: generator);
        var a = rand([20, 6], generator: generator) * 2 - 1;

        var (actions, gain) = refiner.Refine(s, a);

        using var noGrad = no_grad();
        var measured = (critic.call(s, actions) - critic.call(s, a)).squeeze(1);
        Assert.True((gain - measured).abs().max().item<float>() < 1e-5);
        Assert.True(gain.min().item<float>() >= 0);
        Assert.Equal(radius > 0, gain.max().item<float>() > 0);
        Assert.True((actions - a).abs().max().item<float>() <= radius + 1e-6);
        Assert.True(actions.abs().max().item<float>() <= 1);
    }

    [Theory]
    [InlineData("adr-gd")]
    [InlineData("sharp")]
    public void Refine_AfterTheCriticMoved_UsesTheNewWeights(string optimizer)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        using var critic = new Critic(3, 2, [16], generator);
        using var other = new Critic(3, 2, [16], generator);
        using var refiner = NewRefiner(critic, 1, optimizer);
        var (s, a) = (zeros([1, 3]), zeros([1, 2]));
        using var fresh = NewRefiner(other, 1, optimizer);
        using var saved = new MemoryStream();
        fresh.Save(new BinaryWriter(saved));
        refiner.Refine(s, a);
        critic.CopyFrom(other);
        refiner.Load(new BinaryReader(new MemoryStream(saved.ToArray())));

        Assert.Equal(fresh.Refine(s, a).Actions.data<float>().ToArray(), refiner.Refine(s, a).Actions.data<float>().ToArray());
    }

    [Fact]
    public void Refine_WithSharp_GainsMoreThanWithAdrGd()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        using var critic = new Critic(17, 6, [64, 64], generator);
        using var sharp = NewRefiner(critic, 1, "sharp");
        using var adrGd = NewRefiner(critic, 1, "adr-gd");
        var (s, a) = (randn([50, 17], generator: generator), zeros([50, 6]));

        Assert.True(sharp.Refine(s, a).Gain.mean().item<float>() >= adrGd.Refine(s, a).Gain.mean().item<float>());
    }

    [Theory]
    [InlineData("target")]
    [InlineData("online")]
    [InlineData("minimum")]
    public void Refine_ByTheNamedCritic_GainIsMeasuredByIt(string name)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        var critics = Enumerable.Range(0, 3).Select(_ => new Critic(17, 6, [32, 32], generator)).ToArray();
        using var refiner = NewRefiners(new() { Explore = new() { Method = "sharp", Critic = name } }, critics).Explore!;
        var (s, a) = (randn([20, 17], generator: generator), zeros([20, 6]));
        using var noGrad = no_grad();
        Tensor Value(Tensor actions)
        {
            var values = critics.Select(critic => critic.call(s, actions).squeeze(1)).ToArray();
            return name switch { "target" => values[1], "online" => values[0], _ => minimum(values[1], values[2]) };
        }

        var (actions, gain) = refiner.Refine(s, a);

        Assert.True((gain - (Value(actions) - Value(a))).abs().max().item<float>() < 1e-5);
        Assert.True(gain.min().item<float>() > 0);
    }

    [Fact]
    public void Refine_RepeatedFromASeed_TreatsEveryRowAlone()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5, CPU);
        using var critic = new Critic(17, 6, [32, 32], generator);
        using var refiners = NewRefiners(new() { Evaluate = new() { Method = "sharp", Passes = 20, Radius = 1 } }, critic, critic);
        var (s, a) = (randn([4, 17], generator: generator), zeros([4, 6]));

        var (together, gains) = refiners.Evaluate!.Refine(s, a);
        var (alone, gain) = refiners.Evaluate.Refine(s.narrow(0, 2, 1), a.narrow(0, 2, 1));

        Assert.Equal(together[2].data<float>().ToArray(), alone[0].data<float>().ToArray());
        Assert.Equal(gains[2].ToSingle(), gain[0].ToSingle());
    }
}
