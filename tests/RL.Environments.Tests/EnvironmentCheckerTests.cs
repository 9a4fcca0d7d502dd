namespace RL.Environments.Tests;

public class EnvironmentCheckerTests
{
    public static TheoryData<string> Ids => [.. EnvironmentCatalog.Entries.Keys];

    [Theory]
    [MemberData(nameof(Ids))]
    public void Check_EveryEnvironmentOfTheCatalogue_KeepsTheContract(string id)
    {
        var results = EnvironmentChecker.Check(count => EnvironmentCatalog.Make(id, count), steps: 100);
        Assert.Equal("", string.Join("\n", results.Where(result => !result.Passed).Select(result => result.Sentence)));
        Assert.Equal(14, results.Count);
    }

    [Fact]
    public void Check_BrokenEnvironments_AreFoundOut()
    {
        AssertFinds("no reset noise", "Copies differ", (_, _) => { }, noise: 0);
        AssertFinds("NaN observation", "Observations lie in their space", (observation, _) => observation[0] = float.NaN);
        AssertFinds("terms do not sum", "The reward terms sum", (_, terms) => terms[0] += 1);
        AssertFinds("allocates", "A step allocates", (_, _) => GC.KeepAlive(new object()));
        var ambient = 0;
        AssertFinds("depends on more than the seed", "The same seed", (observation, _) => observation[0] = ambient++ * 1e-6f);
    }

    static void AssertFinds(string name, string promise, Step step, float noise = 1)
    {
        var spec = new EnvironmentSpec(name, 20, null);
        var results = EnvironmentChecker.Check(count => new VectorEnvironment<float, float>(
            spec, null, [.. Enumerable.Range(0, count).Select(_ => new Toy(noise, step))]));
        Assert.Contains(results, result => !result.Passed && result.Sentence.StartsWith(promise, StringComparison.Ordinal));
    }

    delegate void Step(Span<float> observation, Span<double> rewardTerms);

    // A task that is sound until a step breaks it.
    sealed class Toy(float noise, Step step) : SingleEnvironment<float, float>
    {
        float _x;

        public override Space ObservationSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -100, 100);

        public override Space ActionSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);

        public override IReadOnlyList<string> RewardTerms { get; } = ["x"];

        public override void Reset(Pcg64 random, Span<float> observation) => observation[0] = _x = noise * random.NextSingle();

        public override StepResult Step(
            ReadOnlySpan<float> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms)
        {
            _x += action[0];
            observation[0] = _x;
            rewardTerms[0] = _x;
            step(observation, rewardTerms);
            return new StepResult(_x, Terminated: false);
        }

        public override void Save(BinaryWriter writer) => writer.Write(_x);

        public override void Load(BinaryReader reader) => _x = reader.ReadSingle();
    }
}
