using System.Globalization;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// CPU time of an iteration of ADR-GD and of projected gradient ascent, plain and fast, side by side in turn; and of refining one
/// action. One thread, B = 1, float32.
/// <code>adr-gd GOLDEN_FOLDER [ROUNDS]</code>
/// The folder holds critic_td3_256.safetensors and small_0.json.gz.
/// </summary>
static class AdrGdBenchmark
{
    /// <summary>What is timed: an optimiser made for T iterations on one of several problems, so often per round.</summary>
    sealed record Case(string Group, string Name, Func<int, IInputOptimizer> Make, Problem[] Problems, int Iterations, int Calls);

    sealed record Problem(Objective Objective, Tensor Start, Box Box);

    public static void Run(string[] arguments)
    {
        var rounds = arguments.Length > 1 ? int.Parse(arguments[1], CultureInfo.InvariantCulture) : 7;
        set_num_threads(1);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var cases = Cases(arguments[0], generator);
        var times = cases.Select(_ => new List<(double Setup, double Iteration)>()).ToArray();
        for (var round = -1; round < rounds; round++)
        {
            for (var i = 0; i < cases.Length; i++)
            {
                var (setup, all) = (Time(cases[i], 0), Time(cases[i], cases[i].Iterations));
                // The first round warms up.
                if (round >= 0)
                {
                    times[i].Add((setup, (all - setup) / cases[i].Iterations));
                }
            }
        }

        foreach (var group in cases.Select((each, i) => (each, i)).GroupBy(pair => pair.each.Group))
        {
            Console.WriteLine(group.Key);
            foreach (var (each, i) in group)
            {
                var (setup, iteration) = (Median(times[i].Select(time => time.Setup)), Median(times[i].Select(time => time.Iteration)));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"  {each.Name,-34} {iteration,9:F2} us an iteration, {setup,8:F0} us a call before the first"));
            }
        }
    }

    static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted[sorted.Length / 2];
    }

    /// <summary>CPU time of a call, in µs. The network is made anew for each call, as after an update of its weights.</summary>
    static double Time(Case each, int iterations)
    {
        var optimizer = each.Make(iterations);
        var start = Environment.CpuUsage.TotalTime;
        for (var i = 0; i < each.Calls; i++)
        {
            using var call = NewDisposeScope();
            var problem = each.Problems[i % each.Problems.Length];
            optimizer.Maximize(problem.Objective, problem.Start, problem.Box).Dispose();
        }
        return (Environment.CpuUsage.TotalTime - start).TotalMicroseconds / each.Calls;
    }

    static Case[] Cases(string folder, Generator generator)
    {
        var tensors = SafeTensors.Read(Path.Combine(folder, "critic_td3_256.safetensors"));
        var critic = ReluNetwork.FromTensors(tensors);
        var trained = Refinements(critic, tensors["observations"], tensors["actions"]);
        var wide = Refinements(Network(generator, 23, 400, 300, 1), tensors["observations"], tensors["actions"]);
        var small = Cube(Network(generator, 10, 64, 64, 1));
        var large = Cube(Network(generator, 128, 500, 500, 500, 1));
        var rl = AdrGdOptions.ActionRefinement;
        var cases = new List<Case>();
        foreach (var (name, problems) in new[] { ("[23-256-256-1] trained, 17 inputs fixed", trained), ("[23-400-300-1] fresh, 17 inputs fixed", wide) })
        {
            cases.Add(new(name, "RL form, plain", AdrGd(rl), problems, 100, 3));
            cases.Add(new(name, "RL form, dense", Fast(rl, NetworkKernel.Dense), problems, 100, 300));
            cases.Add(new(name, "RL form, incremental", Fast(rl, NetworkKernel.Incremental), problems, 100, 300));
            cases.Add(new(name, "surrogate form, plain", AdrGd(AdrGdOptions.RandomSmall), problems, 100, 3));
            cases.Add(new(name, "surrogate form, dense", Fast(AdrGdOptions.RandomSmall, NetworkKernel.Dense), problems, 100, 100));
            cases.Add(new(name, "surrogate form, incremental", Fast(AdrGdOptions.RandomSmall, NetworkKernel.Incremental), problems, 100, 100));
            cases.AddRange(Pgd(name, problems, 100, 300));
        }
        var form = AdrGdOptions.RandomSmall;
        cases.Add(new("10-64-64-1", "surrogate form, plain", AdrGd(form), small, 100, 3));
        cases.Add(new("10-64-64-1", "surrogate form, dense", Fast(form, NetworkKernel.Dense), small, 3000, 10));
        cases.Add(new("10-64-64-1", "surrogate form, incremental", Fast(form, NetworkKernel.Incremental), small, 3000, 10));
        cases.AddRange(Pgd("10-64-64-1", small, 3000, 10));
        form = AdrGdOptions.RandomLarge;
        cases.Add(new("128-500-500-500-1", "surrogate form, plain", AdrGd(form), large, 10, 1));
        cases.Add(new("128-500-500-500-1", "surrogate form, dense", Fast(form, NetworkKernel.Dense), large, 300, 1));
        cases.Add(new("128-500-500-500-1", "PGD, dense", FastPgd(NetworkKernel.Dense), large, 300, 1));
        return [.. cases];

        Func<int, IInputOptimizer> AdrGd(AdrGdOptions options) => iterations => new AdrGd(options with { Iterations = iterations }, generator);

        Func<int, IInputOptimizer> Fast(AdrGdOptions options, NetworkKernel kernel) =>
            iterations => new FastAdrGd(options with { Iterations = iterations }, generator, kernel: kernel);

        Func<int, IInputOptimizer> FastPgd(NetworkKernel kernel) =>
            iterations => new FastProjectedGradient(ProjectedGradientOptions.Annealed(iterations), generator, kernel: kernel);

        IEnumerable<Case> Pgd(string group, Problem[] problems, int iterations, int calls) =>
        [
            new(group, "PGD, plain", steps => new ProjectedGradient(ProjectedGradientOptions.Annealed(steps), generator), problems, 100, 3),
            new(group, "PGD, dense", FastPgd(NetworkKernel.Dense), problems, iterations, calls),
            new(group, "PGD, incremental", FastPgd(NetworkKernel.Incremental), problems, iterations, calls),
        ];
    }

    static Problem[] Refinements(ReluNetwork critic, Tensor observations, Tensor actions) =>
    [
        .. Enumerable.Range(0, 64).Select(row =>
        {
            var action = actions.narrow(0, row, 1);
            return new Problem(new(critic.Given(observations.narrow(0, row, 1))), action, Box.Ball(action, 1, -1, 1));
        }),
    ];

    static Problem[] Cube(ReluNetwork network)
    {
        var start = zeros(1, network.Inputs);
        return [new(new(network), start, Box.Between(-1, 1, start))];
    }

    /// <summary>Weights and biases uniform in [−1, 1].</summary>
    static ReluNetwork Network(Generator generator, params long[] sizes) => new(
        [.. sizes.Skip(1).Zip(sizes, (rows, columns) => new ReluLayer(
            (rand(rows, columns, generator: generator) * 2) - 1, (rand(rows, generator: generator) * 2) - 1))]);
}
