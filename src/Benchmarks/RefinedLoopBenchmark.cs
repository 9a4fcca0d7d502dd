using System.Globalization;
using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// What refinement costs in each place: TD3's whole loop on HalfCheetah-v5 (acting, stepping, storing, one update a step; batch 256,
/// networks 256-256), plain and refined, in turn in one process, one thread.
/// <code>refined-loop [ROUNDS] [STEPS] [CASE]</code>
/// With CASE only plain and those whose names contain it.
/// </summary>
static class RefinedLoopBenchmark
{
    const int WarmUp = 500;

    static readonly (string Name, RefinementOptions Refine)[] _cases =
    [
        ("plain", new()),
        ("explore=sharp, share 0.25", new() { Explore = new() { Method = "sharp" } }),
        ("target=gradient, 10 passes", new() { Target = new() { Method = "gradient" } }),
        ("the same, 5 passes", new() { Target = new() { Method = "gradient", Passes = 5 } }),
        ("the same, critic=minimum", new() { Target = new() { Method = "gradient", Critic = "minimum" } }),
        ("target=sharp, 10 passes", new() { Target = new() { Method = "sharp" } }),
        ("guide=gradient, 10 passes", new() { Guide = new() { Method = "gradient" } }),
        ("target and guide=gradient", new() { Target = new() { Method = "gradient" }, Guide = new() { Method = "gradient" } }),
    ];

    public static void Run(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var rounds = arguments.Length > 0 ? int.Parse(arguments[0], culture) : 5;
        var steps = arguments.Length > 1 ? int.Parse(arguments[1], culture) : 200;
        var cases = _cases.Where((each, i) => i == 0 || arguments.Length < 3 || each.Name.Contains(arguments[2], StringComparison.Ordinal)).ToArray();
        set_num_threads(1);
        var loops = Array.ConvertAll(cases, each => new Loop(each.Refine));
        Array.ForEach(loops, loop => loop.Run(2 * WarmUp));
        var times = loops.Select(_ => new List<double>()).ToArray();
        for (var round = 0; round < rounds; round++)
        {
            for (var i = 0; i < loops.Length; i++)
            {
                var began = Environment.CpuUsage.TotalTime;
                loops[i].Run(steps);
                times[i].Add((Environment.CpuUsage.TotalTime - began).TotalMilliseconds / steps);
            }
        }

        Console.WriteLine($"TD3's loop on HalfCheetah-v5, CPU milliseconds a step, medians of {rounds} rounds of {steps} steps, 1 thread; ratio to plain, paired (least to most)");
        for (var i = 0; i < loops.Length; i++)
        {
            var ratios = times[i].Zip(times[0], (time, plain) => time / plain).Order().ToArray();
            Console.WriteLine(string.Create(culture,
                $"  {cases[i].Name,-28}{Median(times[i]),7:F2} ms   {Median(ratios):F2} ({ratios[0]:F2} to {ratios[^1]:F2})"));
            loops[i].Dispose();
        }
    }

    static double Median(IReadOnlyList<double> values) => values.Order().ElementAt(values.Count / 2);

    /// <summary>The loop of an agent, which can be run piece by piece.</summary>
    sealed class Loop : IDisposable, IMetrics
    {
        readonly IVectorEnvironment _environment = EnvironmentCatalog.Make("HalfCheetah-v5");
        readonly SpaceBuffer _actions;
        readonly Td3 _agent;

        public Loop(RefinementOptions refine)
        {
            _actions = new SpaceBuffer(_environment.ActionSpace, 1);
            _agent = new Td3(
                new Td3Options { StartSteps = WarmUp, ReplayCapacity = 100_000, Refine = refine }, _environment.ObservationSpace,
                _environment.ActionSpace, new TrainingOptions(), TimeProvider.System);
            _environment.Reset(0);
        }

        public void Run(int steps)
        {
            for (var step = 0; step < steps; step++)
            {
                _agent.Act(_environment.Observations, _actions, explore: true);
                _agent.Observe(_environment.Step(_actions));
                _environment.ResetFinished();
                _agent.Update(this);
            }
        }

        public void Scalar(string tag, double value)
        {
        }

        public void Dispose()
        {
            _agent.Dispose();
            _environment.Dispose();
        }
    }
}
