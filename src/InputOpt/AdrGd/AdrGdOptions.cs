using System.ComponentModel.DataAnnotations;

namespace RL.InputOpt;

/// <summary>Whose output the first term −o(·) of the loss is (docs/adr-gd.md, "Choices").</summary>
public enum FirstTerm
{
    /// <summary>The sigmoid surrogate f̃(x, η): η receives its gradient too (random networks, attacks).</summary>
    Surrogate,

    /// <summary>The network f(x) itself: η acts through the constraint only (action refinement).</summary>
    Network,
}

/// <summary>What the first term is divided by, as a constant of the iteration.</summary>
public enum FirstTermScale
{
    /// <summary>1.</summary>
    None,

    /// <summary>‖∇ₓ‖ of the first term: its gradient on x has norm 1 (random networks).</summary>
    InputGradient,

    /// <summary>‖y‖: the outputs are divided by their norm before the score is taken of them (attacks).</summary>
    Outputs,
}

/// <summary>‖nⁱⱼ‖, what a pre-activation is divided by so that it is a distance in input space (eq. 10).</summary>
public enum Normaliser
{
    /// <summary>1.</summary>
    None,

    /// <summary>Row norms of Wⁱ … W¹ over all inputs, fixed ones included: constant per network (action refinement).</summary>
    Ungated,

    /// <summary>Row norms of Wⁱ diag(aⁱ⁻¹) … diag(a¹) W¹ (random networks; the paper).</summary>
    Gated,

    /// <summary>Row norms of diag(aⁱ) Wⁱ … diag(a¹) W¹, not less than 1 (attacks).</summary>
    GatedFloored,
}

static class Normalisers
{
    /// <summary>Whether the norms depend on the gates, and so change from iteration to iteration.</summary>
    public static bool IsGated(this Normaliser normaliser) => normaliser is Normaliser.Gated or Normaliser.GatedFloored;
}

/// <summary>How the violations of a layer's neurons become one number.</summary>
public enum Violation
{
    /// <summary>The largest of either sign (the published code).</summary>
    Max,

    /// <summary>Their sum (the paper's text).</summary>
    Sum,
}

/// <summary>ADR-GD's knobs. The defaults are those of the paper's small random networks; see the named presets below.</summary>
public sealed record AdrGdOptions
{
    /// <summary>T, iterations: one pass each, two where the surrogate is run beside the network (docs/adr-gd.md, "Passes").</summary>
    [Range(0, 10_000_000)] public int Iterations { get; init; } = 3000;

    /// <summary>
    /// Half width of a box whose inputs are searched as they are; 0: those of every box. The published algorithm has no units, and its step
    /// sizes go with the boxes it was run in. In another box an input is searched in units of the power of two by which its own half width
    /// exceeds this, rounded up: 1 for half widths above half of this and up to this (docs/adr-gd.md, "Units").
    /// </summary>
    [Range(0.0, 1e6)] public double HalfWidth { get; init; } = 1;

    /// <summary>lr, step size of x in its units.</summary>
    [Range(0.0, 1e6)] public double LearningRate { get; init; } = 0.5;

    /// <summary>lr_η, step size of the pattern variables η.</summary>
    [Range(0.0, 1e6)] public double PatternLearningRate { get; init; } = 1.0;

    /// <summary>α, steepness of the sigmoid gate.</summary>
    [Range(1.0, 1e6)] public double Steepness { get; init; } = 2000;

    /// <summary>c₀, first weight of the constraint C.</summary>
    [Range(0.0, 1e6)] public double Penalty { get; init; } = 1.0;

    /// <summary>lr_c, dual step: c grows by lr_c·C while C &gt; tolerance. With PenaltyDecay 0 too, c is constant.</summary>
    [Range(0.0, 1e6)] public double PenaltyLearningRate { get; init; } = 1e-2;

    /// <summary>What c loses per iteration while C ≤ tolerance.</summary>
    [Range(0.0, 1e6)] public double PenaltyDecay { get; init; } = 1e-2;

    /// <summary>C up to which the constraint counts as met.</summary>
    [Range(0.0, 1e6)] public double PenaltyTolerance { get; init; } = 1e-2;

    /// <summary>Least c that the dual update leaves.</summary>
    [Range(0.0, 1e6)] public double PenaltyMin { get; init; } = 0.2;

    /// <summary>Largest c that the dual update leaves.</summary>
    [Range(0.0, 1e6)] public double PenaltyMax { get; init; } = 10;

    /// <summary>Least number of iterations between two perturbations of a layer's η.</summary>
    [Range(1, 10_000_000)] public int PerturbEvery { get; init; } = 25;

