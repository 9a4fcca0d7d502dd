using System.ComponentModel.DataAnnotations;
using RL.InputOpt;

namespace RL.Agents;

/// <summary>
/// Refinement of the executed actions while training (Yu and Gao, ICML 2024, §RL): with some probability the actor's action is
/// replaced by a* = argmax Q(s, a) over |a − μ(s)| ≤ radius, a ∈ [−1, 1].
/// </summary>
public sealed record RefinementOptions
{
    /// <summary>Whether actions are refined.</summary>
    public bool Enabled { get; init; }

    /// <summary>Optimiser that searches for the better action: sharp or adr-gd.</summary>
    [AllowedValues("sharp", "adr-gd")] public string Optimizer { get; init; } = "sharp";

    /// <summary>
    /// Q: the first target critic Q₁′ (the paper's), the first critic Q₁ itself, or the smaller of TD3's two target critics, which
    /// over-estimates less.
    /// </summary>
    [AllowedValues("target", "online", "minimum")] public string Critic { get; init; } = "target";

    /// <summary>First step at which actions are refined, never during warm-up.</summary>
    [Range(0, long.MaxValue)] public long StartSteps { get; init; }

    /// <summary>p, probability with which an action is refined from then on.</summary>
    [Range(0, 1)] public double Probability { get; init; } = 0.25;

    /// <summary>Largest change of an element of the action, in units of half the action range.</summary>
    [Range(0, 2)] public double Radius { get; init; } = 1;

    /// <summary>Options of the optimizer sharp.</summary>
    public SharpOptions Sharp { get; init; } = new() { Passes = 100 };

    /// <summary>Options of the optimizer adr-gd.</summary>
    public AdrGdOptions AdrGd { get; init; } = AdrGdOptions.ActionRefinement;
}
