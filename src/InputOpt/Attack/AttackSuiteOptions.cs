using System.ComponentModel.DataAnnotations;

namespace RL.InputOpt;

/// <summary>Options of <see cref="AttackSuite"/>.</summary>
public sealed record AttackSuiteOptions
{
    /// <summary>Passes per input and radius, on average over the inputs that hold out so far: what is broken early leaves the rest of its passes to the others.</summary>
    [Range(40, 10_000_000)] public int Passes { get; init; } = 1000;

    /// <summary>An input that holds out to the end takes at most so many times the passes.</summary>
    [Range(1, 1000)] public int MostTimes { get; init; } = 10;
}
