namespace RL.Agents;

/// <summary>Options of an agent that learns from a replay buffer.</summary>
public interface IOffPolicyOptions
{
    /// <summary>Environment steps of warm-up, with random actions and without learning.</summary>
    long StartSteps { get; }

    /// <summary>Units of the hidden layers of every network.</summary>
    int[] HiddenLayers { get; }

    /// <summary>N, transitions in a minibatch.</summary>
    int BatchSize { get; }

    /// <summary>Capacity of the replay buffer in transitions.</summary>
    int ReplayCapacity { get; }

    /// <summary>When updates are made.</summary>
    UpdateAt UpdateAt { get; }
}
