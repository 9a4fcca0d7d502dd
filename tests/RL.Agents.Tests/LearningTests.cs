using RL.InputOpt;

namespace RL.Agents.Tests;

/// <summary>Every agent learns to swing Pendulum up; a random policy's return is about −1200.</summary>
public class LearningTests
{
    static readonly TrainingOptions _training = new()
    {
        TotalSteps = 10_000, Seed = 1, EvaluationInterval = 0, EvaluationEpisodes = 10, CheckpointInterval = 0,
    };

    [Fact]
    public void Td3_Pendulum_SwingsUp() => AssertSwingsUp("td3", new Td3Options
    {
        HiddenLayers = [64, 64], BatchSize = 64, StartSteps = 1_000, ActorLearningRate = 1e-3, CriticLearningRate = 1e-3,
    });

    [Fact]
    public void Td3_PendulumRefined_SwingsUp() => AssertSwingsUp("td3", new Td3Options
    {
        HiddenLayers = [64, 64], BatchSize = 64, StartSteps = 1_000, ActorLearningRate = 1e-3, CriticLearningRate = 1e-3,
        Refine = new() { Enabled = true, Optimizer = "adr-gd", Probability = 0.1, AdrGd = AdrGdOptions.ActionRefinement with { Iterations = 20 } },
    });

    [Fact]
    public void Ddpg_Pendulum_SwingsUp() => AssertSwingsUp("ddpg", new DdpgOptions
    {
        HiddenLayers = [64, 64], BatchSize = 64, StartSteps = 1_000,
    });

    static void AssertSwingsUp(string agent, object options)
    {
        var run = Training.Run(agent, "Pendulum-v1", options, _training);
        Assert.InRange(run.Evaluations[^1].Mean, -300, 0);
    }
}
