using System.ComponentModel.DataAnnotations;
using RL.Agents;
using RL.Certification;

namespace RL.Studies;

/// <summary>How far a certificate is taken where cheaper ones leave a state open.</summary>
public enum CertificationMethod
{
    /// <summary>Linear bounds walked back to the input.</summary>
    Crown,

    /// <summary>The same with lines chosen for every bound.</summary>
    Alpha,

    /// <summary>Branch and bound over the phases of ReLUs (where all activations are ReLU).</summary>
    Branch,
}

/// <summary>What any bounded perturbation of the observation can do to a policy: on how many states, how large, proven how.</summary>
public sealed record CertificationOptions
{
    /// <summary>
    /// ε, how far each element of an observation may move: of images as a share of the range (1/1020,1/510), of others in standard deviations
    /// (0.01,0.05), which null stands for.
    /// </summary>
    [Range(0, double.MaxValue)] public IReadOnlyList<double>? Epsilon { get; init; }

    /// <summary>States of clean play to look at.</summary>
    [Range(1, 1_000_000)] public int States { get; init; } = 200;

    /// <summary>Every step of so many episodes instead of sampled states: an episode all of whose steps are certified cannot be changed. Null: states.</summary>
    [Range(1, 1_000_000)] public int? WholeEpisodes { get; init; }

    /// <summary>Methods, each for what those before it leave open; intervals come first in any case.</summary>
    public IReadOnlyList<CertificationMethod> Methods { get; init; } = [CertificationMethod.Crown];

    /// <summary>Most seconds of branch and bound for each state and ε, CPU seconds in `./rl certify`.</summary>
    [Range(0.0, 1e6)] public double Seconds { get; init; } = 10;

    /// <summary>Gradient passes of the attack that comes first.</summary>
    [Range(0, 1_000_000)] public int AttackPasses { get; init; } = 40;

    /// <summary>The attack that comes first.</summary>
    [AttackMethodNames] public string Attack { get; init; } = "pgd";

    /// <summary>The program that certificates speak of: float32, which is what acts, or exact, the same network without rounding.</summary>
    public Arithmetic Arithmetic { get; init; } = Arithmetic.Float32;

    /// <summary>Whether to look for each state's certified radius, by bisection, and for the smallest radius that an attack breaks it at.</summary>
    public bool Radius { get; init; }

    /// <summary>More than any observation moves, and far from what float32 cannot hold.</summary>
    const double Largest = 1e9;

    /// <summary>ε for a policy whose observations are images or not.</summary>
    /// <exception cref="ArgumentException">One that is not allowed.</exception>
    public IReadOnlyList<double> EpsilonFor(bool isImage)
    {
        var radii = Epsilon ?? (isImage ? [0.25 / 255, 0.5 / 255] : [0.01, 0.05]);
        return radii.FirstOrDefault(radius => !(radius <= (isImage ? 1 : Largest)), 0) is > 0 and var tooLarge
            ? throw new ArgumentException(FormattableString.Invariant($"ε is {tooLarge}; allowed for images: 0 to 1, a share of their range; for others: 0 to {Largest} standard deviations."))
            : [.. radii.Order().Distinct()];
    }
}
