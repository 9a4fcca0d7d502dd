using System.Diagnostics;
using System.Globalization;
using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using RL.Environments;

namespace RL.Benchmarks;

/// <summary>
/// What it costs to look for numbers that are not finite: the time of the check of one observation as a share of one step of a task without
/// an agent, and, for comparison, that of finding its largest magnitude. The three take turns; medians of CPU time.
/// </summary>
static class FiniteCheckBenchmark
{
    const int Repetitions = 200;

    static bool _isFinite;

    /// <summary>[rounds = 9] [steps of a round = 20,000]</summary>
    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 9;
        var steps = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 20_000;
        Console.WriteLine("task            step ns  check ns  share    largest magnitude ns  share");
        foreach (var task in new[] { "CartPole-v1", "Pendulum-v1", "HalfCheetah-v5", "Humanoid-v5" })
        {
            var ofStep = task is "CartPole-v1" or "Pendulum-v1" ? steps * 10 : steps / 10;
            var (environment, results) = (EnvironmentCatalog.Make(task), Enumerable.Range(0, 3).Select(_ => new List<double>()).ToArray());
            using var owned = environment;
            var actions = new SpaceBuffer(environment.ActionSpace, 1);
            environment.ActionSpace.Sample(new Pcg64(0), actions, 0);
            environment.Reset(0);
            var observation = environment.Observations;
            var isSingle = environment.ObservationSpace.ElementType == ElementType.Float32;
            for (var round = -1; round < rounds; round++)
            {
                double[] times =
                [
                    Nanoseconds(ofStep, () =>
                    {
                        environment.ResetFinished();
                        environment.Step(actions);
                    }),
                    isSingle ? Check(observation.Row<float>(0).ToArray(), steps) : Check(observation.Row<double>(0).ToArray(), steps),
                    isSingle ? Largest(observation.Row<float>(0).ToArray(), steps) : Largest(observation.Row<double>(0).ToArray(), steps),
                ];
                for (var i = 0; round >= 0 && i < times.Length; i++)
                {
                    results[i].Add(times[i]);
                }
            }

            var medians = results.Select(times => times.Order().ElementAt(times.Count / 2)).ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{task,-14} {medians[0],8:F0} {medians[1],9:F2} {medians[1] / medians[0],6:P2} {medians[2],23:F2} {medians[2] / medians[0],6:P2}"));
        }
    }

    static bool IsLargestFinite<T>(ReadOnlySpan<T> values)
        where T : unmanaged =>
        float.IsFinite(typeof(T) == typeof(float)
            ? TensorPrimitives.MaxMagnitude(MemoryMarshal.Cast<T, float>(values))
            : (float)TensorPrimitives.MaxMagnitude(MemoryMarshal.Cast<T, double>(values)));

    static double Check<T>(T[] row, int count)
        where T : unmanaged => Nanoseconds(count, () =>
    {
        var isFinite = true;
        for (var i = 0; i < Repetitions; i++)
        {
            isFinite &= Finite.All<T>(row);
        }

        _isFinite = isFinite;
    }) / Repetitions;

    static double Largest<T>(T[] row, int count)
        where T : unmanaged => Nanoseconds(count, () =>
    {
        var isFinite = true;
        for (var i = 0; i < Repetitions; i++)
        {
            isFinite &= IsLargestFinite<T>(row);
        }

        _isFinite = isFinite;
    }) / Repetitions;

    static double Nanoseconds(int count, Action work)
    {
        var before = Process.GetCurrentProcess().TotalProcessorTime;
        for (var i = 0; i < count; i++)
        {
            work();
        }

        return (Process.GetCurrentProcess().TotalProcessorTime - before).TotalNanoseconds / count;
    }
}
