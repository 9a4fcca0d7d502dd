using System.Diagnostics;
using System.Globalization;
using RL.Agents;
using RL.Runs;
using RL.Sweeps;

namespace RL.Benchmarks;

/// <summary>
/// Memory and handles of a process that works for long. Every ten seconds one line: minutes, resident memory, managed heap after the last
/// collection, MB allocated, open file descriptors, threads. Then one line: how much the largest of each grew from the second quarter of the time to the
/// last, the first being warm-up, and the process's peak.
/// </summary>
static class EnduranceBenchmark
{
    static readonly TimeSpan _interval = TimeSpan.FromSeconds(10);

    static readonly string[] _often = ["evaluation_interval=1024", "evaluation_episodes=1", "checkpoint_interval=1024"];

    static readonly Dictionary<string, Action<Sampler>> _cases = new()
    {
        // The replay buffer is full before the warm-up ends: it is memory that the run was given, not growth.
        ["td3"] = sampler => Train(sampler, "td3", "HalfCheetah-v5", null, "replay_capacity=10000", "start_steps=1000", "evaluation_interval=5000", "checkpoint_interval=5000"),
        ["ppo-small"] = sampler => TrainOnImages(
            sampler, "network=small", "copies=16", "evaluation_interval=4096", "evaluation_episodes=2", "checkpoint_interval=4096"),
        ["ppo-compact"] = sampler => TrainOnImages(sampler, ["network=compact", "copies=16", "epochs=1", .. _often]),
        ["ppo-nature"] = sampler => TrainOnImages(sampler, ["network=nature", "copies=16", "epochs=1", .. _often]),
        ["ppo-impala"] = sampler => TrainOnImages(sampler, ["copies=8", "epochs=1", .. _often]),
        ["ppo-procgen"] = sampler => Train(sampler, "ppo", "procgen:coinrun", "ppo-procgen"),
        ["attack"] = Attack,
        ["sweep"] = Search,
    };

    /// <summary>Case (td3, ppo-small, ppo-compact, ppo-nature, ppo-impala, ppo-procgen, attack, sweep) [minutes = 12].</summary>
    public static void Run(string[] arguments)
    {
        var minutes = arguments.Length > 1 ? double.Parse(arguments[1], CultureInfo.InvariantCulture) : 12;
        var sampler = new Sampler(TimeSpan.FromMinutes(minutes), _interval);
        _cases[arguments[0]](sampler);
        Console.WriteLine($"{arguments[0]}: {sampler.Summary()}");
    }

    static void TrainOnImages(Sampler sampler, params string[] assignments) =>
        Train(sampler, "ppo", "procgen:coinrun", "ppo-procgen", ["rollout_steps=64", "minibatches=1", .. assignments]);

