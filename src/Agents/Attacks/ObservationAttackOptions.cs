using RL.InputOpt;

namespace RL.Agents;

/// <summary>What an attack on observations makes large.</summary>
public enum ObservationLoss
{
    /// <summary>Cross-entropy of discrete policies, deviation of continuous ones.</summary>
    Default,

    /// <summary>Discrete: cross-entropy against the greedy action on the true observation; targeted: minus that of the
    /// target.</summary>
    CrossEntropy,

    /// <summary>Discrete: best other logit minus the greedy action's.</summary>
    Margin,

    /// <summary>
    /// Continuous: squared distance from the action on the true observation, in units of half the action range; targeted: minus
    /// that to the target.
    /// </summary>
    Deviation,

    /// <summary>Continuous: −Q(s, a) of the critic at the true observation s and the action a that the policy is led
    /// to.</summary>
    Critic,
}

/// <summary>How observations are attacked.</summary>
public sealed record ObservationAttackOptions
{
    /// <summary>A name of <see cref="AttackMethods"/>.</summary>
    public string Method { get; init; } = "pgd";

    /// <summary>Gradient passes per attacked step; null: the method's default.</summary>
    public int? Passes { get; init; }

    /// <summary>ε, most that an element may change, in units of <see cref="ObservationUnits"/>.</summary>
    public double Epsilon { get; init; }

    /// <summary>What is made large.</summary>
    public ObservationLoss Loss { get; init; }

    /// <summary>Whether one action is aimed at, rather than any other than the policy's own.</summary>
    public bool Targeted { get; init; }

    /// <summary>
    /// The action to aim at: the number of a discrete one, or the elements of a continuous one in units of half the action
    /// range. Null: the least likely, step by step; of a continuous policy the corner of the action box farthest from its action.
    /// </summary>
    public IReadOnlyList<double>? Target { get; init; }

    /// <summary>Step of pgd in units of ε; null: 2.5 / steps.</summary>
    public double? StepSize { get; init; }

    /// <summary>Random points of the ball that pgd searches from beside its start; they share its passes.</summary>
    public int Restarts { get; init; }

    /// <summary>μ, momentum of pgd (Dong et al. 2018).</summary>
    public double Momentum { get; init; }

    /// <summary>
    /// ReLU layers whose patterns ADR-GD relaxes, from 0 at the input, negative ones from the output. Null: all of a fully
    /// connected network, the last one of a network that sees images.
    /// </summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>
    /// β of the strategically-timed attack (Lin et al. 2017): only steps at which <see cref="ObservationAttack.Confidence"/>
    /// exceeds it are attacked. Null: all.
    /// </summary>
    public double? Confidence { get; init; }

    /// <summary>Most attacked steps of an episode, the first that come; null: all.</summary>
    public int? Budget { get; init; }

    /// <summary>Round attacked images to whole bytes.</summary>
    public bool WholeBytes { get; init; }

    /// <summary>Seed of what methods draw.</summary>
    public ulong Seed { get; init; }
}
