using RL.Environments;
using TorchSharp;

namespace RL.Agents.Tests;

public sealed class AttackedEvaluationTests
{
    const int Episodes = 5;
    const ulong Seed = 3;

    static T With<T>(Func<IAgent, IPolicyNetwork, IVectorEnvironment, ObservationUnits, T> test, string name = "td3")
    {
        using var scope = torch.NewDisposeScope();
        using var environment = EnvironmentCatalog.Make("Pendulum-v1", 2);
        object options = name == "td3" ? new Td3Options { HiddenLayers = [16, 16] } : new DdpgOptions { HiddenLayers = [16, 16] };
        using var agent = AgentCatalog.Entries[name].Create(
            options, environment.ObservationSpace, environment.ActionSpace, new TrainingOptions(), TimeProvider.System);
        var units = ObservationUnits.Of(environment.ObservationSpace, new RunningMoments([0, 0, 0], [0.5, 0.5, 9]), torch.CPU);
        return test(agent, ((IAttackable)agent).PolicyNetwork, environment, units);
    }

    [Theory]
    [InlineData("td3")]
    [InlineData("ddpg")]
    public void Run_NothingChanged_EqualsEvaluationBitForBit(string agent) => With(
        (player, policy, environment, units) =>
        {
            var clean = Evaluation.Run(player, environment, Episodes, Seed, 0);
            foreach (var options in new ObservationAttackOptions[]
            {
                new() { Method = "pgd", Epsilon = 0 },
                new() { Method = "adr-gd", Epsilon = 0, Passes = 2 },
                new() { Method = "noise", Epsilon = 0.5, Budget = 0 },
                new() { Method = "fgsm", Epsilon = 0.5, Confidence = 1 },
            })
            {
                var attacked = AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed);

                Assert.Equal(clean.Returns, attacked.Evaluation.Returns);
                Assert.Equal(clean.Lengths, attacked.Evaluation.Lengths);
                Assert.Equal(clean.Lengths.Sum(), attacked.Steps);
                Assert.Equal(0, attacked.Flipped);
            }

            return 0;
        },
        agent);

    [Fact]
    public void Run_Budget_AttacksTheFirstStepsOfEachEpisode() => With((_, policy, environment, units) =>
    {
        var options = new ObservationAttackOptions { Method = "pgd", Epsilon = 0.2, Budget = 7, Passes = 4 };

        var attacked = AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed);

        Assert.Equal(7 * Episodes, attacked.AttackedSteps);
        Assert.Equal(4, attacked.GradientPasses);
        Assert.True(attacked.Loss > 0);
        return 0;
    });

    [Fact]
    public void Run_Confidence_AttacksOnlyWhereItIsExceeded() => With((_, policy, environment, units) =>
    {
        long Attacked(double confidence) => AttackedEvaluation.Run(
            policy, environment, units, new() { Method = "noise", Epsilon = 0, Confidence = confidence }, Episodes, Seed).AttackedSteps;

        var (all, some) = (Attacked(0), Attacked(0.1));
        Assert.InRange(some, 1, all - 1);
        return 0;
    });

    [Fact]
    public void Run_SameSeed_SameBits() => With((_, policy, environment, units) =>
    {
        var options = new ObservationAttackOptions { Method = "sharp", Epsilon = 0.2, Budget = 10, Seed = 1 };
        AttackedEvaluationResult Run() =>
            AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed) with { MillisecondsPerStep = 0 };

        var (first, second) = (Run(), Run());

        Assert.Equal(first.Evaluation.Returns, second.Evaluation.Returns);
        Assert.Equal(first with { Evaluation = second.Evaluation }, second);
        return 0;
    });
}
