using System.Globalization;
using System.Text.Json.Nodes;

namespace RL.Host.Tests;

public sealed class CompareVerbTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    void Train(string name, params string[] options) => Assert.Equal(0, new TestConsole().Run(
        [
            "train", "td3", "Pendulum-v1", "--runs", _folder.Path, "--name", name, "--quiet", "--steps", "60", "start_steps=20",
            "batch_size=8", "evaluation_interval=20", "evaluation_episodes=1", "log_interval=10", "agent.hidden_layers=[8,8]", .. options,
        ]));

    [Fact]
    public void Run_SeedsOfTwoSettings_AreTwoLinesWithMeansOverTheSeeds()
    {
        Train("a0", "--seed", "0");
        Train("a1", "--seed", "1");
        Train("b0", "--seed", "0", "refine.explore.method=sharp", "refine.explore.share=1");
        var (csv, plot) = (_folder.File("curves.csv"), _folder.File("curves"));

        Assert.True(0 == _console.Run(
            "compare", "--runs", _folder.Path, "--scalar", "refine/gain", "--csv", csv, "--plot", plot), _console.Error);

        var last = new[] { "a0", "a1" }.Select(run => EvaluationTable.Read(_folder.File(run)).Last().Mean).ToArray();
        var (mean, deviation) = (last.Average(), Math.Abs(last[0] - last[1]) / Math.Sqrt(2));
        Assert.Matches(@"Pendulum-v1 +td3 agent\.refine\.explore\.method=""none"" agent\.refine\.explore\.share=0\.25 +2 +60 ", _console.Out);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"{mean:N1} ± {deviation:N1}"), _console.Out);
        Assert.Matches(@"agent\.refine\.explore\.method=""sharp"" agent\.refine\.explore\.share=1 +1 +60 .* \d+\.?\d*(E-\d+)?\r?\n", _console.Out);
        Assert.Equal(1 + (2 * 3), File.ReadAllLines(csv).Length);
        Assert.All([".png", ".svg"], ending => Assert.True(File.Exists(plot + ending)));
    }

    /// <summary>Replaces a run's evaluations by made-up ones.</summary>
    void Evaluations(string name, params (long Step, double Mean)[] rows) => File.WriteAllText(
        _folder.File(name, EvaluationTable.FileName),
        "step,episodes,mean,std,min,max,length\n" + string.Concat(rows.Select(row => string.Create(
            CultureInfo.InvariantCulture, $"{row.Step},1,{row.Mean},0,{row.Mean},{row.Mean},200\n"))));

    [Fact]
    public void Run_WithABaseline_ComparesAtTheLastCommonStepWithTheFiguresByHand()
    {
        Train("a0", "--seed", "0");
        Train("a1", "--seed", "1");
        Train("b0", "--seed", "0", "batch_size=9");
        Train("b2", "--seed", "2", "batch_size=9");
        Evaluations("a0", (20, 0), (40, 10), (60, 999));
        Evaluations("a1", (20, 0), (40, 30), (60, 999));
        Evaluations("b0", (20, 4), (40, 30));
        Evaluations("b2", (20, 0), (40, 40));
        var (csv, plot) = (_folder.File("curves.csv"), _folder.File("curves"));

        Assert.True(0 == _console.Run("compare", "--runs", _folder.Path, "--baseline", "a1", "--csv", csv, "--plot", plot), _console.Error);
        // At step 40: {30, 40} against {10, 30}: 3½ of 4 pairs. Areas {17, 20} against {5, 15}. Seed 0 alone is in both.
        Assert.Matches(
            @"Pendulum-v1 +td3 agent\.batch_size=9 +td3 agent\.batch_size=8 +40 +0\.88 \[\d\.\d\d, 1\.00\] +20\.0 \(1\) +1\.00 \[1\.00, 1\.00\] +12\.0 \(1\)",
            _console.Out);
        Assert.Contains("mean ± standard deviation over seeds", _console.Out);
        Assert.Equal("task,runs of,seeds,step,mean,deviation,iqm,iqm_low,iqm_high", File.ReadLines(csv).First());
        Assert.Contains("Pendulum-v1,\"td3 agent.batch_size=9\",2,20,2,2.8284271247461903,2,0,4", File.ReadLines(csv));
        Assert.All([".png", ".svg"], ending => Assert.True(File.Exists(plot + ending)));

        var console = new TestConsole();
        Assert.Equal(0, console.Run("compare", "--runs", _folder.Path, "--baseline", "td3 agent.batch_size=8", "--json"));
        var comparison = JsonNode.Parse(console.Out)!["comparisons"]!.AsArray().Single()!;
        Assert.Equal(0.875, (double)comparison["final"]!["improvement"]!["value"]!);
        Assert.Equal((20.0, 1), ((double)comparison["final"]!["paired_difference"]!["value"]!, (int)comparison["final"]!["pairs"]!));
        Assert.Null(comparison["final"]!["paired_difference"]!["low"]);
        var groups = JsonNode.Parse(console.Out)!["groups"]!.AsArray();
        Assert.Equal([0L, 1L], groups[0]!["runs"]!.AsArray().Select(run => (long)run!["seed"]!));
        Assert.Equal(999, (double)groups[0]!["final"]!["iqm"]!["value"]!);
    }

    [Fact]
    public void Run_OnTwoTasks_AveragesTheProbabilityOfImprovement()
    {
        Train("a", "--seed", "0");
        Train("b", "--seed", "0", "batch_size=9");
        foreach (var (name, size) in new[] { ("c", "8"), ("d", "9") })
        {
            Assert.Equal(0, new TestConsole().Run(
                "train", "td3", "InvertedPendulum-v4", "--runs", _folder.Path, "--name", name, "--quiet", "--steps", "60", "start_steps=20",
                $"batch_size={size}", "evaluation_interval=20", "evaluation_episodes=1", "log_interval=10", "agent.hidden_layers=[8,8]"));
        }

        Evaluations("a", (20, 1));
        Evaluations("b", (20, 2));
        Evaluations("c", (20, 3));
        Evaluations("d", (20, 3));
        Assert.Equal(0, _console.Run("compare", "--runs", _folder.Path, "--baseline", "td3 agent.batch_size=8"));
        Assert.Matches(@"all 2 +td3 agent\.batch_size=9 +0\.75 +0\.75", _console.Out);
    }

    [Theory]
    [InlineData("nobody", "--baseline is nobody; allowed: what the table calls a group's runs, or one of its runs. Groups: td3 agent.batch_size=8; td3 agent.batch_size=9.")]
    [InlineData("td3", "--baseline is td3, which is several groups of Pendulum-v1: td3 agent.batch_size=8; td3 agent.batch_size=9.")]
    public void Run_ABaselineThatIsNone_IsCode2WithTheGroups(string baseline, string problem)
    {
        Train("a", "--seed", "0");
        Train("b", "--seed", "0", "batch_size=9");
        Assert.Equal(2, _console.Run("compare", "--runs", _folder.Path, "--baseline", baseline));
        Assert.Contains(problem, _console.Error);
        Assert.Empty(_console.Out);
    }

    [Fact]
    public void Run_ARunFromBeforeAnOption_HasItsDefault()
    {
        Train("a", "--seed", "0");
        Train("b", "--seed", "1");
        var file = _folder.File("a", RunFolder.DocumentName);
        var document = JsonNode.Parse(File.ReadAllText(file))!;
        Assert.True(document["agent"]!["refine"]!["explore"]!.AsObject().Remove("critic"));
        document["agent"]!["actor_learning_rate"] = JsonNode.Parse("3e-4");
        File.WriteAllText(file, document.ToJsonString());

        Assert.Equal(0, _console.Run("compare", "--runs", _folder.Path));

        Assert.Matches(@"Pendulum-v1 +td3 +2 +60 ", _console.Out);
    }

    [Fact]
    public void Run_TheSameSeedTwice_CountsOnceAndTheLongerRunIsTaken()
    {
        Train("a", "--seed", "0");
        Train("again", "--seed", "0", "checkpoint_interval=7");
        Train("b", "--seed", "1", "evaluation_interval=30");
        Assert.Equal(0, new TestConsole().Run("train", "--resume", "again", "--runs", _folder.Path, "--quiet", "--steps", "80"));

        Assert.Equal(0, _console.Run("compare", "--runs", _folder.Path));

        Assert.Contains($"left out: {_folder.File("a")} has the seed and the options of {_folder.File("again")}", _console.Error);
        Assert.Matches(@"Pendulum-v1 +td3 +2 +60 ", _console.Out);
    }

    [Fact]
    public void Run_ARunThatBeganWithAPolicy_IsALineOfItsOwn()
    {
        Train("a", "--seed", "0");
        Train("b", "--seed", "1", "--from", _folder.File("a"));

        Assert.Equal(0, _console.Run("compare", "--runs", _folder.Path));

        Assert.Matches(@"Pendulum-v1 +td3 +1 +60 ", _console.Out);
        Assert.Matches(@"td3 from=/.*policy\.safetensors \(SHA-256 [0-9a-f]{64}\) +1 +60 ", _console.Out);
    }

    [Fact]
    public void Run_ASeriesThatNoRunHas_IsCode2WithTheNearest()
    {
        Train("a");

        Assert.Equal(2, _console.Run("compare", "--runs", _folder.Path, "--scalar", "los/critic"));
        Assert.Contains("--scalar is los/critic, a series that none of the runs has; did you mean loss/critic", _console.Error);
    }

    [Fact]
    public void Run_OneRunIsDamaged_NamesItAndComparesTheOthers()
    {
        Train("a");
        Train("b");
        Train("c");
        File.WriteAllText(_folder.File("b", EvaluationTable.FileName), "step,episodes,mean,std,min,max,length\n20,1,what,0,1,1,200\n");
        File.WriteAllText(_folder.File("c", RunFolder.DocumentName), "{ \"agents\":");

        Assert.Equal(0, _console.Run("compare", "--runs", _folder.Path));
        Assert.Contains($"left out: {_folder.File("b", EvaluationTable.FileName)} is damaged: '20,1,what,0,1,1,200'", _console.Error);
        Assert.Contains($"left out: The run {_folder.File("c")} cannot be read", _console.Error);
        Assert.Matches(@"Pendulum-v1 +td3 +1 +60 ", _console.Out);

        // With --scalar a damaged event file ended the whole comparison.
        var events = Directory.GetFiles(_folder.File("b"), "events*")[0];
        File.WriteAllBytes(events, new byte[100]);
        File.Delete(_folder.File("b", EvaluationTable.FileName));
        File.Copy(_folder.File("a", EvaluationTable.FileName), _folder.File("b", EvaluationTable.FileName));
        var scalar = new TestConsole();
        Assert.True(0 == scalar.Run("compare", "a", "b", "--runs", _folder.Path, "--scalar", "evaluation/return"), scalar.Error);
        Assert.Contains($"left out: {events} is damaged", scalar.Error);
        File.WriteAllText(_folder.File("b", EvaluationTable.FileName), "step,episodes,mean,std,min,max,length\n20,1,what,0,1,1,200\n");

        var list = new TestConsole();
        Assert.Equal(0, list.Run("runs", "--runs", _folder.Path));
        Assert.Matches(@"a +finished", list.Out);
        Assert.Matches(@"b +unreadable: .* is damaged", list.Out);
    }

    [Fact]
    public void EventScalars_OfARun_AreWhatItsEventFilesHold()
    {
        Train("a", "refine.explore.method=sharp");
        Assert.Equal(0, new TestConsole().Run("train", "--resume", "a", "--runs", _folder.Path, "--quiet", "--steps", "90"));
        var expected = Directory.EnumerateFiles(_folder.File("a"), "events.*").Order(StringComparer.Ordinal)
            .SelectMany(EventReader.Read).Where(record => record.Tag == "loss/critic")
            .Select(record => (record.Step, record.Value!.Value)).ToList();

        Assert.NotEmpty(expected);
        Assert.Equal(expected, EventScalars.Read(_folder.File("a"), "loss/critic"));
        Assert.Empty(EventScalars.Read(_folder.File("a"), "no/such"));
    }

    [Fact]
    public void EventScalars_ADamagedFile_SaysSo()
    {
        Train("a");
        var file = Directory.EnumerateFiles(_folder.File("a"), "events.*").Single();
        var bytes = File.ReadAllBytes(file);
        bytes[40] ^= 1;
        File.WriteAllBytes(file, bytes);

        Assert.Contains("is damaged", Assert.Throws<InvalidDataException>(() => EventScalars.Read(_folder.File("a"), "loss/critic")).Message);
    }

    [Theory]
    [InlineData("There is no run 'absent'", "absent")]
    [InlineData("there is no run with an evaluation in it")]
    [InlineData("--plot is /no/such/curves; there is no folder", "--plot", "/no/such/curves")]
    public void Run_BadInput_EndsWith2(string problem, params string[] arguments)
    {
        Assert.Equal(2, _console.Run(["compare", "--runs", _folder.Path, .. arguments]));
        Assert.Contains(problem, _console.Error);
        Assert.Empty(_console.Out);
    }
}
