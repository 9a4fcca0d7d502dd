using System.Collections.Concurrent;
using RL.InputOpt;

namespace RL.Agents.Tests;

public class TrainingLoopTests
{
    static readonly TrainingOptions _training = new()
    {
        TotalSteps = 500, Seed = 3, EvaluationInterval = 200, EvaluationEpisodes = 2, CheckpointInterval = 250, LogInterval = 100,
    };

    /// <summary>Small networks, every feature on.</summary>
    public static TheoryData<string, string> Agents { get; } = new()
    {
        { "td3", "step" }, { "td3", "episode_end" }, { "td3", "refined" }, { "td3", "copies" },
        { "td3", "normalized" }, { "td3", "autograd" }, { "ddpg", "step" }, { "ddpg", "refined" },
        { "td3", "everywhere" }, { "ddpg", "everywhere" }, { "td3", "everywhere autograd" }, { "sac", "everywhere" },
        { "sac", "copies" }, { "sac", "autograd" }, { "maxq", "copies" }, { "maxq", "autograd" },
        { "ppo", "step" }, { "ppo", "copies" }, { "ppo", "normalized" },
    };

    static object Options(string agent, string variant)
    {
        var refine = variant == "refined" ? new RefinementOptions
        {
            Explore = new() { Method = "adr-gd" }, AdrGd = AdrGdOptions.ActionRefinement with { Iterations = 10 },
        }
        : variant.StartsWith("everywhere", StringComparison.Ordinal) ? new RefinementOptions
        {
            Explore = new() { Method = "sharp", Passes = 20 },
            Target = new() { Method = "sharp", Passes = 20, Share = 0.7, StartSteps = 250 },
            Guide = new() { Method = "sharp", Passes = 20, Share = 0.5 },
            Evaluate = new() { Method = "sharp", Passes = 20 },
        }
        : new();
        var updateAt = variant == "episode_end" ? UpdateAt.EpisodeEnd : UpdateAt.Step;
        return agent == "sac" ? new SacOptions { HiddenLayers = [16, 16], BatchSize = 16, StartSteps = 100, Refine = refine }
            : agent == "maxq" ? new MaxQOptions
            {
                HiddenLayers = [8, 8], BatchSize = 16, StartSteps = 100, CertifyEvery = 50, Act = new() { Passes = 10 },
                Target = new() { Method = "sharp", Passes = 5 },
            }
            : agent == "ppo" ? new PpoOptions { HiddenLayers = [16, 16], RolloutSteps = 48, Minibatches = 4, AnnealLearningRate = true }
            : agent == "td3"
            ? new Td3Options { HiddenLayers = [16, 16], BatchSize = 16, StartSteps = 100, UpdateAt = updateAt, Refine = refine }
            : new DdpgOptions
            {
                HiddenLayers = [16, 16], BatchSize = 16, StartSteps = 100, UpdateAt = updateAt, Refine = refine,
                Noise = new() { Kind = NoiseKind.OrnsteinUhlenbeck, Sigma = 0.2 },
            };
    }

    static TrainingOptions TrainingOf(string variant) => _training with
    {
        Copies = variant is "copies" or "normalized" ? 2 : 1,
        Gradients = variant.EndsWith("autograd", StringComparison.Ordinal) ? GradientMethod.Autograd : GradientMethod.ByHand,
        Normalize = new() { Observations = variant == "normalized", Rewards = variant == "normalized" },
    };

    /// <summary>A whole run of each, which several tests compare others with.</summary>
    static RecordedRun Whole(string agent, string variant) => _whole.GetOrAdd((agent, variant), static of => new(() =>
        Training.Run(of.Agent, "Pendulum-v1", Options(of.Agent, of.Variant), TrainingOf(of.Variant)))).Value;

    static readonly ConcurrentDictionary<(string Agent, string Variant), Lazy<RecordedRun>> _whole = new();

    [Theory]
    [MemberData(nameof(Agents))]
    public void Run_SameSeed_SameRunBitForBit(string agent, string variant)
    {
        var again = Training.Run(agent, "Pendulum-v1", Options(agent, variant), TrainingOf(variant));
        Assert.Equal(Whole(agent, variant).Deterministic, again.Deterministic);
        Assert.Equal(Whole(agent, variant).Checkpoints[^1].Bytes, again.Checkpoints[^1].Bytes);
    }

    [Theory]
    [InlineData("td3")]
    [InlineData("ddpg")]
    [InlineData("sac")]
    [InlineData("maxq")]
    [InlineData("ppo")]
    public void Run_AnotherSeed_IsAnotherRun(string agent)
    {
        var other = Training.Run(agent, "Pendulum-v1", Options(agent, "copies"), TrainingOf("copies") with { Seed = 4 });
        Assert.NotEqual(Whole(agent, "copies").Evaluations[0].Returns, other.Evaluations[0].Returns);
        Assert.NotEqual(Whole(agent, "copies").Checkpoints[^1].Bytes, other.Checkpoints[^1].Bytes);
    }

