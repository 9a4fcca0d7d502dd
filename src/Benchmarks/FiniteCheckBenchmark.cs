using System.Diagnostics;
using System.Globalization;
using RL.Environments;

namespace RL.Benchmarks;

/// <summary>
/// What it costs to look for numbers that are not finite: the time of the check of all copies' observations and rewards as a share of their step without
/// an agent. The two take turns; medians of CPU time.
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
        Console.WriteLine("task            copies  step ns  check ns  share");
        foreach (var task in new[] { "CartPole-v1", "Pendulum-v1", "HalfCheetah-v5", "Humanoid-v5" })
        {
            foreach (var copies in new[] { 1, 8, 32 })
            {
                Measure(task, copies, rounds, (task is "CartPole-v1" or "Pendulum-v1" ? steps * 10 : steps / 10) / copies, steps);
            }
        }
    }

    static void Measure(string task, int copies, int rounds, int steps, int checks)
    {
        using var environment = EnvironmentCatalog.Make(task, copies);
        var actions = new SpaceBuffer(environment.ActionSpace, copies);
        var generator = new Pcg64(0);
        for (var copy = 0; copy < copies; copy++)
        {
            environment.ActionSpace.Sample(generator, actions, copy);
        }

        environment.Reset(0);
        var rewards = new double[copies];
        Func<double> check = environment.ObservationSpace.ElementType == ElementType.Float32
            ? () => Check(environment.Observations.Values<float>().ToArray(), rewards, checks)
            : () => Check(environment.Observations.Values<double>().ToArray(), rewards, checks);
        var (ofSteps, ofChecks) = (new List<double>(), new List<double>());
        for (var round = -1; round < rounds; round++)
        {
            var step = Nanoseconds(steps, () =>
            {
                environment.ResetFinished();
                environment.Step(actions);
            });
            var checking = check();
            if (round >= 0)
            {
                ofSteps.Add(step);
                ofChecks.Add(checking);
            }
        }

        var (all, part) = (Median(ofSteps), Median(ofChecks));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{task,-14} {copies,7} {all,8:F0} {part,9:F2} {part / all,6:P2}"));
    }

    static double Median(List<double> times) => times.Order().ElementAt(times.Count / 2);

    static double Check<T>(T[] observations, double[] rewards, int count)
        where T : unmanaged => Nanoseconds(count, () =>
    {
        var isFinite = true;
        for (var i = 0; i < Repetitions; i++)
        {
            isFinite &= Finite.All<T>(observations) && Finite.All<double>(rewards);
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
