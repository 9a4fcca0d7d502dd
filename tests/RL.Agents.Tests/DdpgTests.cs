using RL.Environments;
using TorchSharp;

namespace RL.Agents.Tests;

public class DdpgTests
{
    static readonly SmallTask _task = new(actionSize: 1);

    static Ddpg NewAgent(DdpgOptions options, TrainingOptions? training = null) =>
        new(options, _task.Observations, _task.Actions, training ?? new TrainingOptions(), TimeProvider.System);

    static float[] Values(Ddpg agent, string name) => agent.Networks[name].data<float>().ToArray();

    /// <summary>
    /// With one transition s → s of reward 1 by μ's action, which hardly moves, Q is r/(1 − γ) if the future counts and r if it does not.
    /// </summary>
    [Theory]
    [InlineData(true, false, 1.0)]
    [InlineData(false, true, 2.0)]
    [InlineData(false, false, 2.0)]
    public void Learn_OnlyTerminationCutsTheBootstrap(bool terminated, bool truncated, double expected)
    {
        using var agent = NewAgent(new DdpgOptions
        {
            HiddenLayers = [16], BatchSize = 8, Discount = 0.5, Tau = 0.2, CriticLearningRate = 1e-2, ActorLearningRate = 1e-8, StartSteps = 0,
            ReplayCapacity = 1,
        });
        var outcome = _task.Outcome(1, terminated, truncated);
        agent.Act(outcome.Observations, outcome.Actions, explore: false);
        agent.Observe(outcome);
        var metrics = new RecordedMetrics();
        for (var i = 0; i < 600; i++)
        {
            agent.Learn(metrics);
        }

        Assert.Equal(expected, metrics.Scalars.Last(s => s.Tag == "value/q1").Value, 0.1);
    }

    [Fact]
    public void Learn_OneUpdate_MovesEveryNetworkAndTheTargetsByTau()
    {
        const double tau = 0.1;
        using var agent = NewAgent(new DdpgOptions { HiddenLayers = [16], BatchSize = 8, StartSteps = 0, Tau = tau });
        agent.Observe(_task.Outcome(1, false, false));
        foreach (var name in new[] { "actor", "critic" })
        {
            // θ′ begins as θ.
            Assert.Equal(Values(agent, $"{name}.net.0.weight"), Values(agent, $"target_{name}.net.0.weight"));
        }

        var before = new[] { "actor", "critic" }.ToDictionary(name => name, name => Values(agent, $"{name}.net.0.weight"));
        agent.Learn(new RecordedMetrics());

        foreach (var (name, old) in before)
        {
            var (online, target) = (Values(agent, $"{name}.net.0.weight"), Values(agent, $"target_{name}.net.0.weight"));
            Assert.NotEqual(old, online);
            for (var i = 0; i < old.Length; i++)
            {
                Assert.Equal((tau * online[i]) + ((1 - tau) * old[i]), target[i], 1e-6);
            }
        }
    }

    [Fact]
    public void Act_Greedy_ScalesToTheBoundsAndDoesNotExplore()
    {
        using var agent = NewAgent(new DdpgOptions { HiddenLayers = [16], StartSteps = 0 });
        var observations = new SpaceBuffer(_task.Observations, 2);
        observations.Row<double>(1).Fill(100);
        var (first, second) = (new SpaceBuffer(_task.Actions, 2), new SpaceBuffer(_task.Actions, 2));

        agent.Act(observations, first, explore: false);
        agent.Act(observations, second, explore: false);

        Assert.True(first.Bytes.SequenceEqual(second.Bytes));
        Assert.Equal(2, Math.Abs(first.Row<float>(1)[0]), 0.01);
    }

    [Fact]
    public void Save_ThenLoadAndLearnOn_GivesTheSameBits()
    {
        var options = new DdpgOptions { HiddenLayers = [16], BatchSize = 8, StartSteps = 0 };
        using var first = NewAgent(options);
        using var second = NewAgent(options, new TrainingOptions { Seed = 9 });
        first.Observe(_task.Outcome(1, false, false));
        first.Learn(new RecordedMetrics());
        using var stream = new MemoryStream();
        first.Save(new BinaryWriter(stream));
        stream.Position = 0;

        second.Load(new BinaryReader(stream));
        first.Learn(new RecordedMetrics());
        second.Learn(new RecordedMetrics());

        Assert.All(first.Networks.Keys, name => Assert.Equal(Values(first, name), Values(second, name)));
    }

    [Fact]
    public void Constructor_MinimumOfTwoCritics_SaysThatThereIsOne()
    {
        var error = Assert.Throws<ArgumentException>(
            () => NewAgent(new DdpgOptions { Refine = new() { Target = new() { Method = "sharp", Critic = "minimum" } } }).Dispose());
        Assert.Contains("agent.refine.target.critic is minimum; allowed: target, online, because the agent has one critic", error.Message, StringComparison.Ordinal);
    }
}
