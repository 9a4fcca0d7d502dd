using System.Globalization;

namespace RL.Runs.Tests;

public sealed class MonitorTableTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    string[] Train(string name, Func<RunProgress, bool>? stop, params string[] more)
    {
        Training.Run(
            "ppo", "CartPole-v1",
            new()
            {
                Assignments = ["total_steps=600", "rollout_steps=50", "minibatches=2", "epochs=1", "copies=2", "evaluation_episodes=1", "checkpoint_interval=200", .. more],
                Runs = _folder.Path,
                Name = name,
            },
            new() { Stop = stop }).Dispose();
        return Lines(name);
    }

    string[] Lines(string name) => File.Exists(_folder.File(name, "monitor.csv")) ? File.ReadAllText(_folder.File(name, "monitor.csv")).Split("\r\n") : [];

    /// <summary>Returns and lengths: times differ.</summary>
    static string[] Episodes(string[] lines) => [.. lines[1..^1].Select(line => line[..line.LastIndexOf(',')])];

    [Fact]
    public void Run_LogMonitor_WritesWhatStableBaselinesWrites()
    {
        var lines = Train("a", null, "log.monitor=true");

        Assert.Matches(@"^#\{""t_start"": [0-9]+\.[0-9]+, ""env_id"": ""CartPole-v1""\}\nr,l,t$", lines[0]);
        Assert.Equal("", lines[^1]);
        Assert.True(lines.Length > 10);
        foreach (var line in lines[1..^1])
        {
            Assert.Matches(@"^[0-9]+\.0,[0-9]+,[0-9]+\.[0-9]{1,6}(e-[0-9]+)?$", line);
            var numbers = line.Split(',').Select(word => double.Parse(word, CultureInfo.InvariantCulture)).ToArray();
            // One point for each step.
            Assert.Equal(numbers[0], numbers[1]);
        }

        Assert.InRange(lines[1..^1].Sum(line => int.Parse(line.Split(',')[1], CultureInfo.InvariantCulture)), 400, 600);
        Assert.Contains("monitor.csv", File.ReadAllLines(_folder.File("a", ".files")));
        Assert.Empty(Train("without", null));
    }

    [Fact]
    public void Resume_FromACheckpoint_HasTheLinesOfAnUninterruptedRun()
    {
        var whole = Train("whole", null, "log.monitor=true");
        var half = Train("half", progress => progress.Step >= 350, "log.monitor=true");
        // What was logged after the checkpoint of a process that was killed is dropped.
        File.AppendAllText(_folder.File("half", "monitor.csv"), "1.0,1,99.0\r\n2.0");

        Training.Resume(_folder.File("half")).Dispose();

        var resumed = Lines("half");
        Assert.Equal(Episodes(whole), Episodes(resumed));
        Assert.Equal(half[0], resumed[0]);
        Assert.Equal(half[..^1], resumed[..(half.Length - 1)]);
        var times = resumed[1..^1].Select(line => double.Parse(line.Split(',')[2], CultureInfo.InvariantCulture)).ToArray();
        Assert.Equal(times.Order(), times);
    }

    [Fact]
    public void Add_Numbers_AreWrittenAsPythonWritesThem()
    {
        var clock = new ManualClock();
        using (var table = new MonitorTable(_folder.Path, "A \"task\"", clock))
        {
            clock.Advance(TimeSpan.FromMilliseconds(1500));
            table.Add(-1204.5148824, 200);
            table.Add(0.00001, 3);
            table.Write();
        }

        using var again = new MonitorTable(_folder.Path, "A \"task\"", clock);
        again.Add(3, 1);
        again.Write(toDisk: true);

        var lines = File.ReadAllText(_folder.File("monitor.csv")).Split("\r\n");
        Assert.EndsWith(", \"env_id\": \"A \\\"task\\\"\"}\nr,l,t", lines[0], StringComparison.Ordinal);
        Assert.Equal(["-1204.514882,200,1.5", "1e-05,3,1.5", "3.0,1,1.5", ""], lines[1..]);
        Assert.Equal(new FileInfo(_folder.File("monitor.csv")).Length, again.Extent.Length);
    }

    [Fact]
    public void Resume_TableThatIsGone_BeginsAnew()
    {
        Train("half", progress => progress.Step >= 350, "log.monitor=true");
        File.Delete(_folder.File("half", "monitor.csv"));

        var warnings = new List<string>();
        Training.Resume(_folder.File("half"), callbacks: new() { Warned = warnings.Add }).Dispose();

        Assert.Contains(warnings, warning => warning.Contains("monitor.csv is gone", StringComparison.Ordinal));
        Assert.StartsWith("#{\"t_start\": ", Lines("half")[0], StringComparison.Ordinal);
    }
}
