namespace RL.Cluster;

/// <summary>What goes to a worker, as JSON.</summary>
/// <param name="Run">The run, or the piece of work; its folder is left empty, because machines may call it otherwise.</param>
sealed record ClusterJob(RunJob Run)
{
    /// <summary>Whether its files travel to the worker and back, because the machines have no folder in common.</summary>
    public bool SendsFiles { get; init; }
}
