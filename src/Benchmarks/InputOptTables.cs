using System.Globalization;
using RL.InputOpt;
using RL.Studies;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// Methods with one and several starts on one network after the other, at equal passes: values, CPU time, and the best value that a long search
/// finds, which is what they are measured by.
/// <code>input-opt SET SEED [FIRST COUNT [PASSES,…]]</code>
/// SET is small, large (random networks; those of the seed) or critics=FILE (the states of a file that <see cref="BatchBenchmark"/> reads). Prints CSV,
/// a line for each network, method and budget.
/// </summary>
static class InputOptTables
{
    /// <summary>The long search: so many starts of so many sign steps each, then a polish or a longer climb from the best of them, and a walk.</summary>
    const int YardstickStarts = 2000, YardstickSteps = 150, YardstickBest = 20, YardstickPolish = 3000;

    static readonly (string Name, Func<int, Generator, IInputOptimizer> Create)[] _methods =
    [
        .. new[] { 1, 4, 10, 20 }.Select(starts => Several("pgd-annealed", starts, (steps, restarts, generator) =>
            new ProjectedGradient(ProjectedGradientOptions.Annealed(steps) with { Restarts = restarts }, generator))),
        .. new[] { 1, 4, 10 }.Select(starts => Several("apgd", starts, (steps, restarts, generator) =>
            new AutoProjectedGradient(new() { Steps = steps, Restarts = restarts }, generator))),
        ("adr-gd", (passes, generator) => new AdrGd(AdrGdOptions.RandomSmall with { Iterations = passes / 2 }, generator)),
        ("adr-gd-large", (passes, generator) => new AdrGd(AdrGdOptions.RandomLarge with { Iterations = passes / 2 }, generator)),
        ("sharp", (passes, generator) => new Sharp(new() { Passes = passes }, generator)),
    ];

    public static void Run(string[] arguments)
    {
        var culture = CultureInfo.InvariantCulture;
        var (set, seed) = (arguments[0], ulong.Parse(arguments[1], culture));
        var first = arguments.Length > 2 ? int.Parse(arguments[2], culture) : 0;
        var count = arguments.Length > 3 ? int.Parse(arguments[3], culture) : 8;
        int[] budgets = arguments.Length > 4 ? [.. arguments[4].Split(',').Select(passes => int.Parse(passes, culture))] : [100, 300, 1000];
        set_num_threads(1);
        using var noGrad = no_grad();
        using var all = NewDisposeScope();
        var problem = Problems(set, seed);
        Console.WriteLine("set,seed,number,method,passes,taken,value,start,yardstick,cpu_ms");
        for (var number = first; number < first + count; number++)
        {
            using var scope = NewDisposeScope();
            var (objective, start, box) = problem(number);
            var yardstick = Yardstick(objective, start, box, seed);
            foreach (var budget in budgets)
            {
                foreach (var (name, create) in _methods)
                {
                    using var generator = new Generator((seed * 1_000_003) + (ulong)number);
                    var optimizer = create(budget, generator);
                    // Once before, so that no method pays for what is compiled or packed at a first call.
                    optimizer.Maximize(objective, start, box, limits: new() { Target = double.NegativeInfinity }).Dispose();
                    var began = Environment.CpuUsage.TotalTime;
                    using var found = optimizer.Maximize(objective, start, box);
                    var time = Environment.CpuUsage.TotalTime - began;
                    Console.WriteLine(string.Create(culture,
                        $"{Path.GetFileNameWithoutExtension(set)},{seed},{number},{name},{budget},{found.GradientPasses},{found.Value.ToDouble()},{found.StartValue.ToDouble()},{yardstick},{time.TotalMilliseconds:F3}"));
                }
            }
        }
    }

    static (string Name, Func<int, Generator, IInputOptimizer> Create) Several(
        string name, int starts, Func<int, int, Generator, IInputOptimizer> create) =>
        ($"{name} × {starts}", (passes, generator) => create(Math.Max(1, passes / starts), starts - 1, generator));

    static Func<int, (Objective Objective, Tensor Start, Box Box)> Problems(string set, ulong seed)
    {
        if (set is "small" or "large")
        {
            return number =>
            {
                var network = RandomNetworks.Draw(set == "small" ? RandomNetworks.Small : RandomNetworks.Large, seed, number);
                var start = zeros(1, network.Inputs);
                return (new(network), start, Box.Between(-1, 1, start));
            };
        }
        var tensors = SafeTensors.Read(set.Split('=')[1]);
        var critic = ReluNetwork.FromTensors(tensors);
        return number =>
        {
            // The second half of the states: the first served to tune.
            var row = (tensors["observations"].shape[0] / 2) + number;
            var (state, action) = (tensors["observations"].narrow(0, row, 1), tensors["actions"].narrow(0, row, 1));
            return (new(critic.Given(state)), action, Box.Ball(action, 1, -1, 1));
        };
    }

    static double Yardstick(Objective objective, Tensor start, Box box, ulong seed)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed + 77);
        var steps = ProjectedGradientOptions.Annealed(YardstickSteps) with { Restarts = YardstickStarts - 1, Momentum = 0.3, FinalStepSize = 0.01 };
        // One search per start would keep the best alone.
        var points = cat([start, box.Sample(empty(YardstickStarts - 1, start.shape[1]), generator)]);
        var repeated = new Objective(objective.Network.Repeat(YardstickStarts), objective.Score);
        var climbed = new ProjectedGradient(steps with { Restarts = 0 }, generator)
            .Maximize(repeated, points, (Box)box.Repeat(inputDims: 1, YardstickStarts));
        var best = climbed.X.index_select(0, climbed.Value.topk(YardstickBest).indexes).unsqueeze(0);
        var polished = new Sharp(new() { Passes = YardstickPolish, Starts = YardstickBest, FirstStep = 0.3 }, generator).Maximize(objective, best, box);
        return Math.Max(climbed.Value.max().ToDouble(), polished.Value.ToDouble());
    }
}
