using System.Diagnostics.Metrics;
using System.Globalization;
using RL.Runs;

namespace RL.Benchmarks;

/// <summary>
/// What logging costs a run of TD3 on HalfCheetah-v5 with a folder, after its warm-up: distributions every ten steps, and a listener of the meters, each against
/// the same run without. The runs take turns; CPU time of the process.
/// </summary>
static class LoggingBenchmark
{
    const int WarmUp = 600, Interval = 10, UsualInterval = 1000;

    /// <summary>[rounds = 3] [steps = 1500]</summary>
    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 3;
        var steps = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 1500;
        var folder = Directory.CreateTempSubdirectory("rl-logging-").FullName;
        try
        {
            var (plain, histograms, listened) = (new List<double>(), new List<double>(), new List<double>());
            // The first round warms up.
            for (var round = 0; round <= rounds; round++)
            {
                double Time(string name, params string[] more) => Milliseconds(Path.Combine(folder, $"{name}-{round}"), steps, more);
                plain.Add(Time("plain"));
                histograms.Add(Time("histograms", $"log.histograms={Interval}"));
                using var listener = Listener();
                listened.Add(Time("listened"));
            }

            var step = plain.Skip(1).Average();
            // TD3's actor moves in every other update, so that all networks have gradients in one of them.
            var of = (histograms.Skip(1).Average() - step) * Interval;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a step {step:F3} ms; with a listener of the meters {listened.Skip(1).Average():F3} ms ({Ratios(listened, plain)})"));
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"one update's distributions {of:F2} ms: {of / (step * UsualInterval):P2} of the time with log.histograms={UsualInterval}; with {Interval}, {Ratios(histograms, plain)} of the time without"));
            Console.WriteLine($"their size in the event file: {Bytes(folder, "histograms") - Bytes(folder, "plain"):N0} bytes for {steps / Interval} updates and the warm-up's");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string Ratios(List<double> with, List<double> without) => string.Join(", ", with.Zip(without, (a, b) => a / b).Skip(1).Select(ratio => ratio.ToString("F3", CultureInfo.InvariantCulture)));

    static long Bytes(string folder, string name) => Directory.GetFiles(Path.Combine(folder, $"{name}-1"), "*tfevents*").Sum(file => new FileInfo(file).Length);

    /// <summary>CPU time of a step behind the warm-up.</summary>
    static double Milliseconds(string path, int steps, string[] more)
    {
        var (began, ended) = (TimeSpan.Zero, TimeSpan.Zero);
        Training.Run("td3", "HalfCheetah-v5", new()
        {
            Assignments = [$"total_steps={WarmUp + steps}", $"start_steps={WarmUp / 2}", "evaluation_interval=0", "evaluation_episodes=1", "checkpoint_interval=0", .. more],
            Runs = Path.GetDirectoryName(path)!,
            Name = Path.GetFileName(path),
        }, new()
        {
            Progressed = now =>
            {
                began = now.Step == WarmUp ? Environment.CpuUsage.TotalTime : began;
                ended = now.Step == WarmUp + steps ? Environment.CpuUsage.TotalTime : ended;
            },
        }).Dispose();
        return (ended - began).TotalMilliseconds / steps;
    }

    static MeterListener Listener()
    {
        var listener = new MeterListener { InstrumentPublished = (instrument, self) => self.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        listener.Start();
        return listener;
    }
}
