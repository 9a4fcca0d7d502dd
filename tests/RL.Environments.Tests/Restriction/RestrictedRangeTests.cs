namespace RL.Environments.Tests;

public class RestrictedRangeTests
{
    [Theory]
    [InlineData("Pendulum-v1", 0.33, 2)]
    [InlineData("HalfCheetah-v4", 0.25, 1)]
    [InlineData("Humanoid-v4", 0.5, 0.4)]
    [InlineData("Pusher-v5", 0.1, 2)]
    public void ActionSpace_OfARestrictedRange_IsTheShareOfTheTasks(string id, double range, double whole)
    {
        using var environment = Make(id, range);
        var space = (BoxSpace)environment.ActionSpace;
        var bound = (double)(float)(range * (float)whole);
        Assert.All(space.Low, low => Assert.Equal(-bound, low));
        Assert.All(space.High, high => Assert.Equal(bound, high));
    }

    [Fact]
    public void ActionSpace_OfARangeThatIsNotSymmetric_KeepsItsCentre()
    {
        using var environment = new VectorEnvironment<float, float>(
            new("own", null, null), null, [new RestrictedRange<float>(new Lopsided(), 0.5)]);
        var space = (BoxSpace)environment.ActionSpace;
        Assert.Equal([1.0, -1.0], space.Low.AsEnumerable());
        Assert.Equal([3.0, 0.0], space.High.AsEnumerable());
    }

    [Theory]
    [InlineData("Pendulum-v1")]
    [InlineData("Reacher-v5")]
    [InlineData("Humanoid-v5")]
    public void Check_RestrictedRange_KeepsTheContractAndItsPromise(string id)
    {
        var entry = EnvironmentCatalog.Entries[id];
        var results = entry.Check((BoxTaskOptions)entry.DefaultOptions with { ActionRange = 0.3 });
        Assert.Equal("", string.Join("\n", results.Where(result => !result.Passed).Select(result => result.Sentence)));
        Assert.StartsWith("Restricted actions: beyond env.action_range one", results[^1].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_TaskThatIgnoresItsRange_IsFoundOut()
    {
        var entry = EnvironmentCatalog.Entries["Pendulum-v1"];
        var wrong = entry with { Create = (_, count, threads) => entry.Create(new PendulumOptions(), count, threads) };
        var result = wrong.Check(new PendulumOptions { ActionRange = 0.5 })[^1];
        Assert.False(result.Passed);
        Assert.EndsWith("But: element 0 of an action is from -2 to 2; expected: -1 to 1.", result.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_WholeRange_ChangesNothing()
    {
        using var environment = (VectorEnvironment<double, float>)EnvironmentCatalog.Make("HalfCheetah-v4", 1, new HalfCheetahOptions());
        Assert.IsType<HalfCheetah>(environment.Copies[0]);
    }

    [Fact]
    public void Make_RangeOfZero_IsRefused()
    {
        var exception = Assert.Throws<ArgumentException>(() => Make("Hopper-v4", 0));
        Assert.Contains("ActionRange is 0; allowed: a number, greater than 0 and 1 or less", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Apply_ActionsThatAreNoBoundedBox_AreRefused()
    {
        var exception = Assert.Throws<ArgumentException>(
            () => ActionRestrictions.Apply(new CartPole(new CartPoleOptions()), new PendulumOptions { ActionRange = 0.5 }));
        Assert.Equal("env.action_range is for actions in a bounded box of float32, not for Discrete(2); allowed: 1.", exception.Message);
    }

    static IVectorEnvironment Make(string id, double range) =>
        EnvironmentCatalog.Make(id, 1, (BoxTaskOptions)EnvironmentCatalog.Entries[id].DefaultOptions with { ActionRange = range });

    sealed class Lopsided : SingleEnvironment<float, float>
    {
        public override Space ObservationSpace { get; } = BoxSpace.Uniform(ElementType.Float32, [1], -1, 1);

        public override Space ActionSpace { get; } = new BoxSpace(ElementType.Float32, [2], [0, -1.5], [4, 0.5]);

        public override IReadOnlyList<string> RewardTerms { get; } = ["none"];

        public override void Reset(Pcg64 random, Span<float> observation) => observation[0] = 0;

        public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<float> observation, Span<double> rewardTerms) =>
            new(rewardTerms[0] = 0, Terminated: false);

        public override void Save(BinaryWriter writer)
        {
        }

        public override void Load(BinaryReader reader)
        {
        }
    }
}
