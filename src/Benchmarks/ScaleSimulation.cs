using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using RL.Cluster;
using RL.Runs;
using RL.Sweeps;

namespace RL.Benchmarks;

/// <summary>
/// What a sweep of many trials costs its coordinator and the dispatcher of a cluster: `Sweep` and `ClusterExecutor` in this process, a silo with the
/// dispatcher, the grains of the runs and <see cref="SimulatedWorkers"/> in another one. Only the trials are shorter than real ones, and deaths as
/// much more frequent; what is sent in a second is what would be.
/// </summary>
static class ScaleSimulation
{
    /// <summary>[workers = 200] [trials = 10000] [seconds of a trial = 6] [seconds of an hour = 60]; code 1 if a trial was lost, or two attempts at one wrote.</summary>
    public static void Run(string[] arguments)
    {
        double Argument(int place, double otherwise) => arguments.Length > place ? double.Parse(arguments[place], CultureInfo.InvariantCulture) : otherwise;
        // Three probes of 2 s that are missed, and a round of the table.
        var options = new ScaleOptions((int)Argument(0, 200), (int)Argument(1, 10_000), Argument(2, 6), Argument(3, 60), NoticeSeconds: 8, RestartSeconds: 15);
        var runs = Directory.CreateTempSubdirectory("rl-scale-").FullName;
        try
        {
            Run(options, runs);
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    static void Run(ScaleOptions options, string runs)
    {
        using var cluster = Start(options, runs, out var port);
        var began = CpuSeconds();
        var spec = new SweepSpec
        {
            Agent = "td3",
            Environment = "Pendulum-v1",
            Trials = options.Trials,
            Settings = new() { ["critic_learning_rate"] = "1e-5..1e-1:log", ["discount"] = "0.9..0.999", ["batch_size"] = "8..256", ["hidden_layers"] = 8, ["total_steps"] = 1000 },
        };
        var folder = SweepFolder.Create(runs, "sweep", SweepPlan.Of(spec), TimeProvider.System);
        var executor = ClusterExecutor.Connect(ClusterAddress.Parse($"localhost:{port}"), runs, TimeProvider.System).GetAwaiter().GetResult();
        var (ended, tried) = (0, 0);
        var callbacks = new SweepCallbacks
        {
            Ended = (_, outcome) =>
            {
                tried += outcome.MayPass ? 1 : 0;
                if (outcome.Error is null && ++ended % 1000 == 0)
                {
                    Console.Error.WriteLine($"{ended} trials");
                }
            },
        };
        using var sweep = new Sweep(folder, callbacks, "", TimeProvider.System);
        var prepared = CpuSeconds();
        var start = TimeProvider.System.GetTimestamp();
        sweep.Run(executor, options.Workers, CancellationToken.None).GetAwaiter().GetResult();
        var (seconds, spent) = (TimeProvider.System.GetElapsedTime(start).TotalSeconds, CpuSeconds());
        executor.DisposeAsync().AsTask().GetAwaiter().GetResult();
        cluster.StandardInput.Close();
        var counts = JsonSerializer.Deserialize<ScaleCounts>(cluster.StandardOutput.ReadToEnd())!;
        cluster.WaitForExit();
        var finished = sweep.Progress.Trials.Count(trial => trial.State == TrialState.Finished);
        Print(options, counts, seconds, prepared - began, spent - prepared, finished, tried, folder.Path);
        Environment.ExitCode = finished == options.Trials && counts.Twice == 0 ? 0 : 1;
    }

    static double CpuSeconds() => Environment.CpuUsage.TotalTime.TotalSeconds;

    static Process Start(ScaleOptions options, string runs, out int port)
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            port = ((IPEndPoint)probe.LocalEndpoint).Port;
        }

        var process = Process.Start(new ProcessStartInfo(
            Environment.ProcessPath!, ["scale-workers", port.ToString(CultureInfo.InvariantCulture), runs, JsonSerializer.Serialize(options)])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        return process.StandardOutput.ReadLine() == "ready" ? process : throw new InvalidOperationException("The simulated workers did not begin.");
    }

    static void Print(ScaleOptions options, ScaleCounts counts, double seconds, double planning, double running, int finished, int tried, string folder)
    {
        void Line(string name, FormattableString value) => Console.WriteLine($"{name,-52} {value.ToString(CultureInfo.InvariantCulture)}");
        var (workers, trials) = ((double)options.Workers, (double)options.Trials);
        Line("trials finished", $"{finished:N0} of {options.Trials:N0} in {seconds:F0} s by {options.Workers} workers");
        Line("attempts fenced off, and that wrote nevertheless", $"{counts.Fenced}, {counts.Twice}");
        Line("coordinator, CPU to plan", $"{planning:F1} s, {planning / trials * 1e3:F2} ms a trial");
        Line("coordinator, CPU to carry out", $"{running:F1} s, {running / trials * 1e3:F2} ms a trial, {running / seconds:P0} of a core");
        Line("coordinator, memory at its peak", $"{Process.GetCurrentProcess().PeakWorkingSet64 / 1e6:F0} MB");
        Line("silo with dispatcher and all workers, CPU", $"{counts.CpuSeconds:F1} s, {counts.CpuSeconds / trials * 1e3:F2} ms a trial, {counts.CpuSeconds / seconds:P0} of a core");
        var all = counts.Calls.Values.Sum();
        Line("calls of grains, each a request and an answer", $"{all:N0}, {all / trials:F1} a trial, {all / seconds:N0} a second");
        foreach (var (call, times) in counts.Calls.OrderByDescending(call => call.Value))
        {
            Line($"  {call}", $"{times / trials:F2} a trial, {times / seconds / workers:F2} a second and worker");
        }

        long Bytes(string pattern, SearchOption option) => new DirectoryInfo(folder).EnumerateFiles(pattern, option).Sum(file => file.Length);
        Line("store: sweep.db", $"{Bytes(SweepStore.FileName, SearchOption.TopDirectoryOnly) / 1e6:F1} MB, {Bytes(SweepStore.FileName, SearchOption.TopDirectoryOnly) / trials:F0} bytes a trial");
        var files = new DirectoryInfo(folder).EnumerateFiles("*", SearchOption.AllDirectories).Count();
        Line("store: what the coordinator keeps in run folders", $"{Bytes("*", SearchOption.AllDirectories) / 1e6:F1} MB in {files:N0} files");
        Line("places without a run while trials waited or ended", $"{1 - (counts.Busy / counts.Alive):P1} of their time");
        if (counts.Deaths == 0)
        {
            return;
        }

        var (away, redone) = (counts.Away.Count == 0 ? 0 : counts.Away[counts.Away.Count / 2], counts.Redone / Math.Max(counts.Interrupted, 1));
        Line("deaths", $"{counts.Deaths}, {counts.Interrupted} of them with a run; {tried} attempts repeated");
        Line("  a run's time until it was at work elsewhere", $"median {away:F1} s, longest {counts.Away.LastOrDefault():F1} s");
        Line("  work done again", $"{redone:F2} s a run, {redone / options.TrialSeconds:P1} of a trial (a checkpoint each quarter)");
        // In real hours: what is fixed in seconds is that, what is a part of a trial stays one.
        Line("lost to deaths, 10 % of the workers an hour", $"{ScaleOptions.Dying * away / 3600:P3} of the time to be noticed, and {ScaleOptions.Dying * redone / options.TrialSeconds:P2} of it per hour that a trial takes");
    }
}
