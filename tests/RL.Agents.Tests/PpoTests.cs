using RL.Environments;
using TorchSharp;

namespace RL.Agents.Tests;

public class PpoTests
{
    static readonly BoxSpace _observations = BoxSpace.Uniform(ElementType.Float64, [3], double.NegativeInfinity, double.PositiveInfinity);
    static readonly DiscreteSpace _actions = new(2);

    static readonly TrainingOptions _training = new()
    {
        TotalSteps = 60, Seed = 3, Copies = 2, EvaluationInterval = 0, EvaluationEpisodes = 1, CheckpointInterval = 20, LogInterval = 10,
    };

    static Ppo NewAgent(PpoOptions options, TrainingOptions? training = null) =>
        new(options, _observations, _actions, training ?? new TrainingOptions());

    static StepOutcome Outcome(double reward, bool terminated, bool truncated)
    {
        var outcome = new StepOutcome(_observations, _actions, 0, 1);
        outcome.Observations.Row<double>(0).Fill(0.5);
        outcome.NextObservations.Row<double>(0).Fill(0.5);
        (outcome.Rewards[0], outcome.Terminated[0], outcome.Truncated[0]) = (reward, terminated, truncated);
        return outcome;
    }

    /// <summary>From s to s with a reward of 1, V is r/(1 − γ) if the future counts and r if it does not.</summary>
    [Theory]
    [InlineData(true, false, 1.0)]
    [InlineData(false, true, 2.0)]
    [InlineData(false, false, 2.0)]
    public void Update_OnlyTerminationCutsTheBootstrap(bool terminated, bool truncated, double expected)
    {
        using var agent = NewAgent(new PpoOptions
        {
            HiddenLayers = [16], RolloutSteps = 4, Minibatches = 1, Epochs = 5, Discount = 0.5, LearningRate = 1e-2,
        });
        var outcome = Outcome(1, terminated, truncated);
        var actions = new SpaceBuffer(_actions, 1);
        for (var i = 0; i < 400; i++)
        {
            agent.Act(outcome.Observations, actions, explore: true);
            agent.Observe(outcome);
            agent.Update(new RecordedMetrics());
        }

        Assert.Equal(expected, agent.Value(outcome.Observations, [0])[0], 0.1);
    }

    [Fact]
    public void Update_BetterAction_BecomesLikelier()
    {
        using var agent = NewAgent(new PpoOptions { HiddenLayers = [16], RolloutSteps = 32, Minibatches = 4, Epochs = 4, LearningRate = 1e-2 });
        var actions = new SpaceBuffer(_actions, 1);
        for (var i = 0; i < 640; i++)
        {
            var outcome = Outcome(0, true, false);
            agent.Act(outcome.Observations, actions, explore: true);
            outcome.Rewards[0] = actions.Row<int>(0)[0];
            agent.Observe(outcome);
            agent.Update(new RecordedMetrics());
        }

        agent.Act(Outcome(0, true, false).Observations, actions, explore: false);
        Assert.Equal(1, actions.Row<int>(0)[0]);
    }

    [Fact]
    public void Update_SmallTargetKl_EndsTheEpochs()
    {
        int Steps(double? target)
        {
            using var agent = NewAgent(new PpoOptions
            {
                HiddenLayers = [16], RolloutSteps = 8, Minibatches = 1, Epochs = 10, LearningRate = 1e-2, TargetKl = target,
            });
            var (metrics, actions) = (new RecordedMetrics(), new SpaceBuffer(_actions, 1));
            for (var i = 0; i < 8; i++)
            {
                agent.Act(Outcome(i, true, false).Observations, actions, explore: true);
                agent.Observe(Outcome(i, true, false));
                agent.Update(metrics);
            }

            return metrics.Scalars.Count(scalar => scalar.Tag == "policy/approx_kl");
        }

        Assert.Equal(10, Steps(null));
        Assert.InRange(Steps(1e-6), 2, 9);
    }

