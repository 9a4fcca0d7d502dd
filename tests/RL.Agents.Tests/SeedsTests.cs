using RL.Environments;

namespace RL.Agents.Tests;

public class SeedsTests
{
    [Fact]
    public void Run_NeighbouringSeeds_ShareNoEpisode()
    {
        var returns = Enumerable.Range(0, 4).SelectMany(seed => Returns(seed)).ToList();
        Assert.Equal(4 * 32, returns.Count);
        Assert.Equal(returns.Count, returns.Distinct().Count());
    }

    [Fact]
    public void Of_Purposes_AreIndependent()
    {
        var seeds = Enum.GetValues<Purpose>().SelectMany(purpose => Enumerable.Range(0, 10).Select(seed => Seeds.Of(seed, purpose))).ToList();
        Assert.Equal(seeds.Count, seeds.Distinct().Count());
    }

    // The return of an episode is what its reset drew.
    static IEnumerable<double> Returns(int seed)
    {
        var training = new TrainingOptions { TotalSteps = 32, Copies = 8, Seed = seed, EvaluationInterval = 0, EvaluationEpisodes = 1 };
        using var train = Make(training.Copies);
        using var evaluation = Make(1);
        using var agent = AgentCatalog.Entries["ppo"].Create(
            new PpoOptions { HiddenLayers = [4], RolloutSteps = 4, Minibatches = 2 },
            train.ObservationSpace, train.ActionSpace, training, TimeProvider.System);
        var run = new RecordedRun();
        new TrainingLoop(agent, train, evaluation, training, run, TimeProvider.System).Run(CancellationToken.None);
        return run.Scalars.Where(scalar => scalar.Tag == "episode/return").Select(scalar => scalar.Value);
    }

    static VectorEnvironment<float, int> Make(int copies) => new(
        new EnvironmentSpec("Start", 5, null), null, [.. Enumerable.Range(0, copies).Select(_ => new Start())]);

    sealed class Start : SingleEnvironment<float, int>
    {
        double _drawn;

        public override Space ObservationSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);

        public override Space ActionSpace { get; } = new DiscreteSpace(2);

        public override IReadOnlyList<string> RewardTerms { get; } = ["drawn"];

        public override void Reset(Pcg64 random, Span<float> observation)
        {
            _drawn = random.Uniform(-1, 1);
            observation[0] = (float)_drawn;
        }

        public override StepResult Step(ReadOnlySpan<int> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms)
        {
            (observation[0], rewardTerms[0]) = (0, _drawn);
            return new StepResult(_drawn, Terminated: true);
        }

        public override void Save(BinaryWriter writer) => writer.Write(_drawn);

        public override void Load(BinaryReader reader) => _drawn = reader.ReadDouble();
    }
}
