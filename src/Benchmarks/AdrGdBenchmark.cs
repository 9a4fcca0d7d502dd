using System.Globalization;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// CPU time of ADR-GD and of projected gradient ascent (PGD), plain and fast, in turn: of an iteration, and of refining one
/// action from first to last. One thread, B = 1, float32.
/// <code>adr-gd CRITIC.safetensors [ROUNDS] [NAME]</code>
/// The file holds 1.weight … 3.bias (out×in) of a critic, observations and actions; NAME is a part of the names of what is to be timed.
/// </summary>
static class AdrGdBenchmark
{
    /// <summary>
    /// What is timed: an optimiser made for T iterations, on the i-th of several problems, so many calls a round.
    /// </summary>
    sealed record Case(
        string Group, string Name, Func<int, IInputOptimizer> Make, Func<int, Problem> ProblemAt, int Iterations, int Calls);

    sealed record Problem(Objective Objective, Tensor Start, Box Box);

    /// <summary>CPU time of a call without iterations, and of each iteration, in µs.</summary>
    readonly record struct Times(double Setup, double Iteration);

    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 7;
        set_num_threads(1);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var cases = Cases(SafeTensors.Read(arguments[0]), generator)
            .Where(each => arguments.Length < 3 || each.Name.Contains(arguments[2], StringComparison.Ordinal)).ToArray();
        var times = cases.Select(_ => new List<Times>()).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < cases.Length; i++)
            {
                var (setup, all) = (Time(cases[i], 0), Time(cases[i], cases[i].Iterations));
                // The first round warms up.
                if (round >= 0)
                {
                    times[i].Add(new(setup, (all - setup) / cases[i].Iterations));
                }
            }
        }

        Console.WriteLine("CPU time, float32, B = 1, 1 thread, medians; µs");
        foreach (var group in cases.Select((each, i) => (each, i)).GroupBy(pair => pair.each.Group))
        {
            Console.WriteLine(group.Key);
            var iterations = group.ToDictionary(pair => pair.each.Name, pair => Median(times[pair.i], time => time.Iteration));
            foreach (var (each, i) in group)
            {
                var (setup, iteration) = (Median(times[i], time => time.Setup), iterations[each.Name]);
                var total = setup + (iteration * each.Iterations);
                // Against the yardstick in the same version: plain, dense, incremental.
                var yardstick = "PGD" + each.Name[each.Name.LastIndexOf(',')..];
                var ratio = iterations.TryGetValue(yardstick, out var pgd) && yardstick != each.Name
                    ? string.Create(CultureInfo.InvariantCulture, $"{iteration / pgd,6:F2} x PGD")
                    : "";
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {each.Name,-32} {iteration,9:F2} an iteration {ratio,-12} " +
                    $"{total,9:F0} a call of {each.Iterations}, {setup,5:F0} to set up"));
            }
        }
    }

    static double Median(IEnumerable<Times> times, Func<Times, double> of)
    {
        var sorted = times.Select(of).Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    static double Time(Case each, int iterations)
    {
        var optimizer = each.Make(iterations);
        var start = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < each.Calls; i++)
        {
            using var call = NewDisposeScope();
            var problem = each.ProblemAt(i);
            optimizer.Maximize(problem.Objective, problem.Start, problem.Box).Dispose();
        }
        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / each.Calls;
    }

    static Case[] Cases(Dictionary<string, Tensor> tensors, Generator generator)
    {
        var (observations, actions) = (tensors["observations"], tensors["actions"]);
        var critic = ReluNetwork.FromTensors(tensors);
        var wide = Network(generator, 23, 400, 300, 1);
        var (rl, small, large) = (AdrGdOptions.ActionRefinement, AdrGdOptions.RandomSmall, AdrGdOptions.RandomLarge);
        var cases = new List<Case>();

        var critics = new[] { ("critic [23-256-256-1], trained", critic), ("critic [23-400-300-1], fresh", wide) };
        foreach (var (group, network) in critics)
        {
            var problem = Prepared(64, i => Refinement(network, observations, actions, i));
            cases.AddRange(
            [
                new(group, "network form (RL), plain", Plain(rl), problem, 100, 3),
                new(group, "network form (RL), dense", Fast(rl, NetworkKernel.Dense), problem, 100, 300),
                new(group, "network form (RL), incremental", Fast(rl, NetworkKernel.Incremental), problem, 100, 300),
                new(group, "surrogate form, plain", Plain(small), problem, 100, 3),
                new(group, "surrogate form, dense", Fast(small, NetworkKernel.Dense), problem, 100, 100),
                new(group, "surrogate form, incremental", Fast(small, NetworkKernel.Incremental), problem, 100, 100),
                .. Pgd(group, problem, 100, 300),
            ]);
        }
        var randoms = new (string, AdrGdOptions, long[], int)[]
        {
            ("random [10-64-64-1]", small, [10, 64, 64, 1], 10),
            ("random [128-500-500-500-1]", large, [128, 500, 500, 500, 1], 1),
        };
        foreach (var (group, options, sizes, calls) in randoms)
        {
            var network = Network(generator, sizes);
            var problem = Prepared(1, _ => Cube(network));
            var iterations = calls == 1 ? 300 : 3000;
            cases.AddRange(
            [
                new(group, "surrogate form, plain", Plain(options), problem, 30, 1),
                new(group, "surrogate form, dense", Fast(options, NetworkKernel.Dense), problem, iterations, calls),
                .. Pgd(group, problem, iterations, calls).SkipLast(1),
            ]);
        }
        // The network is made anew for each call, as after an update of the critic: packing and norms are part of the cost.
        Problem Anew(int i) => Refinement(new ReluNetwork(critic.Layers), observations, actions, i);
        const string one = "one action, critic [23-256-256-1] just updated";
        cases.Add(new(one, "network form (RL), plain", Plain(rl), Anew, 100, 3));
        cases.Add(new(one, "network form (RL), fast", Fast(rl, NetworkKernel.Auto), Anew, 100, 300));
        return [.. cases];

        Func<int, IInputOptimizer> Plain(AdrGdOptions options) =>
            iterations => new TensorAdrGd(options with { Iterations = iterations }, generator);

        Func<int, IInputOptimizer> Fast(AdrGdOptions options, NetworkKernel kernel) =>
            iterations => new SpanAdrGd(options with { Iterations = iterations }, generator, kernel: kernel);

        IEnumerable<Case> Pgd(string group, Func<int, Problem> problem, int iterations, int calls) =>
        [
            new(group, "PGD, plain", steps => new TensorProjectedGradient(Steps(steps), generator), problem, 100, 3),
            new(group, "PGD, dense", Fastest(NetworkKernel.Dense), problem, iterations, calls),
            new(group, "PGD, incremental", Fastest(NetworkKernel.Incremental), problem, iterations, calls),
        ];

        Func<int, IInputOptimizer> Fastest(NetworkKernel kernel) =>
            steps => new SpanProjectedGradient(Steps(steps), generator, kernel: kernel);

        static ProjectedGradientOptions Steps(int steps) => ProjectedGradientOptions.Annealed(steps);
    }

    static Func<int, Problem> Prepared(int count, Func<int, Problem> problemAt)
    {
        var problems = Enumerable.Range(0, count).Select(problemAt).ToArray();
        return i => problems[i % count];
    }

    static Problem Refinement(ReluNetwork critic, Tensor observations, Tensor actions, int i)
    {
        var row = i % observations.shape[0];
        var action = actions.narrow(0, row, 1);
        return new(new(critic.Given(observations.narrow(0, row, 1))), action, Box.Ball(action, 1, -1, 1));
    }

    static Problem Cube(ReluNetwork network)
    {
        var start = zeros(1, network.Inputs);
        return new(new(network), start, Box.Between(-1, 1, start));
    }

    /// <summary>Weights and biases uniform in [−1, 1].</summary>
    static ReluNetwork Network(Generator generator, params long[] sizes) => new(
        [.. sizes.Skip(1).Zip(sizes, (rows, columns) => new ReluLayer(
            (rand(rows, columns, generator: generator) * 2) - 1, (rand(rows, generator: generator) * 2) - 1))]);
}
