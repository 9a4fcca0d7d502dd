using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public sealed class RefinableTests : IDisposable
{
    static readonly bool[] _isPlaying = [true, false, true];

    readonly IVectorEnvironment _environment = EnvironmentCatalog.Make("HalfCheetah-v5", 3);

    public RefinableTests() => _environment.Reset(1);

    public void Dispose() => _environment.Dispose();

    IAgent Agent(string name, bool refines)
    {
        var refine = new RefinementOptions
        {
            Evaluate = new() { Method = refines ? "sharp" : "none", Critic = "online", Radius = 0.5 },
        };
        object options = name switch
        {
            "td3" => new Td3Options { Refine = refine },
            "ddpg" => new DdpgOptions { Refine = refine },
            _ => new SacOptions { Refine = refine },
        };
        return AgentCatalog.Entries[name].Create(
            options, _environment.ObservationSpace, _environment.ActionSpace, new TrainingOptions(), TimeProvider.System);
    }

    [Theory]
    [InlineData("td3")]
    [InlineData("ddpg")]
    [InlineData("sac")]
    public void ActRefined_RefinesThePlayingCopiesAndSumsTheirGain(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var agent = Agent(name, refines: true);
        var (greedy, refined) = (new SpaceBuffer(_environment.ActionSpace, 3), new SpaceBuffer(_environment.ActionSpace, 3));
        var policy = ((IAttackable)agent).PolicyNetwork!;
        policy.Act(policy.Inputs(_environment.Observations), greedy);

        var gain = ((IRefinable)agent).ActRefined(_environment.Observations, refined, _isPlaying);

        var s = policy.Inputs(_environment.Observations);
        var expected = 0d;
        for (var copy = 0; copy < 3; copy++)
        {
            var (before, after) = (greedy.Row<float>(copy).ToArray(), refined.Row<float>(copy).ToArray());
            Assert.Equal(_isPlaying[copy], !before.SequenceEqual(after));
            double Value(float[] action) => policy.Critic!.Forward(cat([s[copy], tensor(action)]).unsqueeze(0)).ToSingle();
            expected += _isPlaying[copy] ? Value(after) - Value(before) : 0;
        }

        Assert.True(expected > 0);
        Assert.Equal(expected, gain, 1e-5);
    }

    /// <summary>However many copies play beside it, and however often: nothing of the agent moves on.</summary>
    [Fact]
    public void Act_RefinedWhenPlaying_IsAFunctionOfTheStateAlone()
    {
        using var agent = Agent("td3", refines: true);
        using var one = EnvironmentCatalog.Make("HalfCheetah-v5");
        one.Reset(1);
        var (all, again, alone) = (
            new SpaceBuffer(_environment.ActionSpace, 3), new SpaceBuffer(_environment.ActionSpace, 3), new SpaceBuffer(_environment.ActionSpace, 1));

        agent.Act(_environment.Observations, all, explore: false);
        agent.Act(_environment.Observations, again, explore: false);
        agent.Act(one.Observations, alone, explore: false);

        Assert.True(all.Bytes.SequenceEqual(again.Bytes));
        Assert.Equal(_environment.Observations.Row<double>(0).ToArray(), one.Observations.Row<double>(0).ToArray());
        Assert.Equal(all.Row<float>(0).ToArray(), alone.Row<float>(0).ToArray());
    }

    [Fact]
    public void ActRefined_WithoutRefinement_Throws()
    {
        using var agent = Agent("td3", refines: false);
        var actions = new SpaceBuffer(_environment.ActionSpace, 3);
        Assert.Throws<InvalidOperationException>(
            () => ((IRefinable)agent).ActRefined(_environment.Observations, actions, _isPlaying));
    }
}
