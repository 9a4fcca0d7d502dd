using System.Text.Json;
using RL.Runs;

namespace RL.Host.Tests;

public sealed class RunsVerbTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public RunsVerbTests()
    {
        Train("a", "seed=1");
        Train("b", "seed=2", "batch_size=7");
    }

    public void Dispose() => _folder.Dispose();

    void Train(string name, params string[] more) => Training.Run("td3", "Pendulum-v1", new()
    {
        Assignments = ["total_steps=20", "start_steps=10", "batch_size=8", "hidden_layers=4", "evaluation_episodes=1", .. more],
        Runs = _folder.Path,
        Name = name,
    }).Dispose();

    JsonElement Json(params string[] arguments)
    {
        Assert.Equal(0, _console.Run([.. arguments, "--runs", _folder.Path, "--json"]));
        return JsonDocument.Parse(_console.Out).RootElement;
    }

    [Fact]
    public void Runs_WithADamagedOne_ListsItAsSuchAndTheOthers()
    {
        File.WriteAllText(_folder.File("b", "run.json"), "{ \"agents\":");

        var runs = Json("runs").EnumerateArray().ToArray();

        Assert.Equal(["finished", "unreadable"], runs.Select(run => run.GetProperty("status").GetString()));
        Assert.Equal((20, 20), (runs[0].GetProperty("steps").GetInt32(), runs[0].GetProperty("total_steps").GetInt32()));
        Assert.Contains("run.json cannot be read", runs[1].GetProperty("problem").GetString());
    }

    [Theory]
    [InlineData("a b", "status=finished")]
    [InlineData("b", "batch_size=7")]
    [InlineData("b", "agent.batch_size=7.0", "pendulum")]
    [InlineData("a", "seed=1", "td3")]
    [InlineData("", "running")]
    public void Runs_WithAFilter_AreThoseThatFitEveryWord(string expected, params string[] words) => Assert.Equal(
        expected, string.Join(' ', Json(["runs", .. words]).EnumerateArray().Select(run => run.GetProperty("name").GetString())));

    [Fact]
    public void Runs_ThatIsAtWork_IsRunning()
    {
        using var @lock = RunLock.TryTake(_folder.File("a"));

        Assert.Equal("running", Json("runs")[0].GetProperty("status").GetString());
    }

    [Fact]
    public void Diff_OfTwoRuns_HasTheOptionsThatDiffer()
    {
        var options = Json("runs", "diff", "a", "b").GetProperty("options");

        Assert.Equal(["agent.batch_size", "training.seed"], options.EnumerateObject().Select(option => option.Name));
        Assert.Equal(["8", "7"], options.GetProperty("agent.batch_size").EnumerateArray().Select(value => value.GetString()));
    }

    [Fact]
    public void Show_OfARun_HasItsSessions()
    {
        var run = Json("runs", "show", "a");

        Assert.Equal("Pendulum-v1", run.GetProperty("run").GetProperty("environment").GetString());
        Assert.Equal(0, run.GetProperty("sessions")[0].GetProperty("from_step").GetInt32());
    }

    [Fact]
    public void Prune_WithoutConfirmation_DeletesNothing()
    {
        Assert.Equal(0, CommandLine.Run(["runs", "prune", "a", "--runs", _folder.Path], new HostConsole(TextWriter.Null, TextWriter.Null, null, TimeProvider.System) { In = new StringReader("no\n") }));
        Assert.True(Directory.Exists(_folder.File("a")));
        Assert.Equal(2, _console.Run("runs", "prune", "--runs", _folder.Path, "--yes"));
        Assert.True(Directory.Exists(_folder.File("a")));
    }

    [Fact]
    public void Prune_Confirmed_DeletesWhatTheRunMade()
    {
        File.WriteAllText(_folder.File("b", "notes.txt"), "mine");
        using (RunLock.TryTake(_folder.File("a")))
        {
            Assert.Equal(0, _console.Run("runs", "prune", "seed=1", "--runs", _folder.Path, "--yes"));
            Assert.True(File.Exists(_folder.File("a", "run.json")));
        }

        var console = new HostConsole(TextWriter.Null, TextWriter.Null, null, TimeProvider.System) { In = new StringReader("y\n") };
        Assert.Equal(0, CommandLine.Run(["runs", "prune", "td3", "--runs", _folder.Path], console));
        Assert.False(Directory.Exists(_folder.File("a")));
        Assert.Equal(["notes.txt"], Directory.GetFileSystemEntries(_folder.File("b")).Select(Path.GetFileName));
    }
}