    /// <summary>
    /// Whether a stuck layer is perturbed in iterations t, from 0, with (t + 1) divisible by <see cref="PerturbEvery"/>, as the published action
    /// refinement does, rather than that many iterations after its last perturbation.
    /// </summary>
    public bool PerturbOnMultiples { get; init; }

    /// <summary>
    /// Standard deviation of the noise added to a layer's η gradient (so lr_η times it moves η); 0 = never (ablation M4).
    /// </summary>
    [Range(0.0, 1e6)] public double PerturbNoise { get; init; } = 0.1;

    /// <summary>‖g_η‖ up to which a layer counts as stuck and is perturbed.</summary>
    [Range(0.0, 1e6)] public double PerturbThreshold { get; init; } = 1e-4;

    /// <summary>Every how many iterations η is set back to x's pattern; 0 = never.</summary>
    [Range(0, 10_000_000)] public int ResetPatternEvery { get; init; }

    /// <summary>Whose output the first term is.</summary>
    public FirstTerm FirstTerm { get; init; } = FirstTerm.Surrogate;

    /// <summary>What the first term is divided by.</summary>
    public FirstTermScale FirstTermScale { get; init; } = FirstTermScale.InputGradient;

    /// <summary>What pre-activations are divided by in C. None with FirstTermScale.None is ablation M3.</summary>
    public Normaliser Normaliser { get; init; } = Normaliser.Gated;

    /// <summary>How a layer's violations become one number.</summary>
    public Violation Violation { get; init; } = Violation.Max;

    /// <summary>Whether η receives the gradient of the surrogate first term; false is ablation M1.</summary>
    public bool FirstTermOnPattern { get; init; } = true;

    /// <summary>Whether η receives the gradient of C; false is ablation M2 in one reading.</summary>
    public bool ConstraintOnPattern { get; init; } = true;

    /// <summary>Whether x receives the gradient of C; false is ablation M2 in the other reading.</summary>
    public bool ConstraintOnInput { get; init; } = true;

    /// <summary>Random networks 10-64-64-1, box [−1, 1]ⁿ from 0.</summary>
    public static AdrGdOptions RandomSmall { get; } = new();

    /// <summary>Random networks 128-500-500-500-1, box [−1, 1]ⁿ from 0.</summary>
    public static AdrGdOptions RandomLarge { get; } = new()
    {
        PatternLearningRate = 1.25,
        PenaltyLearningRate = 1e-4,
        PerturbNoise = 0.35,
        PerturbThreshold = 1e-2,
    };

    /// <summary>Attacks on the MNIST classifier trained as usual, ε = 0.1.</summary>
    public static AdrGdOptions MnistClean { get; } = new()
    {
        Iterations = 300,
        HalfWidth = 0.1,
        PatternLearningRate = 0.25,
        Penalty = 0.5,
        PenaltyLearningRate = 1e-4,
        PenaltyDecay = 1e-3,
        PerturbEvery = 5,
        PerturbNoise = 1e-4,
        PerturbThreshold = 1e-5,
        ResetPatternEvery = 16,
        FirstTermScale = FirstTermScale.Outputs,
        Normaliser = Normaliser.GatedFloored,
    };

    /// <summary>Attacks on the adversarially trained MNIST classifier, ε = 0.25.</summary>
    public static AdrGdOptions MnistRobust { get; } = MnistClean with
    {
        Iterations = 500,
        HalfWidth = 0.25,
        LearningRate = 1.0,
        PerturbNoise = 1e-3,
    };

    /// <summary>Maximising a critic over actions near the actor's.</summary>
    public static AdrGdOptions ActionRefinement { get; } = new()
    {
        Iterations = 100,
        LearningRate = 0.2,
        PatternLearningRate = 0.1,
        Penalty = 0.5,
        PenaltyLearningRate = 0,
        PenaltyDecay = 0,
        PerturbEvery = 10,
        PerturbNoise = 0.05,
        PerturbThreshold = 1e-5,
        FirstTerm = FirstTerm.Network,
        FirstTermScale = FirstTermScale.None,
        Normaliser = Normaliser.Ungated,
    };

    /// <summary>These options, if every value is within its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the option, its value and what is allowed.</exception>
    internal AdrGdOptions Validated() => PenaltyMin <= PenaltyMax ? this.Checked() : throw new ArgumentOutOfRangeException(
        nameof(PenaltyMin), PenaltyMin, $"AdrGdOptions.PenaltyMin must not exceed PenaltyMax, which is {PenaltyMax}.");
}
