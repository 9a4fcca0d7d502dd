using System.Diagnostics.Metrics;
using System.Globalization;
using RL.Runs;

namespace RL.Benchmarks;

/// <summary>
/// What logging costs a run of TD3 on HalfCheetah-v5 with a folder, after its warm-up: distributions every ten steps, and a listener of the meters, each against
/// the same run without. The three runs are in one process and take turns after a few steps, A B C C B A, so that whatever else the machine does falls on all
/// of them alike; CPU time of the process, medians over the rounds with their 95 % intervals.
/// </summary>
static class LoggingBenchmark
{
    const int WarmUp = 600, Interval = 10, UsualInterval = 1000;
    const int Plain = 0, Histograms = 1, Listened = 2;

    static readonly int[] _round = [Plain, Histograms, Listened, Listened, Histograms, Plain];

    /// <summary>[rounds = 60] [steps of a turn = 30]</summary>
    public static void Run(string[] arguments)
    {
        int Number(int i, int fallback) => arguments.Length > i ? int.Parse(arguments[i], CultureInfo.InvariantCulture) : fallback;
        var (rounds, steps) = (Number(0, 60), Number(1, 30));
        var folder = Directory.CreateTempSubdirectory("rl-logging-").FullName;
        try
        {
            var clock = TimeProvider.System;
            var start = clock.GetTimestamp();
            // The first round warms up.
            using var turns = new Turns([.. Enumerable.Repeat(_round, rounds + 1).SelectMany(round => round)]);
            Task.WaitAll(Enumerable.Range(0, 3).Select(run => Task.Factory.StartNew(
                () => turns.Guard(() => Train(turns, run, Path.Combine(folder, run.ToString(CultureInfo.InvariantCulture)), steps, rounds)),
                CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
            double[] Rounds(int run) => [.. turns.Milliseconds(run).Chunk(2).Skip(1).Select(turns => turns.Sum() / (2 * steps))];
            var (plain, histograms, listened) = (Rounds(Plain), Rounds(Histograms), Rounds(Listened));
            var step = Median(plain).Median;
            // TD3's actor moves in every other update, so that all networks have gradients in one of them.
            var of = Median([.. histograms.Zip(plain, (with, without) => (with - without) * Interval)]);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"a step {step:F3} ms of CPU; {rounds} rounds of 6 × {steps} steps, {clock.GetElapsedTime(start).TotalSeconds:F0} s"));
            Console.WriteLine($"with a listener of the meters: {Ratio(listened, plain)} of the time without");
            Console.WriteLine($"with distributions every {Interval} steps: {Ratio(histograms, plain)} of the time without");
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"one update's distributions {of.Median:F2} ms ({of.Low:F2} to {of.High:F2}): {of.Median / (step * UsualInterval):P2} of the time with log.histograms={UsualInterval}"));
            Console.WriteLine($"their size in the event file: {Bytes(folder, Histograms) - Bytes(folder, Plain):N0} bytes for {(WarmUp + (2 * steps * (rounds + 1))) / Interval} updates");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static string Ratio(double[] with, double[] without)
    {
        var (low, median, high) = Median([.. with.Zip(without, (a, b) => a / b)]);
        return string.Create(CultureInfo.InvariantCulture, $"{median:F4} ({low:F4} to {high:F4})");
    }

    /// <summary>And its 95 % interval, by order: ranks of a binomial distribution, which needs nothing of that of the values.</summary>
    static (double Low, double Median, double High) Median(double[] values)
    {
        Array.Sort(values);
        var (middle, reach) = ((values.Length - 1) / 2.0, 0.98 * Math.Sqrt(values.Length));
        double At(double rank) => values[Math.Clamp((int)Math.Round(rank), 0, values.Length - 1)];
        return (At(middle - reach), (values[(int)Math.Floor(middle)] + values[(int)Math.Ceiling(middle)]) / 2, At(middle + reach));
    }

    static long Bytes(string folder, int run) =>
        Directory.GetFiles(Path.Combine(folder, run.ToString(CultureInfo.InvariantCulture)), "*tfevents*").Sum(file => new FileInfo(file).Length);

    static void Train(Turns turns, int run, string path, int steps, int rounds)
    {
        var next = WarmUp + steps;
        turns.Begin(run);
        Training.Run("td3", "HalfCheetah-v5", new()
        {
            Assignments =
            [
                // A step more than is measured, so that what ends a run is not.
                $"total_steps={WarmUp + (2 * steps * (rounds + 1)) + 1}", $"start_steps={WarmUp / 2}", "evaluation_interval=0", "evaluation_episodes=1",
                "checkpoint_interval=0", $"log.histograms={(run == Histograms ? Interval : 0)}",
            ],
            Runs = Path.GetDirectoryName(path)!,
            Name = Path.GetFileName(path),
        }, new()
        {
            Progressed = now =>
            {
                if (now.Step == next)
                {
                    next += steps;
                    turns.Pass(run);
                }
            },
        }).Dispose();
    }

    static MeterListener Listener()
    {
        var listener = new MeterListener { InstrumentPublished = (instrument, self) => self.EnableMeasurementEvents(instrument) };
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => { });
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => { });
        listener.Start();
        return listener;
    }

    /// <summary>Lets one run after the other go on, and keeps the CPU time of every turn; after the last one all end.</summary>
    /// <param name="order">Whose turn it is.</param>
    sealed class Turns(int[] order) : IDisposable
    {
        readonly SemaphoreSlim[] _turns = [.. order.Distinct().Order().Select(run => new SemaphoreSlim(run == order[0] ? 1 : 0))];
        readonly List<double>[] _milliseconds = [.. order.Distinct().Select(_ => new List<double>())];
        readonly CancellationTokenSource _failed = new();
        MeterListener? _listener;
        TimeSpan _began;
        int _at;

        public IReadOnlyList<double> Milliseconds(int run) => _milliseconds[run];

        /// <summary>Waits for the first turn.</summary>
        public void Begin(int run)
        {
            _turns[run].Wait(_failed.Token);
            Start(run);
        }

        /// <summary>Ends a turn and waits for the next one.</summary>
        public void Pass(int run)
        {
            _milliseconds[run].Add((Environment.CpuUsage.TotalTime - _began).TotalMilliseconds);
            _listener?.Dispose();
            _listener = null;
            if (++_at == order.Length)
            {
                Array.ForEach(_turns, turn => turn.Release());
            }
            else
            {
                _turns[order[_at]].Release();
            }

            _turns[run].Wait(_failed.Token);
            if (_at < order.Length)
            {
                Start(run);
            }
        }

        /// <summary>Has the others end if one fails.</summary>
        public void Guard(Action work)
        {
            try
            {
                work();
            }
            catch
            {
                _failed.Cancel();
                throw;
            }
        }

        void Start(int run)
        {
            _listener = run == Listened ? Listener() : null;
            _began = Environment.CpuUsage.TotalTime;
        }

        public void Dispose()
        {
            Array.ForEach(_turns, turn => turn.Dispose());
            _failed.Dispose();
        }
    }
}
