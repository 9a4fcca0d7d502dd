using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class SacTests
{
    static readonly SmallTask _task = new(actionSize: 2);

    static Sac NewAgent(SacOptions options, TrainingOptions? training = null) =>
        new(options, _task.Observations, _task.Actions, training ?? new TrainingOptions(), TimeProvider.System);

    /// <summary>With one transition s → s of reward 1 and next to no temperature, Q is r/(1 − γ) if the future counts and r if it does not.</summary>
    [Theory]
    [InlineData(true, false, 1.0)]
    [InlineData(false, true, 2.0)]
    [InlineData(false, false, 2.0)]
    public void Learn_OnlyTerminationCutsTheBootstrap(bool terminated, bool truncated, double expected)
    {
        using var agent = NewAgent(new SacOptions
        {
            HiddenLayers = [16], BatchSize = 8, Discount = 0.5, Tau = 0.2, CriticLearningRate = 1e-2, ActorLearningRate = 0,
            InitialTemperature = 1e-6, TemperatureLearningRate = 0, StartSteps = 0, ReplayCapacity = 1,
        });
        var outcome = _task.Outcome(1, terminated, truncated);
        agent.Act(outcome.Observations, outcome.Actions, explore: false);
        agent.Observe(outcome);
        var metrics = new RecordedMetrics();
        for (var i = 0; i < 600; i++)
        {
            agent.Learn(metrics);
        }

        Assert.Equal(expected, metrics.Scalars.Last(s => s.Tag == "value/q1").Value, 0.3);
    }

    /// <summary>Entropy below the target: a nat is worth more; above it less.</summary>
    [Theory]
    [InlineData(100, true)]
    [InlineData(-100, false)]
    public void Learn_TheTemperature_GoesTowardsTheTargetEntropy(double target, bool rises)
    {
        using var agent = NewAgent(new SacOptions { HiddenLayers = [16], BatchSize = 8, StartSteps = 0, TargetEntropy = target });
        agent.Observe(_task.Outcome(1, false, false));
        var metrics = new RecordedMetrics();
        for (var i = 0; i < 10; i++)
        {
            agent.Learn(metrics);
        }

        var temperature = metrics.Scalars.Last(s => s.Tag == "policy/temperature").Value;
        Assert.Equal(rises, temperature > 1);
    }

    /// <summary>log π(a|s) of the density of tanh(u) by its definition, in float64.</summary>
    [Fact]
    public void Sample_LogProbability_IsThatOfTheSquashedGaussian()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(3, CPU);
        using var actor = new GaussianActor(3, 2, [16], generator);
        var (s, noise) = (randn([5, 3], generator: generator), randn([5, 2], generator: generator));

        var (actions, logProbability) = actor.Sample(s, noise);

        var (mean, logDeviation) = actor.call(s);
        double[] Values(Tensor tensor) => [.. tensor.data<float>().ToArray().Select(value => (double)value)];
        var (m, log, e, a) = (Values(mean), Values(logDeviation), Values(noise), Values(actions));
        for (var row = 0; row < 5; row++)
        {
            var expected = Enumerable.Range(2 * row, 2).Sum(i =>
            {
                var u = m[i] + (Math.Exp(log[i]) * e[i]);
                Assert.Equal(Math.Tanh(u), a[i], 1e-5);
                return (-0.5 * e[i] * e[i]) - log[i] - (0.5 * Math.Log(2 * Math.PI)) - Math.Log(1 - (Math.Tanh(u) * Math.Tanh(u)));
            });
            Assert.Equal(expected, logProbability[row].ToSingle(), 1e-4);
        }
    }

    [Fact]
    public void Sample_FarOut_HasAFiniteLogProbability()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(3, CPU);
        using var actor = new GaussianActor(3, 2, [16], generator);

        var (actions, logProbability) = actor.Sample(zeros(1, 3), full([1, 2], 60f));

        Assert.Equal(1, actions.abs().min().ToSingle(), 1e-6);
        Assert.True(float.IsFinite(logProbability[0].ToSingle()));
    }

    [Fact]
    public void PolicyNetwork_IsTheGreedyPolicyUpToTheSquash()
    {
        using var scope = NewDisposeScope();
        using var agent = NewAgent(new SacOptions { HiddenLayers = [16, 16], StartSteps = 0, BatchSize = 8 });
        agent.Observe(_task.Outcome(1, false, false));
        var policy = agent.PolicyNetwork;
        // The same network after the weights have moved.
        agent.Learn(new RecordedMetrics());
        using var noGrad = no_grad();
        var (observations, actions, byNetwork) = (
            new SpaceBuffer(_task.Observations, 2), new SpaceBuffer(_task.Actions, 2), new SpaceBuffer(_task.Actions, 2));
        observations.Row<double>(1).Fill(0.7);

        agent.Act(observations, actions, explore: false);
        policy.Act(policy.Inputs(observations), byNetwork);

        Assert.Equal(PolicyHead.Tanh, policy.Head);
        Assert.True(actions.Bytes.SequenceEqual(byNetwork.Bytes));
        Assert.IsType<ReluNetwork>(policy.Network);
        var outputs = policy.Network.Forward(policy.Inputs(observations)).tanh();
        for (var copy = 0; copy < 2; copy++)
        {
            Assert.Equal(2 * outputs[copy, 0].ToSingle(), actions.Row<float>(copy)[0], 1e-5f);
        }
    }

    [Fact]
    public void Act_Exploring_SamplesAndPlayingDoesNot()
    {
        using var agent = NewAgent(new SacOptions { HiddenLayers = [16], StartSteps = 0 });
        var observations = new SpaceBuffer(_task.Observations, 1);
        string Act(bool explore)
        {
            var actions = new SpaceBuffer(_task.Actions, 1);
            agent.Act(observations, actions, explore);
            return string.Join(' ', actions.Row<float>(0).ToArray());
        }

        Assert.NotEqual(Act(explore: true), Act(explore: true));
        Assert.Equal(Act(explore: false), Act(explore: false));
    }

    [Fact]
    public void LoadNetworks_ExportedElsewhere_ActsTheSame()
    {
        var options = new SacOptions { HiddenLayers = [16] };
        using var first = NewAgent(options);
        using var second = NewAgent(options, new TrainingOptions { Seed = 9 });
        second.LoadNetworks(first.Networks);
        Assert.All(first.Networks, network =>
            Assert.Equal(network.Value.data<float>().ToArray(), second.Networks[network.Key].data<float>().ToArray()));
    }

    [Fact]
    public void Constructor_DiscreteActions_SaysWhatIsAllowed() => Assert.Contains(
        "bounded box of float32",
        Assert.Throws<ArgumentException>(
            () => new Sac(new SacOptions(), _task.Observations, new DiscreteSpace(2), new TrainingOptions(), TimeProvider.System)).Message,
        StringComparison.Ordinal);
}
