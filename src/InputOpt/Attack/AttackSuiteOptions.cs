using System.ComponentModel.DataAnnotations;

namespace RL.InputOpt;

/// <summary>Options of <see cref="AttackSuite"/>.</summary>
public sealed record AttackSuiteOptions
{
    /// <summary>Passes per input and radius, at most: those that hold out through all stages take them.</summary>
    [Range(40, 10_000_000)] public int Passes { get; init; } = 1000;

    /// <summary>Passes from which on one more class is aimed at, after the untargeted stages.</summary>
    [Range(10, 10_000_000)] public int PassesPerTarget { get; init; } = 200;
}
