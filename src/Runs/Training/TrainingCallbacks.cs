using RL.Agents;

namespace RL.Runs;

/// <summary>How far a training is.</summary>
/// <param name="Step">Environment steps done, over all copies.</param>
/// <param name="Last">The last evaluation; null before the first.</param>
/// <param name="Best">The evaluation with the highest mean return; null before the first.</param>
public readonly record struct RunProgress(long Step, EvaluationRow? Last, EvaluationRow? Best);

/// <summary>
/// What a training calls while it runs, on its own thread: it goes on when they return. An exception from one of them ends the run.
/// </summary>
public sealed record TrainingCallbacks
{
    /// <summary>The first step is about to be made: the run's folder (null if there is none), what was resumed, and the steps in all.</summary>
    public Action<string?, RunProgress, long>? Started { get; init; }

    /// <summary>A value of a series: its tag (docs/metrics.md), the value, the step.</summary>
    public Action<string, double, long>? Metric { get; init; }

    /// <summary>An evaluation is finished, and its policy is on disk if the run has a folder.</summary>
    public Action<EvaluationResult, RunProgress>? Evaluated { get; init; }

    /// <summary>A checkpoint is complete on disk: its step. Never called without a folder.</summary>
    public Action<long>? CheckpointWritten { get; init; }

    /// <summary>Called after every step of the loop, so it must be cheap.</summary>
    public Action<RunProgress>? Progressed { get; init; }

    /// <summary>Asked after every step of the loop; true ends the run there, with a checkpoint if it has a folder.</summary>
    public Func<RunProgress, bool>? Stop { get; init; }

    /// <summary>A sentence that the user should read, though nothing failed.</summary>
    public Action<string>? Warned { get; init; }

    /// <summary>A sentence on how options were understood, or why there is nothing to do.</summary>
    public Action<string>? Noted { get; init; }
}
