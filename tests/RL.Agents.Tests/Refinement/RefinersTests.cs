using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public sealed class RefinersTests : IDisposable
{
    readonly DisposeScope _scope = NewDisposeScope();
    readonly Generator _generator = new(5, CPU);
    readonly Critic _critic, _target1, _target2;

    public RefinersTests()
    {
        Critic New() => new(5, 3, [32, 32], _generator);
        (_critic, _target1, _target2) = (New(), New(), New());
    }

    public void Dispose()
    {
        _scope.Dispose();
        _generator.Dispose();
    }

    Refiners Create(RefinementOptions options, bool twins = true) => new(
        options, twins ? new(_critic, _target1, _target2) : new(_critic, _target1), CPU, seed: 7, TimeProvider.System);

    [Fact]
    public void Create_NothingIsOn_HasNone()
    {
        using var refiners = Create(new());
        using var state = new MemoryStream();

        refiners.Save(new BinaryWriter(state));

        Assert.Null(refiners.Explore);
        Assert.Null(refiners.Target);
        Assert.Null(refiners.Guide);
        Assert.Null(refiners.Evaluate);
        Assert.Equal(0, state.Length);
    }

    [Fact]
    public void Create_MinimumOfOneCritic_SaysWhatIsAllowed()
    {
        var options = new RefinementOptions { Guide = new() { Method = "sharp", Critic = "minimum" } };

        var error = Assert.Throws<ArgumentException>(() => Create(options, twins: false));

        Assert.Equal("agent.refine.guide.critic is minimum; allowed: target, online, because the agent has one critic.", error.Message);
    }

    /// <summary>Passes of a place go before those of the method.</summary>
    [Theory]
    [InlineData("gradient")]
    [InlineData("sharp")]
    [InlineData("adr-gd")]
    public void Create_PassesOfThePlace_AreThoseOfItsSearch(string method)
    {
        var (s, a) = (randn([20, 5], generator: _generator), zeros([20, 3]));
        double Gain(int? passes)
        {
            using var refiners = Create(new()
            {
                Explore = new() { Method = method, Passes = passes },
                Gradient = ProjectedGradientOptions.Annealed(50), Sharp = new() { Passes = 200 },
                AdrGd = AdrGdOptions.ActionRefinement with { Iterations = 200 },
            });
            return refiners.Explore!.Refine(s, a).Gain.mean().ToDouble();
        }

        Assert.True(Gain(null) > Gain(2));
    }

    [Theory]
    [InlineData("target")]
    [InlineData("online")]
    [InlineData("minimum")]
    public void Refine_AShareOfAMinibatch_LeavesTheOthersAndIsNeverWorse(string critic)
    {
        using var refiners = Create(new() { Target = new() { Method = "gradient", Critic = critic, Share = 0.5, StartSteps = 10 } });
        var metrics = new RecordedMetrics();
        var (s, a) = (randn([8, 5], generator: _generator), zeros([8, 3]));

        Assert.Null(refiners.Target!.Refine(s, a, step: 9, metrics));
        var (actions, gain) = refiners.Target.Refine(s, a, step: 10, metrics)!.Value;

        using var noGrad = no_grad();
        Tensor Value(Tensor x) => critic switch
        {
            "target" => _target1.call(s, x), "online" => _critic.call(s, x), _ => minimum(_target1.call(s, x), _target2.call(s, x)),
        };
        var measured = (Value(actions) - Value(a)).squeeze(1);
        Assert.True((measured - gain).abs().max().ToSingle() < 1e-5);
        Assert.True(gain.narrow(0, 0, 4).min().ToSingle() > 0);
        Assert.Equal(0, gain.narrow(0, 4, 4).abs().max().ToSingle());
        Assert.Equal(0, actions.narrow(0, 4, 4).abs().max().ToSingle());
        Assert.Equal(
            gain.narrow(0, 0, 4).mean().ToDouble(), metrics.Scalars.Single(scalar => scalar.Tag == "refine/target_gain").Value, 1e-6);
    }

    [Fact]
    public void Load_AfterRefinements_GoesOnWithTheSameNumbers()
    {
        RefinementOptions options = new()
        {
            Target = new() { Method = "sharp", Passes = 20 }, Guide = new() { Method = "sharp", Passes = 20 },
        };
        using var one = Create(options);
        using var other = Create(options);
        var (s, a, metrics) = (randn([8, 5], generator: _generator), zeros([8, 3]), new RecordedMetrics());
        one.Target!.Refine(s, a, 0, metrics);
        using var state = new MemoryStream();
        one.Save(new BinaryWriter(state));
        state.Position = 0;
        other.Load(new BinaryReader(state));

        Assert.Equal(
            one.Target.Refine(s, a, 0, metrics)!.Value.Actions.data<float>().ToArray(),
            other.Target!.Refine(s, a, 0, metrics)!.Value.Actions.data<float>().ToArray());
        Assert.Equal(
            one.Guide!.Refine(s, a, 0, metrics)!.Value.Actions.data<float>().ToArray(),
            other.Guide!.Refine(s, a, 0, metrics)!.Value.Actions.data<float>().ToArray());
    }
}