    /// <summary>Vectors and images; the checkpoint falls into a rollout. (TrainingLoopTests has continuous actions.)</summary>
    [Theory]
    [InlineData("CartPole-v1")]
    [InlineData("procgen:maze")]
    public void Run_DiscreteActions_SameSeedSameBits_AndResumes(string environment)
    {
        var options = new PpoOptions
        {
            HiddenLayers = [16], RolloutSteps = 8, Minibatches = 2, Epochs = 2, ClipValues = true, EntropyCoefficient = 0.01,
            Network = environment == "CartPole-v1" ? NetworkKind.Mlp : NetworkKind.Small,
        };
        var (whole, again) = (Training.Run("ppo", environment, options, _training), Training.Run("ppo", environment, options, _training));
        Assert.Equal(whole.Deterministic, again.Deterministic);
        Assert.Equal(whole.Checkpoints[^1].Bytes, again.Checkpoints[^1].Bytes);

        var rest = Training.Run("ppo", environment, options, _training, resumeFrom: whole.Checkpoints[0].Bytes);
        Assert.Equal(whole.Checkpoints[^1].Bytes, rest.Checkpoints[^1].Bytes);
        Assert.Equal(whole.Evaluations[^1].Returns, rest.Evaluations[^1].Returns);
    }

    /// <summary>A minibatch of images that passes the network in uneven parts, against the same in one.</summary>
    [Fact]
    public void Learn_ImagesInParts_EqualsAllTogether()
    {
        (Dictionary<string, float[]> Networks, RecordedMetrics Metrics) Learn(int together)
        {
            using var environment = EnvironmentCatalog.Make("procgen:maze", 2);
            var options = new PpoOptions
            {
                Network = NetworkKind.Small, RolloutSteps = 8, Minibatches = 1, Epochs = 3, ClipValues = true, EntropyCoefficient = 0.01,
            };
            using var agent = new Ppo(options, environment.ObservationSpace, environment.ActionSpace, new() { Copies = 2 })
            {
                ImagesTogether = together,
            };
            var (actions, metrics) = (new SpaceBuffer(environment.ActionSpace, 2), new RecordedMetrics());
            environment.Reset(1);
            for (var step = 0; step < 8; step++)
            {
                agent.Act(environment.Observations, actions, explore: true);
                var outcome = environment.Step(actions);
                outcome.Rewards[0] = step;
                agent.Observe(outcome);
                environment.ResetFinished();
                agent.Update(metrics);
            }

            return (agent.Networks.ToDictionary(pair => pair.Key, pair => pair.Value.data<float>().ToArray()), metrics);
        }

        var (whole, parts) = (Learn(16), Learn(6));
        Assert.All(whole.Networks, network =>
        {
            var error = network.Value.Zip(parts.Networks[network.Key], (a, b) => Math.Abs(a - b)).Average();
            Assert.True(error < 2e-6, $"{network.Key}: {error}");
        });
        Assert.Equal(whole.Metrics.Scalars.Select(scalar => scalar.Tag), parts.Metrics.Scalars.Select(scalar => scalar.Tag));
        Assert.All(whole.Metrics.Scalars.Zip(parts.Metrics.Scalars), pair => Assert.Equal(pair.First.Value, pair.Second.Value, 1e-4));
    }

    [Fact]
    public void Run_LogsTheVocabulary()
    {
        var run = Training.Run("ppo", "CartPole-v1", new PpoOptions { HiddenLayers = [16], RolloutSteps = 8, Minibatches = 2 }, _training);
        string[] expected =
        [
            "loss/policy", "loss/value", "policy/entropy", "policy/approx_kl", "policy/clip_fraction", "policy/learning_rate",
            "value/explained_variance",
        ];
        Assert.Subset(run.Scalars.Select(scalar => scalar.Tag).ToHashSet(), expected.ToHashSet());
    }

    [Fact]
    public void LoadNetworks_ExportedElsewhere_ActsTheSame()
    {
        using var first = NewAgent(new PpoOptions { HiddenLayers = [16] });
        using var second = NewAgent(new PpoOptions { HiddenLayers = [16] }, new TrainingOptions { Seed = 9 });
        second.LoadNetworks(first.Networks);
        Assert.All(first.Networks, network =>
            Assert.Equal(network.Value.data<float>().ToArray(), second.Networks[network.Key].data<float>().ToArray()));
    }

    [Fact]
    public void Constructor_RolloutThatDoesNotDivide_SaysWhatIsAllowed()
    {
        var error = Assert.Throws<ArgumentException>(() => NewAgent(new PpoOptions { RolloutSteps = 10, Minibatches = 7 }));
        Assert.Contains("agent.minibatches is 7; allowed: divisors of", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_UnboundedActions_SaysWhatIsAllowed()
    {
        var error = Assert.Throws<ArgumentException>(() => new Ppo(new PpoOptions(), _observations, _observations, new TrainingOptions()));
        Assert.Contains("a bounded box of float32", error.Message, StringComparison.Ordinal);
    }
}
