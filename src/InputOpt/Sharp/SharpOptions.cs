using System.ComponentModel.DataAnnotations;

namespace RL.InputOpt;

/// <summary>
/// Options of <see cref="Sharp"/>. The defaults are a function of the passes and the number of inputs (docs/sharp.md); 0 stands for them.
/// </summary>
public sealed record SharpOptions
{
    /// <summary>
    /// Passes per given start, spent on all that the search makes of them; a forward run counts half of one. With 0 the result is the best start.
    /// </summary>
    [Range(0, 10_000_000)] public int Passes { get; init; } = 300;

    /// <summary>S, points that the search starts from: the given ones and, beside them, random ones of the region; 0 = automatic.</summary>
    [Range(0, 1_000_000)] public int Starts { get; init; }

    /// <summary>k, climbing steps from each start; 0 = automatic.</summary>
    [Range(0, 10_000_000)] public int ExploreSteps { get; init; }

    /// <summary>
    /// First climbing step in units of half the region's width; half of it where a rung climbs anew. 0 = automatic: 1 with few inputs, 2
    /// with many, 3 with many where the objective is affine within linear regions.
    /// </summary>
    [Range(0.0, 1e6)] public double FirstStep { get; init; }

    /// <summary>
    /// The last climbing step of a rung is this divided by the rung's steps, twice as much with many inputs where the objective is affine
    /// within linear regions; steps fall by equal ratios.
    /// </summary>
    [Range(1e-9, 1e6)] public double LastStep { get; init; } = 1.5;

    /// <summary>μ: climbing steps go along v ← μ·v + g/‖g‖.</summary>
    [Range(0.0, 1.0)] public double Momentum { get; init; } = 0.3;

    /// <summary>
    /// τ, with many inputs: every other start climbs by gradients through gates of this width, in units of a layer's root mean square. It
    /// falls to a hundredth within a rung, and each rung begins with 0.3 of what the one before began with. 0 = none.
    /// </summary>
    [Range(0.0, 100.0)] public double Softness { get; init; } = 0.3;

    /// <summary>Divisor of the number of starts from one rung to the next.</summary>
    [Range(2, 1000)] public int Halving { get; init; } = 4;

    /// <summary>First polishing step, in units of half the region's largest width.</summary>
    [Range(0.0, 1e6)] public double PolishStep { get; init; } = 0.3;

    /// <summary>α, by how much a polishing step's turn shrinks space along the change of the gradient.</summary>
    [Range(1.0, 1e3)] public double Dilation { get; init; } = 2.5;

    /// <summary>What the step is multiplied by where the second or a later one in a row still goes up.</summary>
    [Range(1.0, 1e3)] public double Growth { get; init; } = 1.2;

    /// <summary>What the step is multiplied by where already the first in a direction went too far.</summary>
    [Range(0.01, 1.0)] public double Shrinking { get; init; } = 0.9;

    /// <summary>Polishing passes after which the metric starts afresh.</summary>
    [Range(1, 10_000)] public int Memory { get; init; } = 50;

    /// <summary>
    /// Most of the passes that the walk over linear regions at the end may cost, as a share; 0 = none. It needs a fully connected network of
    /// few inputs, a linear score and a <see cref="Box"/>.
    /// </summary>
    [Range(0.0, 0.9)] public double WalkShare { get; init; } = 0.125;

    const double LaterSoftness = 0.3, LastSoftness = 0.01;

    /// <summary>Size of step t of a rung that climbs, in units of half the region.</summary>
    /// <param name="rung">Which, from 0.</param>
    /// <param name="t">Step, from 0.</param>
    /// <param name="steps">Of the rung.</param>
    /// <param name="isWide">Whether inputs are many.</param>
    /// <param name="isAffine">Whether the objective is affine within linear regions.</param>
    internal double ClimbingStep(int rung, int t, int steps, bool isWide, bool isAffine)
    {
        var first = FirstStep > 0 ? FirstStep : !isWide ? 1 : isAffine ? 3 : 2;
        first = rung > 0 ? first / 2 : first;
        var last = (isWide && isAffine ? 2 * LastStep : LastStep) / steps;
        return Geometric(first, Math.Min(last, first), t, steps);
    }

    /// <summary>τ at step t of a rung that climbs.</summary>
    internal double SoftnessAt(int rung, int t, int steps)
    {
        var first = Softness * Math.Pow(LaterSoftness, rung);
        return Geometric(first, first * LastSoftness, t, steps);
    }

    static double Geometric(double first, double last, int t, int steps) =>
        first * Math.Pow(last / first, steps > 1 ? t / (steps - 1.0) : 0);
}