    [Theory]
    [MemberData(nameof(Agents))]
    public void Run_ResumedFromCheckpoint_EqualsUninterrupted(string agent, string variant)
    {
        var whole = Whole(agent, variant);
        var (step, checkpoint) = whole.Checkpoints[0];
        Assert.Equal(250, step);

        var rest = Training.Run(agent, "Pendulum-v1", Options(agent, variant), TrainingOf(variant), resumeFrom: checkpoint);
        Assert.Equal(whole.Deterministic.Where(s => s.Step > step), rest.Deterministic);
        Assert.Equal(whole.Checkpoints[^1].Bytes, rest.Checkpoints[^1].Bytes);
        Assert.Equal(whole.Evaluations[^1].Returns, rest.Evaluations[^1].Returns);
    }

    [Fact]
    public void Run_Cancelled_KeepsCheckpointOfTheCurrentStep()
    {
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        var run = Training.Run("td3", "Pendulum-v1", Options("td3", "step"), _training, stop: stop.Token);
        Assert.Equal(0, Assert.Single(run.Checkpoints).Step);
        Assert.Empty(run.Evaluations);
    }

    [Fact]
    public void Run_IntervalsThatDoNotDivide_EvaluatesAndKeepsTheEnd()
    {
        var training = _training with { TotalSteps = 230, CheckpointInterval = 0 };
        var run = Training.Run("td3", "Pendulum-v1", Options("td3", "step"), training);
        Assert.Equal([200L, 230L], run.Evaluations.Select(e => e.Step));
        Assert.Equal([230L], run.Checkpoints.Select(c => c.Step));
    }

    [Fact]
    public void Run_LogsTheVocabulary()
    {
        var run = Whole("td3", "refined");
        string[] expected =
        [
            "episode/return", "episode/length", "evaluation/return", "loss/critic", "loss/actor", "value/q1",
            "refine/gain", "refine/ms", "refine/share", "time/steps_per_second",
        ];
        Assert.Subset(run.Scalars.Select(s => s.Tag).ToHashSet(), expected.ToHashSet());
        Assert.All(run.Scalars.Where(s => s.Tag == "refine/gain"), s => Assert.True(s.Value >= 0));
        Assert.All(run.Scalars.Where(s => s.Tag == "refine/share"), s => Assert.InRange(s.Value, 0.05, 0.6));
    }

    [Theory]
    [InlineData("td3")]
    [InlineData("ddpg")]
    [InlineData("sac")]
    public void Run_RefinedInUpdates_LogsGainsThatAreNeverNegative(string agent)
    {
        var run = Whole(agent, "everywhere");

        foreach (var tag in new[] { "refine/target_gain", "refine/guide_gain", "loss/guide" })
        {
            Assert.All(run.Scalars.Where(s => s.Tag == tag), s => Assert.True(s.Value >= 0));
            Assert.Contains(run.Scalars, s => s.Tag == tag && s.Value > 0);
        }

        Assert.DoesNotContain(run.Scalars, s => s.Tag == "refine/target_gain" && s.Step <= 200);
        Assert.Contains(run.Scalars, s => s.Tag == "refine/guide_gain" && s.Step <= 200);
    }

    /// <summary>What evaluations refine leaves no trace in training.</summary>
    [Fact]
    public void Run_RefinedWhenPlaying_TrainsTheSameAgent()
    {
        var plain = (Td3Options)Options("td3", "step");
        var played = plain with { Refine = new() { Evaluate = new() { Method = "sharp", Radius = 1 } } };

        var (one, other) = (Whole("td3", "step"), Training.Run("td3", "Pendulum-v1", played, _training));

        Assert.Equal(one.Checkpoints[^1].Bytes, other.Checkpoints[^1].Bytes);
        Assert.NotEqual(one.Evaluations[^1].Returns, other.Evaluations[^1].Returns);
    }

    [Fact]
    public void Run_RefinementThatStartsLater_RefinesNoActionBefore()
    {
        var refined = (Td3Options)Options("td3", "refined");
        var later = refined with { Refine = refined.Refine with { Explore = refined.Refine.Explore with { StartSteps = 300, Share = 1 } } };

        var run = Training.Run("td3", "Pendulum-v1", later, _training);

        var shares = run.Scalars.Where(s => s.Tag == "refine/share").ToDictionary(s => s.Step, s => s.Value);
        Assert.Equal((0, 0, 1, 1), (shares[200], shares[300], shares[400], shares[500]));
    }

    [Fact]
    public void Load_OtherAgent_ThrowsInvalidData()
    {
        var run = Training.Run("td3", "Pendulum-v1", Options("td3", "step"), _training);
        var other = (Td3Options)Options("td3", "step") with { ReplayCapacity = 77 };
        var error = Assert.Throws<InvalidDataException>(
            () => Training.Run("td3", "Pendulum-v1", other, _training, resumeFrom: run.Checkpoints[0].Bytes));
        Assert.Contains("77", error.Message, StringComparison.Ordinal);
    }
}
