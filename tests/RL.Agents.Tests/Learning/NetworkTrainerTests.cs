using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class NetworkTrainerTests
{
    [Theory]
    [InlineData("td3", false)]
    [InlineData("ddpg", false)]
    [InlineData("td3", true)]
    [InlineData("ddpg", true)]
    [InlineData("td3", false, 3)]
    public void Learn_ByHand_EqualsAutogradButForRounding(string agent, bool isGuided, int actors = 1)
    {
        var (plain, plainLog) = Learn(agent, GradientMethod.Autograd, isGuided, actors);
        var (fast, fastLog) = Learn(agent, GradientMethod.ByHand, isGuided, actors);
        Assert.Equal(plain.Keys, fast.Keys);
        foreach (var (name, expected) in plain)
        {
            // Adam divides by the gradient's own size, so that a rounding of a gradient near zero may move a weight by a step.
            var error = expected.Zip(fast[name], (a, b) => Math.Abs(a - b)).Average();
            Assert.True(error < 2e-6, $"{name}: {error}");
        }

        Assert.Equal(plainLog.Select(entry => entry.Tag), fastLog.Select(entry => entry.Tag));
        Assert.All(
            plainLog.Zip(fastLog).Where(pair => pair.First.Tag != "refine/guide_ms"),
            pair => Assert.Equal(pair.First.Value, pair.Second.Value, 1e-4));
    }

    [Fact]
    public void DescendCritics_ByHand_AllocatesNothing()
    {
        using var generator = new Generator(1, CPU);
        Actor NewActor() => new(5, 2, [16, 16], generator);
        Critic NewCritic() => new(5, 2, [16, 16], generator);
        var networks = new ActorCritic([NewActor()], [NewCritic(), NewCritic()], [NewActor()], [NewCritic(), NewCritic()]);
        using var trainer = new FastTrainer(networks, new Rates(1e-3, 1e-3), batchSize: 8);
        var (s, a, y) = (zeros(8, 5), zeros(8, 2), zeros(8, 1));
        void Step()
        {
            trainer.DescendCritics(s, a, y);
            trainer.AscendActor(0, s);
            trainer.MoveTargets(0.005);
        }

        Assert.Equal(0, Allocation.Least(Step));
    }

    [Fact]
    public void Create_ByHandElsewhereThanOnTheCpu_SaysWhatIsAllowed()
    {
        // A CUDA device cannot even be named where there is none.
        var exception = Assert.Throws<ArgumentException>(
            () => NetworkTrainers.Create(GradientMethod.ByHand, null!, default, 1, META));
        Assert.Contains("by_hand; allowed: auto or autograd, because the networks are on meta", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_StateOfAnotherMethod_ThrowsInvalidData()
    {
        var (plain, fast) = (NewAgent("td3", GradientMethod.Autograd), NewAgent("td3", GradientMethod.ByHand));
        using var _ = plain;
        using var __ = fast;
        var bytes = new MemoryStream();
        fast.Save(new BinaryWriter(bytes));
        bytes.Position = 0;
        var exception = Assert.Throws<InvalidDataException>(() => plain.Load(new BinaryReader(bytes)));
        Assert.Contains("training.gradients", exception.Message, StringComparison.Ordinal);
    }

    static readonly BoxSpace _observations = BoxSpace.Uniform(ElementType.Float64, [11], double.NegativeInfinity, double.PositiveInfinity);
    static readonly BoxSpace _actions = BoxSpace.Uniform(ElementType.Float32, [3], -1, 1);

    static OffPolicyAgent NewAgent(string agent, GradientMethod method, bool isGuided = false, int actors = 1)
    {
        // A large weight, so that the guide counts beside the actor's own gradient.
        var refine = new RefinementOptions { Guide = new() { Method = isGuided ? "gradient" : "none", Weight = 100 } };
        var training = new TrainingOptions { Gradients = method };
        return agent == "td3"
            ? new Td3(new Td3Options { StartSteps = 0, ReplayCapacity = 500, HiddenLayers = [64, 48], BatchSize = 64, Actors = actors, Refine = refine },
                _observations, _actions, training, TimeProvider.System)
            : new Ddpg(
                new DdpgOptions
                {
                    StartSteps = 0, ReplayCapacity = 500, HiddenLayers = [64, 48], BatchSize = 64, CriticWeightDecay = 1e-2, Refine = refine,
                },
                _observations, _actions, training, TimeProvider.System);
    }

    static (Dictionary<string, float[]> Networks, List<(string Tag, double Value)> Log) Learn(string agent, GradientMethod method, bool isGuided, int actors)
    {
        using var learner = NewAgent(agent, method, isGuided, actors);
        var outcome = new StepOutcome(_observations, _actions, 0, 1);
        var (random, metrics) = (new Pcg64(0), new RecordedMetrics());
        for (var i = 0; i < 500; i++)
        {
            _observations.Sample(random, outcome.Observations, 0);
            _observations.Sample(random, outcome.NextObservations, 0);
            _actions.Sample(random, outcome.Actions, 0);
            outcome.Rewards[0] = random.NextGaussian();
            outcome.Terminated[0] = i % 50 == 0;
            learner.Observe(outcome);
        }

        for (var i = 0; i < 20; i++)
        {
            learner.Learn(metrics);
        }

        return (learner.Networks.ToDictionary(pair => pair.Key, pair => pair.Value.data<float>().ToArray()), metrics.Scalars);
    }
}
