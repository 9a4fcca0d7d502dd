using System.ComponentModel.DataAnnotations;
using RL.Certification;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>What an ablation runs.</summary>
public sealed record AblationOptions
{
    /// <summary>T, gradient passes per network for each method.</summary>
    [Range(1, 10_000_000)] public int Passes { get; init; } = 3000;

    /// <summary>Seed of networks and of what methods draw.</summary>
    [Range(0, int.MaxValue)] public ulong Seed { get; init; }

    /// <summary>The best known values come from SHARP with this many times the passes, and from every method of the table.</summary>
    [Range(1, 1000)] public int ReferenceEffort { get; init; } = 10;

    /// <summary>
    /// Seconds per network to prove how large f can be at most (<see cref="OptimumCertifier"/>); 0: no proof is sought.
    /// </summary>
    [Range(0, 1e6)] public double CertifySeconds { get; init; }

    /// <summary>ADR-GD's settings, which its ablations start from.</summary>
    public AdrGdOptions AdrGd { get; init; } = AdrGdOptions.RandomSmall;
}

/// <summary>What one method did on all networks.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Values">f at its result, per network.</param>
/// <param name="Gap">Σ(f* − f)/Σ|f*| over the networks, f* the best known value: not the mean of ratios, which one small f* decides.</param>
/// <param name="GapToBound">
/// Σ(u − f)/Σ|f*|, u the certified upper bound: so far from the true maximum at most. Null without certificates.
/// </param>
/// <param name="Passes">Gradient passes per network.</param>
/// <param name="Milliseconds">CPU time per network.</param>
/// <param name="Course">Mean over the networks of the best value so far, at <see cref="AblationStudy.Grid"/>.</param>
public sealed record AblationRow(
    string Method, IReadOnlyList<double> Values, double Gap, double? GapToBound, long Passes, double Milliseconds,
    IReadOnlyList<double> Course)
{
    /// <summary>Mean value.</summary>
    public double Mean => Values.Average();

    /// <summary>Standard error of the mean, over networks.</summary>
    public double StandardError => Values.Count < 2
        ? 0
        : Math.Sqrt(Values.Sum(value => (value - Mean) * (value - Mean)) / (Values.Count - 1) / Values.Count);
}

