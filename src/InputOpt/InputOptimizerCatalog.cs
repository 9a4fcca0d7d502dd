using TorchSharp;

namespace RL.InputOpt;

/// <summary>An optimiser with a name.</summary>
/// <param name="Name">What command lines and options call it.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Create">Makes one that takes at most the given number of gradient passes per problem with one start.</param>
public sealed record InputOptimizerEntry(string Name, string Summary, Func<int, torch.Generator, IInputOptimizer> Create);

/// <summary>
/// The optimisers by name, each in the setting that its source recommends for a budget of passes. Those that have more than one setting worth
/// choosing have a constructor too: <see cref="AdrGd"/>, <see cref="Sharp"/>, <see cref="ProjectedGradient"/>,
/// <see cref="AutoProjectedGradient"/>.
/// </summary>
public static class InputOptimizerCatalog
{
    /// <summary>In the order in which tables show them.</summary>
    public static IReadOnlyDictionary<string, InputOptimizerEntry> Entries { get; } = new InputOptimizerEntry[]
    {
        new("random-search", "Points uniform in the region.",
            (passes, generator) => new RandomSearch(new() { Points = passes }, generator)),
        new("fgsm", "Fast gradient sign method (Goodfellow et al. 2015): one step.",
            (passes, generator) => new ProjectedGradient(ProjectedGradientOptions.Fgsm with { Steps = Math.Min(passes, 1) }, generator)),
        new("gradient-ascent", "Gradient steps of at most half the region's radius.",
            (passes, generator) => new ProjectedGradient(ProjectedGradientOptions.GradientAscent(passes), generator)),
        new("perturbed-gradient", "Gradient steps, and random ones where stuck (Jin et al. 2017).",
            (passes, generator) => new PerturbedGradient(new() { Steps = passes }, generator)),
        new("adam", "Projected Adam (Kingma and Ba 2015).",
            (passes, generator) => new AdamAscent(new() { Steps = passes }, generator)),
        new("pgd", "Sign steps of constant size (Madry et al. 2018).",
            (passes, generator) => new ProjectedGradient(ProjectedGradientOptions.Pgd(passes), generator)),
        new("pgd-l2", "Unit-length steps of constant size.",
            (passes, generator) => new ProjectedGradient(ProjectedGradientOptions.PgdEuclidean(passes), generator)),
        new("pgd-annealed", "Sign steps whose size falls geometrically.",
            (passes, generator) => new ProjectedGradient(ProjectedGradientOptions.Annealed(passes), generator)),
        new("apgd", "Auto-PGD (Croce and Hein 2020).",
            (passes, generator) => new AutoProjectedGradient(new() { Steps = passes }, generator)),
        new("sharp", "SHARP (ours): many starts, successive halving, space dilation.",
            (passes, generator) => new Sharp(new() { Passes = passes }, generator)),
        new("adr-gd", "ADR-GD (Yu and Gao 2024), settings of its small random networks.", AdrGdWith(AdrGdOptions.RandomSmall)),
        new("adr-gd-large", "ADR-GD, settings of its large random networks.", AdrGdWith(AdrGdOptions.RandomLarge)),
        new("adr-gd-mnist-clean", "ADR-GD, settings of its attacks on a clean classifier.", AdrGdWith(AdrGdOptions.MnistClean)),
        new("adr-gd-mnist-robust", "ADR-GD, settings of its attacks on a robust classifier.", AdrGdWith(AdrGdOptions.MnistRobust)),
        new("adr-gd-rl", "ADR-GD, settings of its action refinement.", AdrGdWith(AdrGdOptions.ActionRefinement)),
    }.ToDictionary(entry => entry.Name);

    /// <summary>Makes the named optimiser for a budget of gradient passes per problem with one start.</summary>
    /// <exception cref="ArgumentException">A name that is not here; the message lists those that are.</exception>
    public static IInputOptimizer Create(string name, int passes, torch.Generator generator) =>
        Entries.TryGetValue(name, out var entry) ? entry.Create(passes, generator) : throw new ArgumentException(
            $"There is no optimizer {name}; allowed: {string.Join(", ", Entries.Keys)}.", nameof(name));

    static Func<int, torch.Generator, IInputOptimizer> AdrGdWith(AdrGdOptions options) =>
        (passes, generator) => new AdrGd(options with { Iterations = passes }, generator);
}
