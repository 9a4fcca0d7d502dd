using RL.Agents;

namespace RL.Runs.Tests;

public sealed class FormerOptionsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    RefinementOptions Resolve(string refine)
    {
        var file = _folder.File("old.json");
        File.WriteAllText(file, $$"""{ "agents": ["td3"], "agent": { "refine": {{refine}} } }""");
        return ((Td3Options)RunOptions.Resolve("td3", "Pendulum-v1", file, []).AgentOptions).Refine;
    }

    [Theory]
    [InlineData("""{ "enabled": true }""", "sharp")]
    [InlineData("""{ "enabled": true, "optimizer": "adr-gd" }""", "adr-gd")]
    [InlineData("""{ "enabled": false, "optimizer": "adr-gd" }""", "none")]
    [InlineData("""{ "explore": { "method": "gradient" } }""", "gradient")]
    public void Read_APresetOfBefore_RefinesWhatIsExecutedWhileTraining(string refine, string method)
    {
        var options = Resolve(refine);

        Assert.Equal(method, options.Explore.Method);
        Assert.False(options.Target.IsOn || options.Guide.IsOn || options.Evaluate.IsOn);
    }

    [Fact]
    public void Read_EverythingOfBefore_IsFoundUnderItsNewName()
    {
        var options = Resolve("""
            {
              "enabled": true, "optimizer": "adr-gd", "critic": "minimum", "start_steps": 7, "probability": 0.5, "radius": 0.3,
              "sharp": { "passes": 20 }, "adr_gd": { "iterations": 30 }
            }
            """);

        Assert.Equal(
            new ExploreRefinement { Method = "adr-gd", Critic = "minimum", StartSteps = 7, Share = 0.5, Radius = 0.3 }, options.Explore);
        Assert.Equal((20, 30), (options.Sharp.Passes, options.AdrGd.Iterations));
    }

    /// <summary>Files of before are converted; what is typed today has today's names.</summary>
    [Fact]
    public void Resolve_AnAssignmentOfBefore_SaysThatThereIsNone() => Assert.Contains(
        "there is no option refine.optimizer",
        Assert.Throws<UserException>(() => RunOptions.Resolve("td3", "Pendulum-v1", null, ["refine.optimizer=sharp"])).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Completed_OptionsOfAnOlderCheckpoint_EqualThoseOfTheRun()
    {
        var run = RunOptions.Resolve("td3", "Pendulum-v1", "adr-gd", []);
        var older = run.Comparable;
        var refine = older["agent"]!["refine"]!.AsObject();
        foreach (var name in new[] { "explore", "target", "guide", "evaluate", "gradient" })
        {
            Assert.True(refine.Remove(name));
        }

        refine["enabled"] = true;
        refine["optimizer"] = "adr-gd";
        refine["radius"] = 1;

        Assert.Equal(
            OptionsJson.Leaves(run.Comparable).OrderBy(leaf => leaf.Key, StringComparer.Ordinal),
            OptionsJson.Leaves(FormerOptions.Completed(older.DeepClone().AsObject(), run)).OrderBy(leaf => leaf.Key, StringComparer.Ordinal));
    }
}
