using System.ComponentModel.DataAnnotations;
using RL.InputOpt;

namespace RL.Agents;

/// <summary>
/// Where and how actions are refined: a* = argmax Q(s, a) over |a − a₀| ≤ radius, a ∈ [−1, 1], from an actor's action a₀. Every place is
/// off until it is given a method (docs/enhanced-agents.md).
/// </summary>
public sealed record RefinementOptions
{
    /// <summary>Executed while training, in the place of μ(s) with noise (Yu and Gao, ICML 2024, §RL).</summary>
    public ExploreRefinement Explore { get; init; } = new();

    /// <summary>The action of the critics' target.</summary>
    public TargetRefinement Target { get; init; } = new();

    /// <summary>What the actor learns towards beside its own gradient.</summary>
    public GuideRefinement Guide { get; init; } = new();

    /// <summary>Executed when playing: in evaluations, and by a policy that was loaded.</summary>
    public EvaluateRefinement Evaluate { get; init; } = new();

    /// <summary>Options of the method gradient.</summary>
    public ProjectedGradientOptions Gradient { get; init; } = ProjectedGradientOptions.WarmStart(10);

    /// <summary>Options of the method sharp.</summary>
    public SharpOptions Sharp { get; init; } = new() { Passes = 100 };

    /// <summary>Options of the method adr-gd.</summary>
    public AdrGdOptions AdrGd { get; init; } = AdrGdOptions.ActionRefinement;
}

/// <summary>What every place has.</summary>
public abstract record RefinementPlace
{
    /// <summary>No refinement.</summary>
    internal const string None = "none";

    /// <summary>Search for the better action: gradient (steps along the gradient's signs), sharp or adr-gd; none: no refinement here.</summary>
    [AllowedValues(None, "gradient", "sharp", "adr-gd")] public string Method { get; init; } = None;

    /// <summary>
    /// Q: the first target critic Q₁′ (the paper's), the first critic Q₁ itself, or the smaller of the two target critics, which
    /// over-estimates less.
    /// </summary>
    [AllowedValues("target", "online", "minimum")] public string Critic { get; init; } = "target";

    /// <summary>Largest change of an element of the action, in units of half the action range; 2: the whole box.</summary>
    [Range(0, 2)] public double Radius { get; init; } = 1;

    /// <summary>Passes of a search; null: those of refine.gradient.steps, refine.sharp.passes or refine.adr_gd.iterations.</summary>
    [Range(1, 10_000_000)] public int? Passes { get; init; }

    /// <summary>Whether actions are refined here.</summary>
    public bool IsOn => Method != None;
}

/// <summary>Refinement of the actions that are executed while training.</summary>
public sealed record ExploreRefinement : RefinementPlace
{
    /// <summary>Probability with which an action is refined; it then gets no noise.</summary>
    [Range(0, 1)] public double Share { get; init; } = 0.25;

    /// <summary>First step at which actions are refined, never during warm-up.</summary>
    [Range(0, long.MaxValue)] public long StartSteps { get; init; }
}

/// <summary>Refinement of μ′(s′) in the critics' target.</summary>
public sealed record TargetRefinement : RefinementPlace
{
    /// <summary>As the target is computed in every update: few passes.</summary>
    public TargetRefinement() => Passes = 10;

    /// <summary>Share of each minibatch whose actions are refined.</summary>
    [Range(0, 1)] public double Share { get; init; } = 1;

    /// <summary>Environment step from which on updates refine.</summary>
    [Range(0, long.MaxValue)] public long StartSteps { get; init; }
}

/// <summary>Refined actions that the actor learns towards (GRAC: Shao et al., CoRL 2021).</summary>
public sealed record GuideRefinement : RefinementPlace
{
    /// <summary>From μ(s) by the critic that the actor ascends.</summary>
    public GuideRefinement() => (Passes, Critic) = (10, "online");

    /// <summary>λ, weight of the guide's loss beside the actor's own.</summary>
    [Range(0, 1e6)] public double Weight { get; init; } = 1;

    /// <summary>Share of each minibatch whose actions are refined.</summary>
    [Range(0, 1)] public double Share { get; init; } = 1;

    /// <summary>Environment step from which on updates refine.</summary>
    [Range(0, long.MaxValue)] public long StartSteps { get; init; }
}

/// <summary>Refinement of every action that is executed when playing.</summary>
public sealed record EvaluateRefinement : RefinementPlace
{
    /// <summary>A small step: far from the actor's action the critic is often wrong.</summary>
    public EvaluateRefinement() => Radius = 0.1;
}
