using System.ComponentModel.DataAnnotations;

namespace RL.InputOpt;

/// <summary>How the step size changes from the first to the last of T steps.</summary>
public enum StepSchedule
{
    /// <summary>Not at all.</summary>
    Constant,

    /// <summary>By equal differences, down to the final step size.</summary>
    Linear,

    /// <summary>By equal ratios, down to the final step size.</summary>
    Geometric,
}

/// <summary>Options of <see cref="ProjectedGradient"/>. Step sizes are in units of half the region's width (for a ball: its radius).</summary>
public sealed record ProjectedGradientOptions
{
    /// <summary>T, steps: one gradient per start each.</summary>
    [Range(0, 10_000_000)] public int Steps { get; init; } = 40;

    /// <summary>What a step goes along.</summary>
    public StepDirection Direction { get; init; } = StepDirection.Sign;

    /// <summary>How the step size changes.</summary>
    public StepSchedule Schedule { get; init; } = StepSchedule.Constant;

    /// <summary>The first step size.</summary>
    [Range(0.0, 1e6)] public double StepSize { get; init; } = 0.1;

    /// <summary>The last step size, of a schedule that changes it.</summary>
    [Range(0.0, 1e6)] public double FinalStepSize { get; init; } = 0.004;

    /// <summary>μ: directions are made of v ← μ·v + g/‖g‖₁ (Dong et al. 2018); 0 = of the gradient itself.</summary>
    [Range(0.0, 1.0)] public double Momentum { get; init; }

    /// <summary>Random points of the region to search from beside the given starts.</summary>
    [Range(0, 1_000_000)] public int Restarts { get; init; }

    /// <summary>Fast gradient sign method (Goodfellow et al. 2015): one step to a corner.</summary>
    public static ProjectedGradientOptions Fgsm { get; } = new() { Steps = 1, StepSize = 2 };

    /// <summary>Plain gradient ascent as in the ADR-GD paper's comparison: step 0.5, gradients of at most unit length.</summary>
    public static ProjectedGradientOptions GradientAscent(int steps) =>
        new() { Steps = steps, Direction = StepDirection.AtMostUnit, StepSize = 0.5 };

    /// <summary>
    /// PGD (Madry et al. 2018): constant steps in the region's direction, signs in a box, that could cross the ball's radius 2.5 times.
    /// </summary>
    public static ProjectedGradientOptions Pgd(int steps) =>
        new() { Steps = steps, Direction = StepDirection.Steepest, StepSize = 2.5 / Math.Max(steps, 1) };

    /// <summary>PGD in the Euclidean norm, the same way.</summary>
    public static ProjectedGradientOptions PgdEuclidean(int steps) => Pgd(steps) with { Direction = StepDirection.Unit };

    /// <summary>Steps in the region's direction, signs in a box, that fall geometrically from the whole width to 1/250 of the radius.</summary>
    public static ProjectedGradientOptions Annealed(int steps) =>
        new() { Steps = steps, Direction = StepDirection.Steepest, Schedule = StepSchedule.Geometric, StepSize = 2, FinalStepSize = 0.004 };

    /// <summary>
    /// Sign steps that fall geometrically from an eighth of the radius to a hundredth: from a start that is good already, such as an actor's action.
    /// Small steps pass few borders between linear regions, so that they cost less, too.
    /// </summary>
    public static ProjectedGradientOptions WarmStart(int steps) =>
        new() { Steps = steps, Schedule = StepSchedule.Geometric, StepSize = 0.125, FinalStepSize = 0.01 };

    /// <summary>Size of step t of T, from 0, in units of half the region's width.</summary>
    public double StepAt(int t)
    {
        var progress = Steps > 1 ? t / (Steps - 1.0) : 0;
        return Schedule switch
        {
            StepSchedule.Constant => StepSize,
            StepSchedule.Linear => StepSize + ((FinalStepSize - StepSize) * progress),
            _ => StepSize * Math.Pow(FinalStepSize / StepSize, progress),
        };
    }

    /// <exception cref="ArgumentOutOfRangeException">Names the option, its value and what is allowed.</exception>
    internal ProjectedGradientOptions Validated() =>
        Schedule == StepSchedule.Geometric && (StepSize == 0 || FinalStepSize == 0)
            ? throw new ArgumentOutOfRangeException(
                nameof(FinalStepSize), FinalStepSize, "A geometric schedule needs step sizes above 0.")
            : this.Checked();
}
