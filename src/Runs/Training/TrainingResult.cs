namespace RL.Runs;

/// <summary>How a training ended, and what it has learnt.</summary>
/// <param name="Summary">Status, steps, last and best evaluation; what result.json holds.</param>
/// <param name="Policy">The policy as the last step left it. Disposed with the result.</param>
public sealed record TrainingResult(RunResult Summary, Policy Policy) : IDisposable
{
    /// <summary>The run's folder; null if nothing was kept.</summary>
    public string? Folder => Summary.Run;

    /// <summary>The last evaluation; null if there was none.</summary>
    public EvaluationRow? Last => Summary.Evaluation;

    /// <summary>The evaluation with the highest mean return, the earlier of equals; null if there was none.</summary>
    public EvaluationRow? Best => Summary.Best;

    /// <inheritdoc/>
    public void Dispose() => Policy.Dispose();
}
