using System.ComponentModel.DataAnnotations;

namespace RL.Agents;

/// <summary>How observations are attacked, whatever the method and the size.</summary>
public abstract record PolicyAttackOptions : AttackOptions
{
    /// <summary>
    /// The action to aim at: the number of a discrete one, or the elements of a continuous one in units of half the action
    /// range. Null: the least likely, step by step; of a continuous policy the corner of the action box farthest from its action.
    /// </summary>
    public IReadOnlyList<double>? Target { get; init; }

    /// <summary>
    /// β of the strategically-timed attack (Lin et al. 2017): only steps at which the policy is surer than this are attacked
    /// (max π − min π, or the mean size of a continuous action). Null: all.
    /// </summary>
    [Range(0, 1)] public double? Confidence { get; init; }

    /// <summary>Most attacked steps of an episode, the first that come. Null: all.</summary>
    [Range(0, int.MaxValue)] public int? Budget { get; init; }

    /// <summary>Round attacked images to whole bytes.</summary>
    public bool WholeBytes { get; init; }
}

/// <summary>One attack on observations.</summary>
public sealed record ObservationAttackOptions : PolicyAttackOptions
{
    /// <summary>The attack with <see cref="Method"/>, <see cref="Passes"/>, <see cref="Epsilon"/> at their defaults.</summary>
    public ObservationAttackOptions()
    {
    }

    /// <summary>The same of all else.</summary>
    public ObservationAttackOptions(PolicyAttackOptions settings)
        : base(settings)
    {
    }

    /// <summary>A name of <see cref="AttackMethods"/>.</summary>
    [AttackMethodNames] public string Method { get; init; } = "pgd";

    /// <summary>Gradient passes per attacked step; null: the method's default.</summary>
    [Range(0, 10_000_000)] public int? Passes { get; init; }

    /// <summary>ε, most that an element may change, in units of <see cref="ObservationUnits"/>.</summary>
    [Range(0, double.MaxValue)] public double Epsilon { get; init; }

    /// <summary>Seed of what methods draw.</summary>
    public ulong Seed { get; init; }
}
