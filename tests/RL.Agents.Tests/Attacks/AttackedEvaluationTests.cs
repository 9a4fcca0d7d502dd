using RL.Environments;
using TorchSharp;

namespace RL.Agents.Tests;

public sealed class AttackedEvaluationTests
{
    const int Episodes = 3;
    const ulong Seed = 3;

    static void With(
        Action<IAgent, IPolicyNetwork, IVectorEnvironment, ObservationUnits> test,
        string name = "td3",
        string task = "Pendulum-v1",
        ActivationKind activation = ActivationKind.Relu)
    {
        using var scope = torch.NewDisposeScope();
        using var environment = EnvironmentCatalog.Make(
            task, 2, task == "procgen:fruitbot" ? new FruitBotOptions { DistributionMode = DistributionMode.Easy } : null);
        var space = environment.ObservationSpace;
        object options = name switch
        {
            "td3" => new Td3Options { HiddenLayers = [16, 16] },
            "ddpg" => new DdpgOptions { HiddenLayers = [16, 16] },
            _ => new PpoOptions
            {
                HiddenLayers = [16, 16],
                Activation = activation,
                Network = space.Size > 1000 ? NetworkKind.Small : NetworkKind.Auto,
            },
        };
        using var agent = AgentCatalog.Entries[name].Create(
            options, space, environment.ActionSpace, new TrainingOptions(), TimeProvider.System);
        var ones = Enumerable.Repeat(1.0, space.Size).ToArray();
        var units = ObservationUnits.NeedDeviation(space)
            ? ObservationUnits.Of(space, new RunningMoments(ones, ones), torch.CPU)
            : ObservationUnits.Of(space, torch.CPU);
        test(agent, ((IAttackable)agent).PolicyNetwork!, environment, units);
    }

    [Theory]
    [InlineData("td3", "Pendulum-v1")]
    [InlineData("ddpg", "Pendulum-v1")]
    [InlineData("ppo", "Pendulum-v1")]
    [InlineData("ppo", "CartPole-v1")]
    [InlineData("ppo", "CartPole-v1", ActivationKind.Tanh)]
    [InlineData("ppo", "procgen:fruitbot")]
    public void Run_NothingChanged_EqualsEvaluationBitForBit(
        string agent, string task, ActivationKind activation = ActivationKind.Relu) => With(
        (player, policy, environment, units) =>
        {
            // A game lasts some hundred steps.
            var episodes = task == "procgen:fruitbot" ? 1 : Episodes;
            var clean = Evaluation.Run(player, environment, episodes, Seed, 0);
            foreach (var options in new ObservationAttackOptions[]
            {
                new() { Method = "pgd", Epsilon = 0 },
                new() { Method = "adr-gd", Epsilon = 0, Passes = 2 },
                new() { Method = "noise", Epsilon = 0.5, Budget = 0 },
                new() { Method = "fgsm", Epsilon = 0.5, Confidence = 1 },
            })
            {
                var attacked = AttackedEvaluation.Run(policy, environment, units, options, episodes, Seed);

                Assert.Equal(clean.Returns, attacked.Evaluation.Returns);
                Assert.Equal(clean.Lengths, attacked.Evaluation.Lengths);
                Assert.Equal(clean.Lengths.Sum(), attacked.Steps);
                Assert.Equal(0, attacked.Flipped);
            }
        },
        agent,
        task,
        activation);

    [Theory]
    [InlineData("Pendulum-v1")]
    [InlineData("CartPole-v1")]
    public void Run_NothingChangedAndActionsDrawn_EqualsEvaluationBitForBit(string task) => With(
        (player, policy, environment, units) =>
        {
            var options = new ObservationAttackOptions { Method = "pgd", Epsilon = 0 };
            var attacked = AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed, explore: true);
            var again = AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed, explore: true);
            var greedy = AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed);

            Assert.Equal(Evaluation.Run(player, environment, Episodes, Seed, 0, explore: true).Returns, attacked.Evaluation.Returns);
            Assert.Equal(attacked.Evaluation.Returns, again.Evaluation.Returns);
            Assert.NotEqual(attacked.Evaluation.Returns, greedy.Evaluation.Returns);
        },
        "ppo",
        task);

    [Fact]
    public void Run_Budget_AttacksTheFirstStepsOfEachEpisode() => With((_, policy, environment, units) =>
    {
        var options = new ObservationAttackOptions { Method = "pgd", Epsilon = 0.2, Budget = 7, Passes = 4 };

        var attacked = AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed);

        Assert.Equal(7 * Episodes, attacked.AttackedSteps);
        Assert.Equal(4, attacked.GradientPasses);
        Assert.True(attacked.Loss > 0);
    });

    [Fact]
    public void Run_Confidence_AttacksOnlyWhereItIsExceeded() => With((_, policy, environment, units) =>
    {
        long Attacked(double confidence)
        {
            var options = new ObservationAttackOptions { Method = "noise", Epsilon = 0, Confidence = confidence };
            return AttackedEvaluation.Run(policy, environment, units, options, Episodes, Seed).AttackedSteps;
        }

        var (all, some) = (Attacked(0), Attacked(0.1));
        Assert.InRange(some, 1, all - 1);
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
    });
}
