using System.Globalization;
using RL.Certification;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Benchmarks;

/// <summary>
/// How much of the possible gain in Q optimisers find when they refine one action within radius 1, at equal gradient passes, on three kinds
/// of critics [23→256→256→1]: freshly drawn, fitted to a function, and trained by TD3 for more and more steps.
/// <code>optimizers CRITIC.safetensors CRITICS_FOLDER [SECONDS]</code>
/// The files hold 1.weight … 3.bias (out×in), observations and actions. SHARP was tuned on other draws and on the files' first halves. With
/// SECONDS per state the true maximum is proven, if it can be in that time.
/// </summary>
static class OptimizersBenchmark
{
    const int Observation = 17, Action = 6, Fresh = 8, Fitted = 4;

    static readonly int[] _passes = [100, 300];

    static readonly (string Name, Func<int, Generator, IInputOptimizer> Create)[] _methods =
    [
        .. new[] { "random-search", "gradient-ascent", "adam", "pgd", "pgd-annealed", "apgd" }
            .Select(name => (name, InputOptimizerCatalog.Entries[name].Create)),
        ("adr-gd, refinement form", InputOptimizerCatalog.Entries["adr-gd-rl"].Create),
        ("adr-gd, surrogate form", (passes, generator) => new AdrGd(
            AdrGdOptions.ActionRefinement with
            {
                Iterations = passes, FirstTerm = FirstTerm.Surrogate, FirstTermScale = FirstTermScale.InputGradient,
                Normaliser = Normaliser.Gated,
            },
            generator)),
        ("sharp", InputOptimizerCatalog.Entries["sharp"].Create),
    ];

    /// <summary>One critic with states and the actions to refine there.</summary>
    sealed record Problem(ReluNetwork Critic, Tensor Observations, Tensor Actions);

    public static void Run(string[] arguments)
    {
        set_num_threads(1);
        using var scope = NewDisposeScope();
        var families = new List<(string Name, Problem[] Problems)>
        {
            ("fresh (PyTorch's initialisation), 8 critics × 16 states", [.. Enumerable.Range(0, Fresh).Select(FreshCritic)]),
            ("fitted to a function, 4 critics × 32 states", [.. Enumerable.Range(0, Fitted).Select(FittedCritic)]),
            ("TD3 (given), 128 states", [FromFile(arguments[0])]),
        };
        families.AddRange(Directory.GetFiles(arguments[1], "*.safetensors").OrderBy(file => file.Length).ThenBy(file => file)
            .Select(file => ($"{Path.GetFileNameWithoutExtension(file)}, 32 states", new[] { FromFile(file) })));
        var seconds = arguments.Length > 2 ? double.Parse(arguments[2], CultureInfo.InvariantCulture) : 0;
        foreach (var (name, problems) in families)
        {
            Compare(name, problems, seconds);
        }
    }

