using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using RL.Agents;
using RL.Environments;
using RL.Runs;

namespace RL.Benchmarks;

/// <summary>
/// Seconds and bytes of a checkpoint of a full replay buffer of HalfCheetah-v5: the first, which has everything to write, and those
/// after further transitions.
/// </summary>
static class CheckpointsBenchmark
{
    const int Rounds = 3;

    /// <summary>[transitions = 1,000,000] [new ones = 50,000] [folder = a temporary one]</summary>
    public static void Run(string[] arguments)
    {
        var count = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 1_000_000;
        var more = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 50_000;
        var folder = arguments.Length > 2 ? arguments[2] : Directory.CreateTempSubdirectory("rl-checkpoints-").FullName;
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5");
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        var scaling = new ActionScaling((BoxSpace)environment.ActionSpace);
        var buffer = new ReplayBuffer(count, environment.ObservationSpace.Size, environment.ActionSpace.Size);
        environment.Reset(0);
        environment.ActionSpace.Sample(new Pcg64(0), actions, 0);
        var outcome = environment.Step(actions);
        var checkpoints = new CheckpointFolder(RunFiles.Create(folder), 2);
        var rowBytes = (sizeof(float) * ((2 * environment.ObservationSpace.Size) + environment.ActionSpace.Size + 1)) + 1;
        for (var (round, added) = (0, count); round <= Rounds; round++, added = more)
        {
            for (var i = 0; i < added; i++)
            {
                buffer.Add(outcome, scaling);
            }

            var (bytes, clock) = (BytesWritten(), Stopwatch.StartNew());
            checkpoints.Write(new(round, new JsonObject(), [], [], null, null), null, null, buffer.Save);
            var (seconds, written) = (clock.Elapsed.TotalSeconds, BytesWritten() - bytes);
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{added,9:N0} new transitions of {count:N0}: {seconds:F3} s, {written:N0} bytes = {written / (double)(added * (long)rowBytes):F4} x the new data"));
        }

        Directory.Delete(folder, recursive: true);
    }

    static long BytesWritten() => long.Parse(
        File.ReadLines("/proc/self/io").First(line => line.StartsWith("wchar:", StringComparison.Ordinal))["wchar:".Length..],
        CultureInfo.InvariantCulture);
}
