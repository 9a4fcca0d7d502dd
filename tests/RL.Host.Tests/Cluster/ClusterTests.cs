using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RL.Host.Tests;

/// <summary>Workers of a cluster as processes of their own.</summary>
public sealed class ClusterTests : IDisposable
{
    static readonly string[] _options =
    [
        "start_steps=20", "hidden_layers=8", "replay_capacity=2000", "evaluation_interval=1000", "evaluation_episodes=1", "checkpoint_interval=200",
        // All are kept, so that the first can be waited for however late one looks.
        "checkpoints_kept=15", "log_interval=1000", "total_steps=3000",
    ];

    readonly TemporaryFolder _folder = new();
    readonly List<Process> _workers = [];

    public void Dispose()
    {
        foreach (var worker in _workers)
        {
            if (!worker.HasExited)
            {
                worker.Kill(entireProcessTree: true);
            }

            worker.WaitForExit();
            worker.Dispose();
        }

        // Runs end a moment after the worker that executed them.
        SpinWait.SpinUntil(() => !Directory.Exists(_folder.File("runs", "a")) || Directory.GetDirectories(_folder.File("runs", "a")).All(run => !RunLock.IsTaken(run)), TimeSpan.FromSeconds(30));
        _folder.Dispose();
    }

    /// <summary>A worker that is ready, and its standard error, which goes on being read.</summary>
    Process StartWorker(int port)
    {
        var worker = ChildProcess.Start(ChildProcess.Host, _folder.Path, "worker", "--cluster", $"localhost:{port}", "--workers", "1");
        _workers.Add(worker);
        _ = worker.StandardOutput.ReadToEndAsync();
        var line = worker.StandardError.ReadLine();
        Assert.Contains("1 runs at a time below", line);
        _ = worker.StandardError.ReadToEndAsync();
        return worker;
    }

    /// <summary>The folder of the run that a child process of a worker writes to now; null if there is none.</summary>
    string? Executed(Process worker) => Directory.Exists(_folder.File("runs", "a"))
        ? Directory.GetDirectories(_folder.File("runs", "a")).FirstOrDefault(run => Children(worker.Id).Any(child => Holds(child, Path.Combine(run, RunLock.FileName))))
        : null;

    static IEnumerable<int> Children(int process) =>
        Directory.GetDirectories($"/proc/{process}/task")
            .SelectMany(task => Read(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    static bool Holds(int process, string file)
    {
        try
        {
            return Directory.GetFileSystemEntries($"/proc/{process}/fd").Any(open => File.ResolveLinkTarget(open, false)?.FullName == file);
        }
        catch (IOException)
        {
            // It has ended meanwhile.
            return false;
        }
    }

    static string Read(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (IOException)
        {
            return "";
        }
    }

    [Fact]
    public void Sweep_AWorkerOfTheClusterIsKilled_EndsWithTheBytesOfOneMachine()
    {
        var port = FreePort();
        StartWorker(port);
        var second = StartWorker(port);
        using var sweep = ChildProcess.Start(
            ChildProcess.Host,
            _folder.Path,
            ["sweep", "td3", "Pendulum-v1", "batch_size=8,12,16,20", "--search", "grid", "--name", "a", "--workers", "2", "--cluster", $"localhost:{port}", .. _options]);
        // Whichever runs the second worker gets: it is killed in the middle of one, once that has a checkpoint.
        Assert.True(SpinWait.SpinUntil(() => Executed(second) is { } run && File.Exists(Path.Combine(run, "checkpoints", "checkpoint-200.bin")), TimeSpan.FromSeconds(60)));
        using (Process.Start("kill", ["-KILL", second.Id.ToString(CultureInfo.InvariantCulture)]))
        {
            var (code, output, error) = ChildProcess.Finish(sweep);
            Assert.True(code == 0, error);
            Assert.Contains("is tried again from its last checkpoint", error);
            Assert.Contains("best: trial ", output);
        }

        foreach (var (run, batch) in new[] { ("t0000-s0", 8), ("t0001-s0", 12), ("t0002-s0", 16), ("t0003-s0", 20) })
        {
            using var alone = Training.Run("td3", "Pendulum-v1", new() { Assignments = [.. _options, $"batch_size={batch}"], Runs = _folder.Path, Name = run });
            foreach (var file in new[] { "policy.safetensors", "best.safetensors", "evaluation.csv" })
            {
                Assert.Equal(File.ReadAllBytes(_folder.File(run, file)), File.ReadAllBytes(_folder.File("runs", "a", run, file)));
            }
        }
    }

    [Fact]
    public void Job_FromTheWire_StaysBelowTheRunsAndLoadsNoAssembly()
    {
        using var processes = new WorkerProcesses("/bin/false", [], 1);
        using var room = new WorkerRoom(_folder.File("runs"), processes, 1);
        Assert.Equal(_folder.File("runs", "a", "t0000-s0"), room.Job("a/t0000-s0", "{\"folder\":\"\",\"pause_at\":7}")!.Folder);
        Assert.Null(room.Job("../elsewhere", "{\"folder\":\"\"}"));
        Assert.Null(room.Job("/etc", "{\"folder\":\"\"}"));
        Assert.Null(room.Job("..", "{\"folder\":\"\"}"));
        Assert.Null(room.Job("a", "{\"folder\":\"\",\"assemblies\":[\"evil.dll\"]}"));
    }

    [Theory]
    [InlineData("--cluster is localhost:0; allowed: a port", "localhost:0")]
    [InlineData("--cluster is localhost:x; allowed: a port", "localhost:x")]
    [InlineData("--cluster has a password, which a command line shows to everybody", "Host=a;Database=b;Password=secret")]
    [InlineData("--cluster is no address; allowed: localhost", "Hots=a;Password=secret")]
    [InlineData("--cluster is file:/no/such; there is no such file", "file:/no/such")]
    public void Worker_ABadAddress_EndsWith2AndShowsNoPassword(string problem, string address)
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run("worker", "--cluster", address, "--runs", _folder.File("runs")));
        Assert.Contains(problem, console.Error);
        Assert.DoesNotContain("secret", console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Sweep_NoWorkerAnswers_EndsWith2AndWritesNothing()
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run("sweep", "td3", "Pendulum-v1", "batch_size=8,12", "--runs", _folder.File("runs"), "--cluster", $"localhost:{FreePort()}"));
        Assert.Contains("No worker of the cluster answers", console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
