using RL.Agents;

namespace RL.Runs;

/// <summary>Progress of a training run.</summary>
/// <param name="Step">Environment steps done, over all copies.</param>
/// <param name="Last">The last evaluation; null before the first.</param>
/// <param name="Best">The evaluation with the highest mean return; null before the first.</param>
public readonly record struct RunProgress(long Step, EvaluationRow? Last, EvaluationRow? Best);

/// <summary>
/// What a training run calls on its own thread, waiting for each call to return. An exception from one of them ends the run.
/// </summary>
public sealed record TrainingCallbacks
{
    /// <summary>Called before the first step: the run's folder (null if there is none), the progress that it starts from, the total number of steps.</summary>
    public Action<string?, RunProgress, long>? Started { get; init; }

    /// <summary>Called with every logged value: tag (docs/metrics.md), value, environment step.</summary>
    public Action<string, double, long>? Metric { get; init; }

    /// <summary>Called after every evaluation. If the run has a folder, the evaluated policy is already on disk.</summary>
    public Action<EvaluationResult, RunProgress>? Evaluated { get; init; }

    /// <summary>Called with the step of a checkpoint once that is complete on disk. Never called without a folder.</summary>
    public Action<long>? CheckpointWritten { get; init; }

    /// <summary>Called after every step of the loop, so it must be cheap.</summary>
    public Action<RunProgress>? Progressed { get; init; }

    /// <summary>Called after every step of the loop; true ends the run there, with a checkpoint if it has a folder.</summary>
    public Func<RunProgress, bool>? Stop { get; init; }

    /// <summary>Called with each warning, one sentence.</summary>
    public Action<string>? Warned { get; init; }

    /// <summary>Called with each note, one sentence: how options were interpreted, or why there is nothing to do.</summary>
    public Action<string>? Noted { get; init; }
}
