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
        var refine = new RefinementOptions { Enabled = refines, Critic = "online", Radius = 0.5 };
        object options = name == "td3" ? new Td3Options { Refine = refine } : new DdpgOptions { Refine = refine };
        return AgentCatalog.Entries[name].Create(
            options, _environment.ObservationSpace, _environment.ActionSpace, new TrainingOptions(), TimeProvider.System);
    }

    [Theory]
    [InlineData("td3")]
    [InlineData("ddpg")]
    public void ActRefined_RefinesThePlayingCopiesAndSumsTheirGain(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var agent = Agent(name, refines: true);
        var (greedy, refined) = (new SpaceBuffer(_environment.ActionSpace, 3), new SpaceBuffer(_environment.ActionSpace, 3));
        agent.Act(_environment.Observations, greedy, explore: false);

        var gain = ((IRefinable)agent).ActRefined(_environment.Observations, refined, _isPlaying);

        var policy = ((IAttackable)agent).PolicyNetwork;
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

    [Fact]
    public void ActRefined_WithoutRefinement_Throws()
    {
        using var agent = Agent("td3", refines: false);
        var actions = new SpaceBuffer(_environment.ActionSpace, 3);
        Assert.Throws<InvalidOperationException>(
            () => ((IRefinable)agent).ActRefined(_environment.Observations, actions, _isPlaying));
    }
}