/// <summary>
/// The comparison of the ADR-GD paper's random networks: every optimiser at equal gradient passes, and ADR-GD without one of its parts at a
/// time, from x = 0 in [−1, 1]ⁿ.
/// </summary>
/// <param name="Best">f*, the best value known, per network.</param>
/// <param name="Certificates">What is proven of the maximum, per network; none if it was not asked for.</param>
/// <param name="Grid">Gradient passes at which courses are given.</param>
/// <param name="Rows">Method by method.</param>
public sealed record AblationStudy(
    IReadOnlyList<double> Best, IReadOnlyList<OptimumCertificate> Certificates, IReadOnlyList<double> Grid,
    IReadOnlyList<AblationRow> Rows)
{
    const int GridPoints = 60;

    static readonly string[] _others =
        ["random-search", "fgsm", "gradient-ascent", "perturbed-gradient", "adam", "pgd", "pgd-l2", "pgd-annealed", "apgd"];

    /// <summary>ADR-GD's published settings for a network's size: the paper has those of 128 and of 1,500 hidden units.</summary>
    public static AdrGdOptions PublishedSettings(ReluNetwork network) =>
        network.Layers.SkipLast(1).Sum(layer => layer.Bias.shape[^1]) <= 500 ? AdrGdOptions.RandomSmall : AdrGdOptions.RandomLarge;

    /// <summary>The methods of the table, by name: each makes an optimiser for a budget of passes.</summary>
    public static IReadOnlyList<(string Name, Func<int, Generator, IInputOptimizer> Create)> Methods(AdrGdOptions adrGd)
    {
        Func<int, Generator, IInputOptimizer> AdrGdWith(Func<AdrGdOptions, AdrGdOptions> change) =>
            (passes, generator) => new AdrGd(change(adrGd with { Iterations = passes }), generator);

        return
        [
            .. _others.Select(name => (name, InputOptimizerCatalog.Entries[name].Create)),
            ("adr-gd", AdrGdWith(options => options)),
            // The names of the paper's table; M2 can be read in two ways.
            ("adr-gd M1: no first term on η", AdrGdWith(options => options with { FirstTermOnPattern = false })),
            ("adr-gd M2: no C on η", AdrGdWith(options => options with { ConstraintOnPattern = false })),
            ("adr-gd M2: no C on x", AdrGdWith(options => options with { ConstraintOnInput = false })),
            ("adr-gd M3: no normalisation",
                AdrGdWith(options => options with { Normaliser = Normaliser.None, FirstTermScale = FirstTermScale.None })),
            ("adr-gd M4: no perturbation", AdrGdWith(options => options with { PerturbNoise = 0 })),
            ("sharp", InputOptimizerCatalog.Entries["sharp"].Create),
        ];
    }

    /// <summary>Runs every method on every network.</summary>
    /// <param name="networks">[n → 1] each; made, used and freed one by one.</param>
    /// <param name="options">How.</param>
    /// <param name="clock">For the time limit of the proofs.</param>
    /// <param name="report">Called after each network with its number and how many there are.</param>
    /// <param name="stop">Ends it after the current method: the study is that of the networks that are done.</param>
    /// <exception cref="ArgumentException">A network with more than one output.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before the first network was done.</exception>
    public static AblationStudy Run(
        IReadOnlyList<Func<ReluNetwork>> networks, AblationOptions options, TimeProvider clock, Action<int, int>? report = null,
        CancellationToken stop = default)
    {
        var methods = Methods(options.Checked().AdrGd);
        var certifier = new OptimumCertifier(new() { MaxSeconds = options.CertifySeconds }, clock);
        var certificates = new List<OptimumCertificate>();
        var grid = Enumerable.Range(0, GridPoints)
            .Select(i => Math.Round(Math.Pow(options.Passes, i / (GridPoints - 1.0)))).Distinct().ToArray();
        var runs = methods.Select(_ => new List<Outcome>()).ToArray();
        var best = new List<double>();
        for (var number = 0; number < networks.Count; number++)
        {
            using var scope = NewDisposeScope();
            var network = networks[number]();
            var objective = new Objective(network);
            var start = zeros(1, network.Inputs, dtype: network.Dtype);
            var box = Box.Between(-1, 1, start);
            var outcomes = methods.TakeWhile(_ => !stop.IsCancellationRequested).Select(method =>
            {
                using var generator = new Generator((options.Seed * 1_000_003) + (ulong)number);
                return Outcome.Of(method.Create(options.Passes, generator), objective, start, box, grid);
            }).ToList();
            if (stop.IsCancellationRequested)
            {
                break;
            }

            outcomes.Zip(runs).ToList().ForEach(pair => pair.Second.Add(pair.First));
            using var reference = new Generator((options.Seed * 1_000_003) + (ulong)number + 1);
            using var longest = InputOptimizerCatalog.Create("sharp", options.Passes * options.ReferenceEffort, reference)
                .Maximize(objective, start, box);
            var top = Math.Max(longest.Value.ToDouble(), outcomes.Max(outcome => outcome.Value));
            if (options.CertifySeconds > 0)
            {
                var certificate = certifier.Certify(network, box, longest.X, stop);
                certificates.Add(certificate);
                top = Math.Max(top, certificate.Value);
            }
            best.Add(top);
            report?.Invoke(number + 1, networks.Count);
        }
        if (best.Count == 0)
        {
            throw new OperationCanceledException("Stopped before the first network was done.", stop);
        }
        return new(best, certificates, grid, [.. methods.Zip(runs, (method, outcomes) => new AblationRow(
            method.Name,
            [.. outcomes.Select(outcome => outcome.Value)],
            outcomes.Zip(best, (outcome, top) => top - outcome.Value).Sum() / best.Sum(Math.Abs),
            certificates.Count == 0
                ? null
                : outcomes.Zip(certificates, (outcome, proof) => proof.UpperBound - outcome.Value).Sum() / best.Sum(Math.Abs),
            outcomes.Max(outcome => outcome.Passes),
            outcomes.Average(outcome => outcome.Milliseconds),
            [.. grid.Select((_, i) => outcomes.Average(outcome => outcome.Course[i]))]))]);
    }

    /// <summary>One method on one network.</summary>
    sealed record Outcome(double Value, long Passes, double Milliseconds, double[] Course)
    {
        public static Outcome Of(IInputOptimizer optimizer, Objective objective, Tensor start, Box box, double[] grid)
        {
            var began = Environment.CpuUsage.TotalTime;
            using var found = optimizer.Maximize(objective, start, box, trace: true);
            var time = Environment.CpuUsage.TotalTime - began;
            var passes = found.Trace!.Passes;
            var values = found.Trace.Values.to(ScalarType.Float64).flatten().contiguous().data<double>().ToArray();
            var course = new double[grid.Length];
            var (at, best) = (0, found.StartValue.ToDouble());
            for (var i = 0; i < grid.Length; i++)
            {
                for (; at < values.Length && passes[at] <= grid[i]; at++)
                {
                    best = Math.Max(best, values[at]);
                }
                course[i] = best;
            }
            return new(found.Value.ToDouble(), found.GradientPasses, time.TotalMilliseconds, course);
        }
    }
}
