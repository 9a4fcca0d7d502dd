using RL.Agents;

namespace RL.Runs.Tests;

public sealed class RunFolderTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly ManualClock _clock = new();
    readonly FakeAgent _agent = new();
    readonly RunOptions _options = RunOptions.Resolve("td3", "Pendulum-v1", null, ["total_steps=100"]);

    public void Dispose()
    {
        _agent.Dispose();
        _folder.Dispose();
    }

    RunSession Session(long step = 0) => new(_clock.GetUtcNow(), step, "./rl train", new Dictionary<string, string>(), null, false);

    RunFolder Create(string? name = null) => RunFolder.Create(_folder.Path, name, _options, Session(), _clock);

    static EvaluationResult Evaluation(long step, double value) => new(step, [value - 1, value + 1], [10, 20]);

    [Fact]
    public void Create_NoName_IsNamedAfterTaskAgentSeedAndTime()
    {
        using var run = Create();
        using var second = Create();

        Assert.Equal("Pendulum-v1__td3__s0__20250131-235959", Path.GetFileName(run.Path));
        Assert.Equal("Pendulum-v1__td3__s0__20250131-235959-2", Path.GetFileName(second.Path));
        Assert.Equal("coinrun-hard-1__td3__s3__20250131-235959", RunNames.Default("coinrun:hard/1", "td3", 3, _clock.GetUtcNow()));
    }

    [Theory]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("")]
    public void Create_NameThatIsNone_IsRefused(string name)
    {
        Assert.Throws<UserException>(() => Create(name));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Create_NameThatIsTaken_IsRefused()
    {
        Create("mine").Dispose();

        Assert.Contains("exists already", Assert.Throws<UserException>(() => Create("mine")).Message);
    }

    [Fact]
    public void Create_RunJson_IsAPresetOfTheSameOptions()
    {
        using var run = Create();
        var again = RunOptions.Resolve("td3", "Pendulum-v1", Path.Combine(run.Path, "run.json"), []);

        Assert.Equal(100, again.Training.TotalSteps);
        Assert.All(_options.Tree.Keys, key => Assert.Equal(_options.Tree[key]?.ToJsonString(), again.Tree[key]?.ToJsonString()));
    }

    [Fact]
    public void Resolve_RunJsonForAnotherTask_LeavesOutItsEnvOptionsAndSaysSo()
    {
        using var run = Create();
        var other = RunOptions.Resolve("td3", "HalfCheetah-v5", Path.Combine(run.Path, "run.json"), []);

        Assert.Contains(other.Notes, note => note.Contains("for Pendulum-v1 and are ignored", StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluated_BetterThenWorse_KeepsBothPolicies()
    {
        using var run = Create();
        run.Evaluated(Evaluation(10, 5), _agent);
        run.Evaluated(Evaluation(20, 4), _agent);

        Assert.Equal((10, 20), (run.Best!.Step, run.Last!.Step));
        Assert.Equal("20", RL.InputOpt.SafeTensors.ReadMetadata(Path.Combine(run.Path, "policy.safetensors"))["step"]);
        Assert.Equal("10", RL.InputOpt.SafeTensors.ReadMetadata(Path.Combine(run.Path, "best.safetensors"))["step"]);
        Assert.Equal(
            "step,episodes,mean,std,min,max,length\n10,2,5,1,4,6,15\n20,2,4,1,3,5,15\n",
            File.ReadAllText(Path.Combine(run.Path, "evaluation.csv")));
    }

    [Fact]
    public void Open_RunInUse_IsRefused()
    {
        using var run = Create();
        run.Checkpoint(10, writer => writer.Write(1));

        Assert.Contains("in use", Assert.Throws<UserException>(() => Resumption.Open(run.Path, _ => { })).Message);
    }

    [Fact]
    public void Resume_AfterMoreWasLogged_DropsItAndTellsReaders()
    {
        string path;
        using (var run = Create())
        {
            path = run.Path;
            run.Scalar("loss", 1, 1);
            run.Evaluated(Evaluation(10, 5), _agent);
            run.Checkpoint(10, writer => writer.Write(1));
            run.Scalar("loss", 2, 11);
            run.Evaluated(Evaluation(20, 9), _agent);
        }

        File.WriteAllText(Path.Combine(path, "checkpoints", "checkpoint-20.bin.tmp"), "half");
        // Twice, so that the event file of a session without a checkpoint is met as well.
        for (var session = 0; session < 2; session++)
        {
            using var resumption = Resumption.Open(path, _ => { });
            using var run = RunFolder.Resume(resumption, resumption.Options([]), Session(10), _clock);
            Assert.Equal((10, 10), (run.Best!.Step, run.Last!.Step));
            run.Scalar("loss", 3, 11);
        }

        var files = Directory.GetFiles(path, "events*").Order(StringComparer.Ordinal).Select(EventReader.Read).ToList();
        Assert.Equal(2, files.Count);
        Assert.Equal(["options/text_summary", "loss"], files[0].Select(record => record.Tag).OfType<string>());
        Assert.Equal(("brain.Event:2", null, 0L), (files[1][0].FileVersion, files[1][0].Session, files[1][0].Step));
        Assert.Equal((1, 11L), (files[1][1].Session, files[1][1].Step));
        Assert.Equal(("loss", 3f), (files[1][2].Tag, files[1][2].Value));
        Assert.Equal(2, File.ReadAllLines(Path.Combine(path, "evaluation.csv")).Length);
        Assert.Equal(3, Preset.Read(Path.Combine(path, "run.json")).Sessions.Count);
        Assert.Empty(Directory.GetFiles(path, "*.tmp", SearchOption.AllDirectories));
    }

    [Theory]
    [InlineData("total_steps=99", "allowed when resuming: 100 or more")]
    [InlineData("batch_size=3", "only training.total_steps may be raised")]
    public void Options_AnythingButMoreSteps_IsRefused(string assignment, string expected)
    {
        string path;
        using (var run = Create())
        {
            path = run.Path;
            run.Checkpoint(10, writer => writer.Write(1));
        }

        using var resumption = Resumption.Open(path, _ => { });

        Assert.Contains(expected, Assert.Throws<UserException>(() => resumption.Options([assignment])).Message);
        Assert.Equal(200, resumption.Options(["training.total_steps=200"]).Training.TotalSteps);
    }
}
