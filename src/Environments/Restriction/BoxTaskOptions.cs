using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of every task whose actions are a bounded box. A task of the user's has them if its own options derive from these.</summary>
public abstract record BoxTaskOptions
{
    /// <summary>
    /// Share of the range of each action that is left, around its centre: with 0.25, ±1 becomes ±0.25. An action beyond has the effect of the
    /// bound.
    /// </summary>
    [Range(0.0, 1.0, MinimumIsExclusive = true)]
    public double ActionRange { get; init; } = 1;
}
