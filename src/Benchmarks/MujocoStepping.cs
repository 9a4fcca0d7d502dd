using System.Diagnostics;
using System.Globalization;
using RL.Environments;

namespace RL.Benchmarks;

/// <summary>
/// HalfCheetah-v5 through <see cref="IVectorEnvironment"/>, one copy: observation, reward, time limit, checks and all. Its yardstick is
/// step_loop.c, which only calls mj_step with the same controls. Prints "CPU-seconds checksum".
/// </summary>
static class MujocoStepping
{
    const int Warmup = 1000;

    public static void Run(string[] arguments)
    {
        var steps = arguments.Length > 0 ? int.Parse(arguments[0], CultureInfo.InvariantCulture) : 20_000;
        // No reset noise: both programs start every episode from the same state.
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5", 1, new HalfCheetahOptions { ResetNoiseScale = 0 });
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        var state = 1UL;
        var start = TimeSpan.Zero;
        environment.Reset(0);
        for (var i = -Warmup; i < steps; i++)
        {
            if (i == 0)
            {
                start = Process.GetCurrentProcess().TotalProcessorTime;
            }

            environment.ResetFinished();
            foreach (ref var action in actions.Row<float>(0))
            {
                action = NextControl(ref state);
            }

            environment.Step(actions);
        }

        var seconds = (Process.GetCurrentProcess().TotalProcessorTime - start).TotalSeconds;
        var checksum = Checksum(environment);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{seconds:F6} {checksum:G17}"));
    }

    // Σ qpos, without x (which is not observed): the first eight observed elements.
    static double Checksum(IVectorEnvironment environment)
    {
        var sum = 0.0;
        foreach (var position in environment.Observations.Row<double>(0)[..8])
        {
            sum += position;
        }

        return sum;
    }

    // splitmix64, as in step_loop.c.
    static float NextControl(ref ulong state)
    {
        state += 0x9e3779b97f4a7c15;
        var z = state;
        z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
        z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
        z ^= z >> 31;
        return ((z >> 40) / 8388608.0f) - 1.0f;
    }
}
