using System.Diagnostics;
using System.Globalization;
using RL.Environments;

namespace RL.Benchmarks;

/// <summary>
/// A Procgen game through <see cref="IVectorEnvironment"/>: easy levels, normal drawing, 64 copies, random actions, resets
/// included. Arguments: game, rounds, threads, back-end (builtin or libenv). Prints "steps CPU-seconds wall-seconds checksum".
/// </summary>
static class ProcgenStepping
{
    const int Copies = 64;
    const int Warmup = 200;

    public static void Run(string[] arguments)
    {
        var game = arguments.Length > 0 ? arguments[0] : "coinrun";
        var threads = arguments.Length > 2 ? int.Parse(arguments[2], CultureInfo.InvariantCulture) : 1;
        var rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 3000;
        var entry = EnvironmentCatalog.Entries[$"procgen:{game}"];
        var options = (ProcgenOptions)entry.DefaultOptions with
        {
            DistributionMode = DistributionMode.Easy,
            Backend = arguments.Length > 3 ? Enum.Parse<ProcgenBackend>(arguments[3], ignoreCase: true) : ProcgenBackend.Builtin,
        };
        using var environment = EnvironmentCatalog.Make($"procgen:{game}", Copies, options, threads);
        var actions = new SpaceBuffer(environment.ActionSpace, Copies);
        var random = new Pcg64(1);
        var (cpu, clock, checksum) = (TimeSpan.Zero, new Stopwatch(), 0UL);
        environment.Reset(0);
        for (var round = -Warmup; round < rounds; round++)
        {
            if (round == 0)
            {
                cpu = Process.GetCurrentProcess().TotalProcessorTime;
                clock.Start();
            }

            foreach (ref var action in actions.Values<int>())
            {
                action = random.NextInt(15);
            }

            environment.Step(actions);
            environment.ResetFinished();
            checksum = (checksum * 31) + environment.Observations.Bytes[round & 8191];
        }

        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - cpu).TotalSeconds;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"{rounds * Copies} {seconds:F3} {clock.Elapsed.TotalSeconds:F3} {checksum}"));
    }
}
