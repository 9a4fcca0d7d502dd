namespace RL.Environments.Tests;

public class RestrictedBallsTests
{
    public static TheoryData<string> Ids =>
    [
        .. EnvironmentCatalog.Entries.Values.Where(entry => entry.DefaultOptions is RestrictableTaskOptions).Select(entry => entry.Spec.Id),
    ];

    [Fact]
    public void Ids_AreTheRestrictedTasksOfTheLiterature()
    {
        string[] tasks = ["HalfCheetah", "Hopper", "Walker2d", "Ant", "Swimmer", "InvertedPendulum", "InvertedDoublePendulum"];
        Assert.Equal(tasks.SelectMany(task => new[] { $"{task}-v4", $"{task}-v5" }), Ids.Select(row => row.Data));
    }

    [Theory]
    [InlineData("HalfCheetah-v4")]
    [InlineData("Hopper-v5")]
    [InlineData("Ant-v5")]
    [InlineData("InvertedPendulum-v4")]
    [InlineData("InvertedDoublePendulum-v5")]
    public void Check_RestrictedTask_KeepsTheContractAndThePromiseOfItsRestriction(string id)
    {
        var entry = EnvironmentCatalog.Entries[id];
        var results = entry.Check((RestrictableTaskOptions)entry.DefaultOptions with { Restrict = ActionRestriction.Balls });
        Assert.Equal("", string.Join("\n", results.Where(result => !result.Passed).Select(result => result.Sentence)));
        Assert.StartsWith("Restricted actions: outside of all balls", results[^1].Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Check_BothRestrictions_AreOnePromise()
    {
        var entry = EnvironmentCatalog.Entries["InvertedPendulum-v4"];
        var options = new InvertedPendulumOptions { Restrict = ActionRestriction.Balls, ActionRange = 0.5 };
        Assert.StartsWith(
            "Restricted actions: beyond env.action_range one has the effect of the bound; outside of all balls it is worth -10 and has the "
            + "effect of -1;",
            entry.Check(options)[^1].Sentence,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Check_AnotherRestriction_IsFoundOut()
    {
        // The entry makes other balls than its options say.
        var entry = EnvironmentCatalog.Entries["Hopper-v4"];
        var wrong = entry with { Create = (options, count, threads) => entry.Create((HopperOptions)options with { RestrictSize = 1.2 }, count, threads) };
        var result = wrong.Check(new HopperOptions { Restrict = ActionRestriction.Balls })[^1];
        Assert.False(result.Passed);
        Assert.Contains("But: the reward of step", result.Sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void Step_InvalidAction_IsWorthMinusTenAndMeasuredAsInvalid()
    {
        using var environment = EnvironmentCatalog.Make(
            "Hopper-v4", 2, new HopperOptions { Restrict = ActionRestriction.Balls, RestrictSize = 1e-9 });
        Assert.Equal(["task", "invalid"], environment.RewardTerms);
        Assert.Equal(["action/valid"], environment.Measures);
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 2);
        var centre = new ActionBalls(3, 1).Centres[..3].ToArray();
        for (var i = 0; i < 3; i++)
        {
            actions.Set(1, i, (2 * centre[i]) - 1);
        }

        var outcome = environment.Step(actions);
        Assert.Equal([1.0, 0.0], [.. outcome.Measures.Select(value => 1 - value)]);
        Assert.Equal((-10, 0.0, -10.0), (outcome.Rewards[0], outcome.RewardTerms[0], outcome.RewardTerms[1]));
        Assert.Equal((outcome.Rewards[1], 0.0), (outcome.RewardTerms[2], outcome.RewardTerms[3]));
    }

    [Theory]
    [InlineData("InvertedPendulum-v4", 1)]
    [InlineData("InvertedDoublePendulum-v5", 1)]
    [InlineData("Swimmer-v4", 0)]
    public void Step_FirstOfAnEpisode_CountsAsValidForPendulumsAlsoAfterALoad(string id, double expected)
    {
        var options = (RestrictableTaskOptions)EnvironmentCatalog.Entries[id].DefaultOptions with { Restrict = ActionRestriction.Balls, RestrictSize = 1e-6 };
        using var environment = EnvironmentCatalog.Make(id, 1, options);
        environment.Reset(0);
        using var other = EnvironmentCatalog.Make(id, 1, options);
        Load(Save(environment), other);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        Assert.Equal(expected, environment.Step(actions).Measures[0]);
        Assert.Equal(expected, other.Step(actions).Measures[0]);
        Assert.Equal(0, environment.Step(actions).Measures[0]);
        Load(Save(environment), other);
        Assert.Equal(0, other.Step(actions).Measures[0]);
    }

    [Fact]
    public void Load_StateOfOtherBalls_IsRefused()
    {
        var options = new HopperOptions { Restrict = ActionRestriction.Balls };
        using var environment = EnvironmentCatalog.Make("Hopper-v4", 1, options);
        using var other = EnvironmentCatalog.Make("Hopper-v4", 1, options with { RestrictSize = 1.65 });
        environment.Reset(0);
        Assert.Throws<InvalidDataException>(() => Load(Save(environment), other));
    }

    // Recorded with this implementation, so that what is published stays what it was. RL_RECORD=FOLDER records anew.
    [Theory]
    [InlineData("InvertedPendulum-v4", 1.0)]
    [InlineData("InvertedDoublePendulum-v4", 1.0)]
    [InlineData("Swimmer-v4", 1.0)]
    [InlineData("Hopper-v4", 1.0)]
    [InlineData("HalfCheetah-v4", 1.0)]
    [InlineData("Walker2d-v4", 1.0)]
    [InlineData("Ant-v4", 1.0)]
    [InlineData("HalfCheetah-v4", 0.25)]
    public void Replay_OwnTrace_IsBitEqual(string id, double range)
    {
        const int Steps = 120;
        var defaults = (RestrictableTaskOptions)EnvironmentCatalog.Entries[id].DefaultOptions;
        var options = range < 1 ? defaults with { ActionRange = range } : defaults with { Restrict = ActionRestriction.Balls };
        var name = range < 1 ? $"{id}-range.json.gz" : $"{id}-balls.json.gz";
        if (Environment.GetEnvironmentVariable("RL_RECORD") is { } folder)
        {
            TraceRecorder.Write(Path.Combine(folder, name), TraceRecorder.Record(id, Steps, options));
        }

        var report = TraceReplay.Replay(Path.Combine(AppContext.BaseDirectory, "golden", "restricted", name), id);
        Assert.Equal(new TraceReport(0, 0, 0, 1, Steps), report);
    }

    static byte[] Save(IVectorEnvironment environment)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        environment.Save(writer);
        return stream.ToArray();
    }

    static void Load(byte[] state, IVectorEnvironment environment)
    {
        using var reader = new BinaryReader(new MemoryStream(state));
        environment.Load(reader);
    }
}
