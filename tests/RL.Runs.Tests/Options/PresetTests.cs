using RL.Agents;

namespace RL.Runs.Tests;

public sealed class PresetTests
{
    public static TheoryData<string, string> All =>
        [.. Preset.Names.SelectMany(name => Preset.Load(name).Agents.Select(agent => (name, agent)))];

    [Fact]
    public void Names_EveryAgentWithAndWithoutRefinement_AreThere() => Assert.Superset(
        new[] { "td3", "ddpg" }
            .SelectMany(agent => new[] { "", "-adr-gd", "-paper", "-adr-gd-paper" }.Select(variant => agent + variant)).ToHashSet(),
        Preset.Names.ToHashSet());

    [Theory]
    [InlineData("adr-gd", "td3", "td3-adr-gd")]
    [InlineData("adr-gd-paper", "ddpg", "ddpg-adr-gd-paper")]
    [InlineData("td3-paper", "td3", "td3-paper")]
    [InlineData("lillicrap", "ddpg", "ddpg-lillicrap")]
    [InlineData(null, "ddpg", "ddpg")]
    public void Find_NameWithOrWithoutItsAgent_IsThatPreset(string? given, string agent, string expected) =>
        Assert.Equal(expected, Preset.Find(given, agent).Name);

    [Theory]
    [InlineData("td3")]
    [InlineData("ddpg")]
    public void Find_PaperVariants_DifferInTheRefinementAlone(string agent)
    {
        var (plain, refined) = (
            RunOptions.Resolve(agent, "Pendulum-v1", "paper", []).Tree, RunOptions.Resolve(agent, "Pendulum-v1", "adr-gd-paper", []).Tree);
        var different = plain.Keys.Where(key => plain[key]?.ToJsonString() != refined[key]?.ToJsonString()).Select(key => key.Path);
        Assert.Equal(["agent.refine.explore.method"], different);
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Load_EveryPreset_FitsEachOfItsAgents(string preset, string agent)
    {
        var options = RunOptions.Resolve(agent, "Pendulum-v1", preset, []);

        Assert.Equal(preset, options.Preset);
        Assert.False(string.IsNullOrEmpty(Preset.Load(preset).Summary));
        if (options.Document.Agent["refine"] is { } refine)
        {
            var method = preset.Contains("adr-gd") ? "adr-gd" : preset.Contains("sharp") ? "sharp" : "none";
            Assert.Equal(method, refine["explore"]!["method"]!.GetValue<string>());
        }
    }

    [Fact]
    public void Resolve_PaperWithAssignments_LaysThemOnTop()
    {
        var options = RunOptions.Resolve("td3", "Pendulum-v1", "paper", ["batch_size=7", "training.seed=5"]);
        var agent = (Td3Options)options.AgentOptions;

        Assert.Equal([400, 300], agent.HiddenLayers);
        Assert.Equal((7, 1e-3, 5), (agent.BatchSize, agent.ActorLearningRate, options.Training.Seed));
    }

    [Fact]
    public void Resolve_DefaultPreset_IsTheRecordsDefaults()
    {
        var tree = RunOptions.Resolve("td3", "Pendulum-v1", null, []).Tree;

        Assert.All(tree.Keys, key => Assert.Equal(key.Default?.ToJsonString(), tree[key]?.ToJsonString()));
    }

    [Theory]
    [InlineData("training.total_steps=10000", true)]
    [InlineData("training.total_steps=10001", false)]
    public void Resolve_RunThatEndsBeforeItLearns_SaysSo(string assignment, bool isNoted)
    {
        var options = RunOptions.Resolve("td3", "Pendulum-v1", "adr-gd", [assignment]);

        Assert.Equal(isNoted, options.Notes.Any(note => note.Contains("agent.start_steps=10000", StringComparison.Ordinal)));
    }

    [Fact]
    public void Load_UnknownName_SaysWhichThereAre()
    {
        var message = Assert.Throws<UserException>(() => Preset.Find("papr", "td3")).Message;

        Assert.Contains("There is no preset and no file 'papr'", message);
    }

    [Theory]
    [InlineData("{ \"agents\": [\"td3\"], \"training\": { \"sed\": 1 } }", "training.sed=1: there is no option")]
    [InlineData("{ \"agents\": [\"ddpg\"] }", "is not for td3; it is for: ddpg.")]
    [InlineData("{ \"agent\": 3 }", "agent is not of the kind that stands there")]
    [InlineData("{ \"agents\": 5 }", "agents is not of the kind that stands there")]
    [InlineData("{ \"agents\": null }", "agents is null; allowed: a value")]
    [InlineData("{ \"agents\": [null] }", "one of its agents is null")]
    [InlineData("{ \"agents\": [\"td3\"], \"agent\": { \"tau\": 1, \"tau\": 0.5 } }", "twice")]
    [InlineData("{ \"agnet\": {} }", "cannot be read")]
    public void Resolve_WrongFile_IsRefused(string json, string expected)
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("p.json"), json);

        var exception = Assert.Throws<UserException>(() => RunOptions.Resolve("td3", "Pendulum-v1", folder.File("p.json"), []));

        Assert.Contains(expected, exception.Message);
    }
}
