using System.Diagnostics;
using System.Globalization;
using System.Net;
using RL.Dashboard;
using RL.Runs;

namespace RL.Benchmarks;

/// <summary>
/// Seconds and memory of the dashboard on a folder of many runs: the first scan, opening the page after it (the table and the first six charts
/// of 20 runs, as the page asks for them), and the share of a core that following the runs takes when each has a new point of every tag a second.
/// </summary>
static class DashboardBenchmark
{
    const int Charts = 6, ChosenRuns = 20, FollowedSeconds = 10;

    /// <summary>[runs = 200] [tags = 50] [points = 10,000] [folder = a temporary one, kept if it is given]</summary>
    public static void Run(string[] arguments)
    {
        int Number(int i, int fallback) => arguments.Length > i ? int.Parse(arguments[i], CultureInfo.InvariantCulture) : fallback;
        var (runs, tags, points) = (Number(0, 200), Number(1, 50), Number(2, 10_000));
        var folder = arguments.Length > 3 ? arguments[3] : Directory.CreateTempSubdirectory("rl-dashboard-").FullName;
        try
        {
            Generate(folder, runs, tags, points);
            Measure(folder, runs, tags).GetAwaiter().GetResult();
        }
        finally
        {
            if (arguments.Length <= 3)
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    static void Generate(string folder, int runs, int tags, int points)
    {
        var bytes = 0L;
        for (var run = 0; run < runs; run++)
        {
            var path = Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"task__agent__s{run}"));
            if (!Directory.Exists(path))
            {
                Directory.CreateDirectory(path);
                using var file = new EventFile(path, TimeProvider.System);
                for (var step = 1; step <= points; step++)
                {
                    Add(file, tags, step * 1000L, run);
                }
            }

            bytes += Directory.GetFiles(path).Sum(name => new FileInfo(name).Length);
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{runs} runs × {tags} tags × {points:N0} points: {bytes / 1e9:F2} GB"));
    }

    static void Add(EventFile file, int tags, long step, int run)
    {
        for (var tag = 0; tag < tags; tag++)
        {
            file.Scalar($"series/{tag}", Math.Sin((step * 1e-5) + run) + tag, step);
        }
    }

    static async Task Measure(string folder, int runs, int tags)
    {
        var (watch, before) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
        await using var server = new DashboardServer(new(folder, IPAddress.Loopback, 0, new string('t', DashboardOptions.ShortestToken)), TimeProvider.System);
        await server.Start().ConfigureAwait(false);
        while (!server.Store.IsScanned)
        {
            await Task.Delay(20).ConfigureAwait(false);
        }

        Report("first scan", watch, before);
        GC.Collect();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"managed memory after it {GC.GetTotalMemory(forceFullCollection: true) / 1e6:N0} MB, resident {Environment.WorkingSet / 1e6:N0} MB"));
        using var client = new HttpClient { BaseAddress = server.Address };
        for (var round = 0; round < 3; round++)
        {
            (watch, before) = (Stopwatch.StartNew(), Process.GetCurrentProcess().TotalProcessorTime);
            var bytes = (await client.GetByteArrayAsync(new Uri("/api/runs", UriKind.Relative)).ConfigureAwait(false)).Length;
            foreach (var chart in Enumerable.Range(0, Math.Min(Charts, tags)))
            {
                var path = $"/api/scalars?tag=series/{chart}&points=512&runs={string.Join(',', Enumerable.Range(0, Math.Min(ChosenRuns, runs)))}";
                bytes += (await client.GetByteArrayAsync(new Uri(path, UriKind.Relative)).ConfigureAwait(false)).Length;
            }

            Report(string.Create(CultureInfo.InvariantCulture, $"opening ({bytes / 1e6:F1} MB)"), watch, before);
        }

        var files = server.Store.Runs.Take(10).Select(run => new EventFile(run.Folder, TimeProvider.System)).ToList();
        before = Process.GetCurrentProcess().TotalProcessorTime;
        for (var second = 0; second < FollowedSeconds; second++)
        {
            files.ForEach(file => Add(file, tags, 1_000_000_000L + second, 0));
            files.ForEach(file => file.Flush());
            await Task.Delay(1000).ConfigureAwait(false);
        }

        var used = (Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"following {files.Count} growing runs of {runs}: {100 * used / FollowedSeconds / files.Count:F2} % of a core for each, writing included"));
        files.ForEach(file => file.Dispose());
    }

    static void Report(string what, Stopwatch watch, TimeSpan before) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"{what}: {watch.Elapsed.TotalSeconds:F2} s, {(Process.GetCurrentProcess().TotalProcessorTime - before).TotalSeconds:F2} s of CPU"));
}
