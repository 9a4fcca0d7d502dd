using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace RL.Host.Tests;

/// <summary>Tests with workers of a cluster as processes of their own.</summary>
public abstract class WithWorkers : IDisposable
{
    private protected static string[] Options { get; } =
    [
        "start_steps=20", "hidden_layers=8", "replay_capacity=2000", "evaluation_interval=1000", "evaluation_episodes=1", "checkpoint_interval=200",
        // All are kept, so that the first can be waited for however late one looks.
        "checkpoints_kept=15", "log_interval=1000", "total_steps=3000",
    ];

    private protected TemporaryFolder Folder { get; } = new();

    private protected List<CollectedProcess> Workers { get; } = [];

    public void Dispose()
    {
        Workers.ForEach(worker => worker.Dispose());
        // Runs end a moment after the worker that executed them.
        Within(TimeSpan.FromSeconds(30), () => !Directory.Exists(Folder.File("runs", "a")) || !Directory.GetDirectories(Folder.File("runs", "a")).Any(RunLock.IsTaken));
        Folder.Dispose();
        GC.SuppressFinalize(this);
    }

    private protected CollectedProcess Start(params string[] arguments) => new(ChildProcess.Start(ChildProcess.Host, Folder.Path, arguments));

    /// <summary>A worker that is ready.</summary>
    private protected CollectedProcess StartWorker(string address, params string[] more)
    {
        var worker = Start(["worker", "--cluster", address, "--workers", "1", .. more]);
        Workers.Add(worker);
        Assert.True(Within(TimeSpan.FromSeconds(60), () => worker.Error.Contains("1 runs at a time below", StringComparison.Ordinal)), worker.Error);
        return worker;
    }

    /// <summary>Looks until it is so.</summary>
    private protected static bool Within(TimeSpan time, Func<bool> isSo)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!isSo())
        {
            if (TimeProvider.System.GetElapsedTime(start) > time)
            {
                return false;
            }

            Thread.Sleep(20);
        }

        return true;
    }

    /// <summary>The folder of the run that a child process of a worker writes to now; null if there is none.</summary>
    private protected string? Executed(CollectedProcess worker) => Directory.Exists(Folder.File("runs", "a"))
        ? Directory.GetDirectories(Folder.File("runs", "a")).FirstOrDefault(run => Children(worker.Id).Any(child => Holds(child, Path.Combine(run, RunLock.FileName))))
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

    /// <summary>Every run of the sweep has the bytes of one that was trained here.</summary>
    private protected void AssertAsAlone(string[] options, params int[] batches)
    {
        foreach (var (trial, batch) in batches.Index())
        {
            var run = $"t{trial:0000}-s0";
            using var alone = Training.Run("td3", "Pendulum-v1", new() { Assignments = [.. options, $"batch_size={batch}"], Runs = Folder.Path, Name = run });
            foreach (var file in new[] { "policy.safetensors", "best.safetensors", "evaluation.csv" })
            {
                Assert.Equal(File.ReadAllBytes(Folder.File(run, file)), File.ReadAllBytes(Folder.File("runs", "a", run, file)));
            }
        }
    }

    private protected static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