    static void Compare(string family, Problem[] problems, double seconds)
    {
        using var noGrad = no_grad();
        var results = new Dictionary<(string, int), (double[] Values, double Milliseconds)>();
        var starts = Values(problems, _ => null!, out _);
        var best = starts;
        foreach (var passes in _passes)
        {
            foreach (var (name, create) in _methods)
            {
                var values = Values(problems, generator => create(passes, generator), out var milliseconds);
                results[(name, passes)] = (values, milliseconds);
                best = [.. best.Zip(values, Math.Max)];
            }
        }
        // Best known: long searches of two kinds.
        foreach (var create in new Func<Generator, IInputOptimizer>[]
        {
            generator => InputOptimizerCatalog.Create("sharp", 20_000, generator),
            generator => new ProjectedGradient(
                ProjectedGradientOptions.Annealed(200) with { StepSize = 1, Restarts = 99 }, generator),
        })
        {
            best = [.. best.Zip(Values(problems, create, out _), Math.Max)];
        }

        if (seconds > 0)
        {
            var certificates = Certificates(problems, seconds);
            var excess = certificates.Zip(best, (proof, top) => proof.UpperBound - top).Max();
            best = [.. best.Zip(certificates, (top, proof) => Math.Max(top, proof.Value))];
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"{family}: maximum proven for {certificates.Count(proof => proof.Proven)} of {certificates.Length} states, in " +
                $"{certificates.Average(proof => proof.Elapsed.TotalSeconds):F2} s on average; no bound above the best known by more than {excess:G2}"));
        }

        var possible = best.Zip(starts, (top, start) => top - start).ToArray();
        var culture = CultureInfo.InvariantCulture;
        Console.WriteLine(string.Create(culture, $"{family}: possible gain {possible.Average():G4} on average"));
        Console.WriteLine($"  {"method",-26}{string.Concat(_passes.Select(passes => $"{$"{passes} passes",20}{"ms",8}"))}");
        foreach (var (name, _) in _methods)
        {
            var cells = _passes.Select(passes =>
            {
                var (values, milliseconds) = results[(name, passes)];
                var (share, error) = Share([.. values.Zip(starts, (value, start) => value - start)], possible);
                return string.Create(culture, $"{$"{share:P2} ± {error:P2}",20}{milliseconds,8:F2}");
            });
            Console.WriteLine($"  {name,-26}{string.Concat(cells)}");
        }
    }

    static OptimumCertificate[] Certificates(Problem[] problems, double seconds)
    {
        var certifier = new OptimumCertifier(new() { MaxSeconds = seconds }, TimeProvider.System);
        var certificates = new List<OptimumCertificate>();
        using var generator = new Generator(8);
        foreach (var (critic, observations, actions) in problems)
        {
            var optimizer = InputOptimizerCatalog.Create("sharp", 3000, generator);
            for (var row = 0; row < observations.shape[0]; row++)
            {
                using var scope = NewDisposeScope();
                var action = actions.narrow(0, row, 1);
                var (q, box) = (critic.Given(observations.narrow(0, row, 1)), Box.Ball(action, 1, -1, 1));
                certificates.Add(certifier.Certify(q, box, optimizer.Maximize(new(q), action, box).X));
            }
        }
        return [.. certificates];
    }

    /// <summary>Σ gains / Σ possible gains, and the standard error of this ratio over states.</summary>
    static (double Share, double Error) Share(double[] gains, double[] possible)
    {
        var share = gains.Sum() / possible.Sum();
        var residuals = gains.Zip(possible, (gain, top) => gain - (share * top)).Sum(residual => residual * residual);
        return (share, Math.Sqrt(residuals) / possible.Sum());
    }

    /// <summary>Q at each state's refined action, one action at a time; without an optimiser at the action itself.</summary>
    static double[] Values(Problem[] problems, Func<Generator, IInputOptimizer> create, out double milliseconds)
    {
        var values = new List<double>();
        var began = Environment.CpuUsage.TotalTime;
        using var generator = new Generator(7);
        foreach (var (critic, observations, actions) in problems)
        {
            var optimizer = create(generator);
            for (var row = 0; row < observations.shape[0]; row++)
            {
                using var scope = NewDisposeScope();
                var action = actions.narrow(0, row, 1);
                var objective = new Objective(critic.Given(observations.narrow(0, row, 1)));
                values.Add((optimizer is null
                    ? objective.Value(action)
                    : optimizer.Maximize(objective, action, Box.Ball(action, 1, -1, 1)).Value).ToDouble());
            }
        }
        milliseconds = (Environment.CpuUsage.TotalTime - began).TotalMilliseconds / values.Count;
        return [.. values];
    }

    /// <summary>Weights as PyTorch draws them; states N(0, 1), actions tanh of N(0, 0.1²), as a fresh actor's.</summary>
    static Problem FreshCritic(int number)
    {
        const int states = 16;
        using var generator = new Generator((ulong)(100 + number));
        return new(
            Drawn(generator), randn(states, Observation, generator: generator), (randn(states, Action, generator: generator) * 0.1).tanh());
    }

    /// <summary>Fitted to Σ sin(1.5aᵢ + sᵢ) + a₁ a₂ s₇ by 2,000 steps of Adam on batches of 128; actions uniform in [−1, 1].</summary>
    static Problem FittedCritic(int number)
    {
        const int states = 32, batch = 128, steps = 2000;
        using var generator = new Generator((ulong)(200 + number));
        var critic = Drawn(generator);
        var parameters = critic.Layers.SelectMany(layer => new[] { layer.Weight, layer.Bias })
            .Select(tensor => new TorchSharp.Modules.Parameter(tensor)).ToArray();
        using var optimizer = optim.Adam(parameters, 1e-3);
        critic = new([.. parameters.Chunk(2).Select(pair => new ReluLayer(pair[0], pair[1]))]);
        for (var step = 0; step < steps; step++)
        {
            using var scope = NewDisposeScope();
            var s = randn(batch, Observation, generator: generator);
            var a = (rand(batch, Action, generator: generator) * 2) - 1;
            var target = Sine((a * 1.5) + s.narrow(1, 0, Action)).sum(1) + (a.select(1, 0) * a.select(1, 1) * s.select(1, 6));
            optimizer.zero_grad();
            (critic.Forward(cat([s, a], 1)).squeeze(1) - target).square().mean().backward();
            optimizer.step();
        }
        critic = new([.. critic.Layers.Select(layer => new ReluLayer(layer.Weight.detach(), layer.Bias.detach()))]);
        return new(
            critic, randn(states, Observation, generator: generator), (rand(states, Action, generator: generator) * 2) - 1);
    }

    /// <summary>sin of each element.</summary>
    static Tensor Sine(Tensor x) => tensor(x.data<float>().Select(MathF.Sin).ToArray(), x.shape);

    static ReluNetwork Drawn(Generator generator)
    {
        long[] sizes = [Observation + Action, 256, 256, 1];
        return new([.. sizes.Skip(1).Zip(sizes, (rows, columns) =>
        {
            var bound = 1 / Math.Sqrt(columns);
            return new ReluLayer(
                (rand(rows, columns, generator: generator) * (2 * bound)) - bound, (rand(rows, generator: generator) * (2 * bound)) - bound);
        })]);
    }

    /// <summary>The second half of a file's states.</summary>
    static Problem FromFile(string path)
    {
        var tensors = SafeTensors.Read(path);
        var half = tensors["observations"].shape[0] / 2;
        return new(
            ReluNetwork.FromTensors(tensors), tensors["observations"].narrow(0, half, half), tensors["actions"].narrow(0, half, half));
    }
}
