namespace RL.Runs;

/// <summary>How a training run ended, and the trained policy.</summary>
/// <param name="Summary">Status, steps, last and best evaluation; the content of result.json.</param>
/// <param name="Policy">The policy after the last step. Disposed with the result.</param>
public sealed record TrainingResult(RunResult Summary, Policy Policy) : IDisposable
{
    /// <summary>The run's folder; null if the run was not kept on disk.</summary>
    public string? Folder => Summary.Run;

    /// <summary>The last evaluation; null if there was none.</summary>
    public EvaluationRow? Last => Summary.Evaluation;

    /// <summary>The evaluation with the highest mean return, the earlier of equals; null if there was none.</summary>
    public EvaluationRow? Best => Summary.Best;

    /// <inheritdoc/>
    public void Dispose() => Policy.Dispose();
}
