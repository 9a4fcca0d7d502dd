using RL.Environments;

namespace RL.Agents;

/// <summary>What needs random numbers of its own.</summary>
public enum Purpose : uint
{
    /// <summary>Initial weights.</summary>
    Networks = 1,

    /// <summary>Exploration, replay sampling and target noise.</summary>
    Agent = 2,

    /// <summary>Initial states of evaluation episodes.</summary>
    Evaluation = 3,

    /// <summary>What refining executed actions draws.</summary>
    Refinement = 4,

    /// <summary>Chance in the training environment: copy i draws from this seed + i.</summary>
    Environment = 5,

    /// <summary>What refining the actions of the critics' target draws.</summary>
    TargetRefinement = 6,

    /// <summary>What refining the actions that guide the actor draws.</summary>
    GuideRefinement = 7,

    /// <summary>What attacks on observations draw.</summary>
    Attack = 16,
}

/// <summary>Independent seeds from the one seed of a run (numpy's SeedSequence with the purpose as spawn key).</summary>
/// <remarks>
/// The training environment has a seed of its own too: copy i of <c>Reset(seed)</c> is copy 0 of <c>Reset(seed + i)</c>, so runs with
/// neighbouring seeds would share nearly all their episodes if they were handed on as they are.
/// </remarks>
public static class Seeds
{
    /// <summary>The seed of <paramref name="purpose"/>, below 2⁶³.</summary>
    public static ulong Of(long seed, Purpose purpose) => new Pcg64((ulong)seed, (uint)purpose).NextUInt64() >> 1;
}
