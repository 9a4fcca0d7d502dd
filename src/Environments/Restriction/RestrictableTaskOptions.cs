using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Where the actions of a task are valid.</summary>
public enum ActionRestriction
{
    /// <summary>Everywhere.</summary>
    None,

    /// <summary>Inside a union of balls (<see cref="ActionBalls"/>).</summary>
    Balls,
}

/// <summary>Options of the tasks whose actions can be restricted to parts of their box ("restricted locomotion" in SAVO and Q3C).</summary>
public abstract record RestrictableTaskOptions : BoxTaskOptions
{
    /// <param name="size">m, unless it is given.</param>
    /// <param name="invalidAction">What is simulated, in every element, in place of an invalid action.</param>
    /// <param name="isFirstStepValid">The first action of an episode counts as valid, whatever it is.</param>
    internal RestrictableTaskOptions(double size, float invalidAction = 0, bool isFirstStepValid = false) =>
        (RestrictSize, InvalidAction, IsFirstStepValid) = (size, invalidAction, isFirstStepValid);

    /// <summary>Where actions are valid: everywhere, or inside a fixed set of balls; elsewhere the reward is −10 and nothing is done.</summary>
    public ActionRestriction Restrict { get; init; }

    /// <summary>m, the size of the balls: each has the volume 0.6/33 · m of the box of actions scaled to [0, 1]ⁿ.</summary>
    [Range(0.0, 1000.0, MinimumIsExclusive = true)]
    public double RestrictSize { get; init; }

    internal float InvalidAction { get; }

    internal bool IsFirstStepValid { get; }
}