    static void Train(Sampler sampler, string agent, string environment, string? preset, params string[] assignments)
    {
        var folder = Directory.CreateTempSubdirectory("rl-endurance-").FullName;
        try
        {
            using var result = Training.Run(
                agent,
                environment,
                new() { Preset = preset, Runs = folder, Name = "run", Assignments = ["total_steps=1000000000", .. assignments] },
                new() { Stop = _ => sampler.IsOver() });
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>The process that carries out a sweep of short runs; those are processes of their own.</summary>
    static void Search(Sampler sampler)
    {
        var runs = Directory.CreateTempSubdirectory("rl-endurance-").FullName;
        try
        {
            var spec = new SweepSpec
            {
                Agent = "td3",
                Environment = "Pendulum-v1",
                Trials = 4_000,
                Settings = new()
                {
                    ["batch_size"] = "8..64", ["discount"] = "0.9..0.99", ["hidden_layers"] = 8, ["replay_capacity"] = 1000, ["start_steps"] = 50,
                    ["total_steps"] = 200, ["evaluation_interval"] = 100, ["evaluation_episodes"] = 1, ["checkpoint_interval"] = 100,
                },
            };
            using var stop = new CancellationTokenSource();
            var folder = SweepFolder.Create(runs, "sweep", SweepPlan.Of(spec), TimeProvider.System);
            var callbacks = new SweepCallbacks
            {
                Ended = (_, _) =>
                {
                    if (sampler.IsOver())
                    {
                        stop.Cancel();
                    }
                },
            };
            using var processes = new WorkerProcesses(Path.Combine(AppContext.BaseDirectory, "rl"), ["worker"], 1);
            using var sweep = new Sweep(folder, callbacks, "", TimeProvider.System);
            sweep.Run(processes, 1, stop.Token).GetAwaiter().GetResult();
            Console.WriteLine($"{sweep.Progress.Trials.Count(trial => trial.State == TrialState.Finished)} trials");
        }
        finally
        {
            Directory.Delete(runs, recursive: true);
        }
    }

    static void Attack(Sampler sampler)
    {
        using var policy = Policy.Load("models/coinrun-easy-200.safetensors");
        for (var seed = 0; !sampler.IsOver(); seed++)
        {
            policy.Attack(new() { Method = "pgd", Epsilon = 1 / 255.0, Passes = 5, Budget = 20, Seed = (ulong)seed }, episodes: 1, seed);
        }
    }

    /// <summary>Takes a sample when one is due.</summary>
    sealed class Sampler(TimeSpan length, TimeSpan interval)
    {
        readonly List<Sample> _samples = [];
        readonly Stopwatch _clock = Stopwatch.StartNew();
        double _liveAfterWarmUp;

        /// <summary>What is still in use of the managed heap, in MB.</summary>
        static double Live => GC.GetTotalMemory(forceFullCollection: true) / 1e6;

        /// <summary>Whether the time is over; prints a line now and then.</summary>
        public bool IsOver()
        {
            if (_clock.Elapsed >= interval * (_samples.Count + 1))
            {
                if (_liveAfterWarmUp == 0 && _clock.Elapsed >= length / 4)
                {
                    _liveAfterWarmUp = Live;
                }

                _samples.Add(Sample.Take(_clock.Elapsed));
                Console.WriteLine(_samples[^1]);
            }

            return _clock.Elapsed > length;
        }

        public string Summary()
        {
            var (early, late) = (Largest(0.25, 0.5), Largest(0.75, 1.01));
            return string.Create(
                CultureInfo.InvariantCulture,
                $"resident {early.Resident:F1} to {late.Resident:F1} MB ({100 * ((late.Resident / early.Resident) - 1):F2} %), "
                + $"heap {early.Heap:F1} to {late.Heap:F1} MB (in use {_liveAfterWarmUp:F2} to {Live:F2}), descriptors {early.Descriptors} to {late.Descriptors}, "
                + $"threads {early.Threads} to {late.Threads}, peak {Sample.Status("VmHWM"):F1} MB");
        }

        Sample Largest(double from, double to)
        {
            // A step may take longer than a quarter of the time: the sample after it counts then.
            var samples = _samples.Where(sample => sample.Time >= from * length && sample.Time < to * length)
                .DefaultIfEmpty(_samples.Find(sample => sample.Time >= from * length)).ToList();
            return new(
                default,
                samples.Max(sample => sample.Resident),
                samples.Max(sample => sample.Heap),
                0,
                samples.Max(sample => sample.Descriptors),
                samples.Max(sample => sample.Threads));
        }
    }

    readonly record struct Sample(TimeSpan Time, double Resident, double Heap, double Allocated, int Descriptors, int Threads)
    {
        public static Sample Take(TimeSpan time) => new(
            time,
            Status("VmRSS"),
            GC.GetGCMemoryInfo().HeapSizeBytes / 1e6,
            GC.GetTotalAllocatedBytes() / 1e6,
            Directory.GetFiles("/proc/self/fd").Length,
            Directory.GetDirectories("/proc/self/task").Length);

        /// <summary>A line of /proc/self/status in MB.</summary>
        public static double Status(string key) => double.Parse(
            File.ReadLines("/proc/self/status").First(line => line.StartsWith(key, StringComparison.Ordinal)).Split(' ', '\t')[^2],
            CultureInfo.InvariantCulture) * 1024 / 1e6;

        public override string ToString() => string.Create(
            CultureInfo.InvariantCulture, $"{Time.TotalMinutes:F2},{Resident:F1},{Heap:F1},{Allocated:F0},{Descriptors},{Threads}");
    }
}
