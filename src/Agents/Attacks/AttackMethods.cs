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

    const string Fgsm = "fgsm", Pgd = "pgd", AdrGd = "adr-gd";
    const int DefaultPassCount = 20, AdrGdPasses = 50;

    /// <summary>ADR-GD's step, as a share of the length of a step that moves every element by ε.</summary>
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

    /// <summary>The optimiser of a method but noise.</summary>
    /// <param name="options">Of the attack.</param>
    /// <param name="inputShape">Of an observation: [n] or [C, H, W].</param>
    /// <param name="generator">What it draws from.</param>
    internal static IInputOptimizer Create(
        ObservationAttackOptions options, IReadOnlyList<long> inputShape, torch.Generator generator)
    {
        var passes = Passes(options.Method, options.Passes);
        switch (options.Method)
        {
            case Pgd:
                var steps = Math.Max(passes / (1 + options.Restarts), 1);
                var pgd = ProjectedGradientOptions.Pgd(steps);
                return new ProjectedGradient(
                    pgd with
                    {
                        StepSize = options.StepSize ?? pgd.StepSize,
                        Momentum = options.Momentum,
                        Restarts = options.Restarts,
                    },
                    generator);
            case AdrGd:
                var inputs = inputShape.Aggregate(1.0, (product, size) => product * size);
                return new AdrGd(
                    AdrGdOptions.RandomSmall with
                    {
                        Iterations = passes,
                        LearningRate = AdrGdStep * options.Epsilon * Math.Sqrt(inputs),
                        // Normals of convolutional networks cost more than all else, and decide nothing (docs/attacks.md).
                        Normaliser = inputShape.Count == 1 ? Normaliser.GatedFloored : Normaliser.None,
                        ResetPatternEvery = AdrGdOptions.MnistRobust.ResetPatternEvery,
                    },
                    generator);
            default:
                return InputOptimizerCatalog.Create(options.Method, passes, generator);
        }
    }
}
