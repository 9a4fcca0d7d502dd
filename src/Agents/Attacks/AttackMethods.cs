using RL.InputOpt;
using TorchSharp;

namespace RL.Agents;

/// <summary>
/// The methods that observations can be attacked with: every optimiser of the catalogue, ADR-GD in a setting for small balls,
/// and noise.
/// </summary>
public static class AttackMethods
{
    /// <summary>Every element moved by ε up or down, at random: as large as FGSM's step, but blind.</summary>
    public const string Noise = "noise";

    const string Fgsm = "fgsm", Pgd = "pgd", PgdEuclidean = "pgd-l2", AdrGd = "adr-gd";
    const int DefaultPassCount = 20, AdrGdPasses = 50;

    /// <summary>ADR-GD's step in units of the region's radius.</summary>
    const double AdrGdStep = 0.8;

    /// <summary>In the order in which tables show them.</summary>
    public static IReadOnlyList<string> Names { get; } = [Noise, .. InputOptimizerCatalog.Entries.Keys];

    /// <summary>Gradient passes of a method that is given a budget; null is its default. Noise takes none and FGSM at most
    /// one.</summary>
    public static int Passes(string method, int? budget) => method switch
    {
        Noise => 0,
        Fgsm => Math.Min(budget ?? 1, 1),
        _ when IsAdrGd(method) => budget ?? AdrGdPasses,
        _ => budget ?? DefaultPassCount,
    };

    /// <summary>Whether a method relaxes patterns of ReLU layers.</summary>
    public static bool IsAdrGd(string method) => method.StartsWith(AdrGd, StringComparison.Ordinal);

    /// <summary>The optimiser of a method but noise, for classifiers and policies alike.</summary>
    /// <param name="method">Its name.</param>
    /// <param name="passes">Gradient passes per input.</param>
    /// <param name="options">Step size, restarts and momentum.</param>
    /// <param name="reach">
    /// Euclidean length of the longest step within the region from its centre: ε√n of a ball in the maximum norm, ε of a Euclidean one.
    /// </param>
    /// <param name="isConvolutional">Whether inputs have more than one axis.</param>
    /// <param name="generator">What it draws from.</param>
    internal static IInputOptimizer Create(
        string method, int passes, AttackOptions options, double reach, bool isConvolutional, torch.Generator generator)
    {
        switch (method)
        {
            case Pgd or PgdEuclidean:
                var steps = Math.Max(passes / (1 + options.Restarts), 1);
                var pgd = method == Pgd ? ProjectedGradientOptions.Pgd(steps) : ProjectedGradientOptions.PgdEuclidean(steps);
                return new ProjectedGradient(
                    pgd with
                    {
                        StepSize = options.StepSize ?? pgd.StepSize,
                        Momentum = options.Momentum,
                        Restarts = options.Restarts,
                    },
                    generator);
            case AdrGd:
                return new AdrGd(
                    AdrGdOptions.RandomSmall with
                    {
                        Iterations = passes,
                        // In raw units, as the region's size is in the step already.
                        HalfWidth = 0,
                        LearningRate = (options.StepSize ?? AdrGdStep) * reach,
                        // Normals of convolutional networks cost more than all else, and decide nothing (docs/attacks.md).
                        Normaliser = isConvolutional ? Normaliser.None : Normaliser.GatedFloored,
                        ResetPatternEvery = AdrGdOptions.MnistRobust.ResetPatternEvery,
                    },
                    generator);
            default:
                return InputOptimizerCatalog.Create(method, passes, generator);
        }
    }
}
