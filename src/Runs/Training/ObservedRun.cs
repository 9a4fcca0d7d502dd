using RL.Agents;

namespace RL.Runs;

/// <summary>Passes the results of a loop to the run's folder, if there is one, and then to the callbacks.</summary>
sealed class ObservedRun(RunFolder? folder, TrainingCallbacks callbacks, Action stop) : ITrainingRun
{
    /// <summary>The last evaluation; null before the first.</summary>
    public EvaluationRow? Last { get; private set; } = folder?.Last;

    /// <summary>The evaluation with the highest mean return, the earlier of equals.</summary>
    public EvaluationRow? Best { get; private set; } = folder?.Best;

    /// <inheritdoc/>
    public void Scalar(string tag, double value, long step)
    {
        folder?.Scalar(tag, value, step);
        callbacks.Metric?.Invoke(tag, value, step);
    }

    /// <inheritdoc/>
    public void Evaluated(EvaluationResult result, IAgent agent)
    {
        folder?.Evaluated(result, agent);
        Last = EvaluationRow.Of(result);
        Best = Last.BetterThan(Best) ? Last : Best;
        callbacks.Evaluated?.Invoke(result, new(result.Step, Last, Best));
    }

    /// <inheritdoc/>
    public void Progress(long step)
    {
        var progress = new RunProgress(step, Last, Best);
        callbacks.Progressed?.Invoke(progress);
        if (callbacks.Stop?.Invoke(progress) ?? false)
        {
            stop();
        }
    }

    /// <inheritdoc/>
    public void Checkpoint(long step, Action<BinaryWriter> save)
    {
        if (folder is not null)
        {
            folder.Checkpoint(step, save);
            callbacks.CheckpointWritten?.Invoke(step);
        }
    }
}
