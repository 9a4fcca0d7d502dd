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

    /// <summary>Perturbations of the input optimiser.</summary>
    Refinement = 4,

    /// <summary>What attacks on observations draw.</summary>
    Attack = 16,
}

/// <summary>Independent seeds from the one seed of a run (numpy's SeedSequence with the purpose as spawn key).</summary>
/// <remarks>The training environment gets the run's seed itself, so its episodes start as Gymnasium's with that seed.</remarks>
public static class Seeds
{
    /// <summary>The seed of <paramref name="purpose"/>, below 2⁶³.</summary>
    public static ulong Of(long seed, Purpose purpose) => new Pcg64((ulong)seed, (uint)purpose).NextUInt64() >> 1;
}
