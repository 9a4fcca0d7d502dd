using System.Diagnostics;
using System.Globalization;
using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// Environment steps per second and per CPU-second of TD3 on HalfCheetah-v5, everything included (acting, stepping, storing, one update
/// a step), without refinement and with a quarter of the actions refined by ADR-GD and by SHARP, and of stepping 16 copies alone. Threads of the matrix products are libtorch's (OMP_NUM_THREADS).
/// </summary>
static class TrainingLoopBenchmark
{
    const int WarmUp = 1000;
    const int Copies = 16;

    public static void Run(string[] arguments)
    {
        var steps = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 3000;
        var threads = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 1;
        set_num_threads(1);
        Print("TD3 on HalfCheetah-v5", steps, Train(steps, new()));
        foreach (var optimizer in threads == 1 ? ["adr-gd", "sharp"] : Array.Empty<string>())
        {
            Print($"TD3 with {optimizer}", steps, Train(steps, new() { Explore = new() { Method = optimizer } }));
        }

        Print($"stepping {Copies} copies, {threads} thread(s)", Copies * steps / 2, Step(steps / 2, threads));
    }

    static (TimeSpan Wall, TimeSpan Cpu) Train(int steps, RefinementOptions refine)
    {
        var training = new TrainingOptions
        {
            TotalSteps = WarmUp + steps, EvaluationInterval = 0, EvaluationEpisodes = 1, CheckpointInterval = 0,
        };
        using var train = EnvironmentCatalog.Make("HalfCheetah-v5");
        using var evaluation = EnvironmentCatalog.Make("HalfCheetah-v5");
        using var agent = new Td3(
            new Td3Options { StartSteps = WarmUp / 2, Refine = refine }, train.ObservationSpace, train.ActionSpace, training, TimeProvider.System);
        var run = new StepTimer(WarmUp, WarmUp + steps);
        new TrainingLoop(agent, train, evaluation, training, run, TimeProvider.System).Run(CancellationToken.None);
        return run.Elapsed;
    }

    static (TimeSpan Wall, TimeSpan Cpu) Step(int steps, int threads)
    {
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5", Copies, threads: threads);
        var (actions, random) = (new SpaceBuffer(environment.ActionSpace, Copies), new Pcg64(0));
        for (var copy = 0; copy < Copies; copy++)
        {
            environment.ActionSpace.Sample(random, actions, copy);
        }

        environment.Reset(0);
        var clock = new Clock();
        for (var step = 0; step < steps; step++)
        {
            environment.Step(actions);
            environment.ResetFinished();
        }

        return clock.Elapsed;
    }

    static void Print(string what, int steps, (TimeSpan Wall, TimeSpan Cpu) elapsed) => Console.WriteLine(string.Create(
        CultureInfo.InvariantCulture,
        $"  {what,-36} {steps / elapsed.Wall.TotalSeconds,9:F0} steps/s {steps / elapsed.Cpu.TotalSeconds,9:F0} steps per CPU-second"));

    /// <summary>Wall-clock and processor time since it was made.</summary>
    sealed class Clock
    {
        readonly long _wall = Stopwatch.GetTimestamp();
        readonly TimeSpan _cpu = Process.GetCurrentProcess().TotalProcessorTime;

        public (TimeSpan Wall, TimeSpan Cpu) Elapsed =>
            (Stopwatch.GetElapsedTime(_wall), Process.GetCurrentProcess().TotalProcessorTime - _cpu);
    }

    /// <summary>Keeps nothing, and takes the time between two steps.</summary>
    sealed class StepTimer(long first, long last) : ITrainingRun
    {
        Clock? _clock;

        public (TimeSpan Wall, TimeSpan Cpu) Elapsed { get; private set; }

        public void Progress(long step)
        {
            if (step == first)
            {
                _clock = new Clock();
            }
            else if (step == last)
            {
                Elapsed = _clock!.Elapsed;
            }
        }

        public void Scalar(string tag, double value, long step)
        {
        }

        public void Evaluated(EvaluationResult result, IAgent agent)
        {
        }

        public void Checkpoint(long step, Action<BinaryWriter> save)
        {
        }
    }
}
