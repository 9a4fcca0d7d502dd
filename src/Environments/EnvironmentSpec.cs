namespace RL.Environments;

/// <summary>What is fixed about a task.</summary>
/// <param name="Id">Name in the catalogue, e.g. HalfCheetah-v5; of a model file mujoco: and its full path.</param>
/// <param name="MaxEpisodeSteps">Steps after which an episode is truncated; null if never, or if the task counts otherwise.</param>
/// <param name="RewardThreshold">Return at which the task counts as solved; null if none is published.</param>
public sealed record EnvironmentSpec(string Id, int? MaxEpisodeSteps, double? RewardThreshold)
{
    /// <summary>The user's model file that the environment was made from; null where there is none, and in the catalogue's entries.</summary>
    public ModelFile? Model { get; init; }
}
