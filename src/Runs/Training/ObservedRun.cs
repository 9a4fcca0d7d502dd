using System.Globalization;
using RL.Agents;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// Passes what a loop leaves on to the run's folder, if there is one, and then to the callbacks. Losses and networks that are not finite
/// end the run before they are kept.
/// </summary>
sealed class ObservedRun(IAgent learner, RunFolder? folder, TrainingCallbacks callbacks, Action stop) : ITrainingRun
{
    /// <summary>The last evaluation; null before the first.</summary>
    public EvaluationRow? Last { get; private set; } = folder?.Last;

    /// <summary>The evaluation with the highest mean return, the earlier of equals.</summary>
    public EvaluationRow? Best { get; private set; } = folder?.Best;

    /// <summary>The last step that the loop has been through.</summary>
    public long LastWholeStep { get; private set; }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteValueException">A loss is NaN or infinite.</exception>
    public void Scalar(string tag, double value, long step)
    {
        if (!double.IsFinite(value) && tag.StartsWith("loss/", StringComparison.Ordinal))
        {
            throw Diverged(string.Create(CultureInfo.InvariantCulture, $"{tag} is {value}"), step);
        }

        folder?.Scalar(tag, value, step);
        callbacks.Metric?.Invoke(tag, value, step);
    }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteValueException">A network has a value that is NaN or infinite.</exception>
    public void Evaluated(EvaluationResult result, IAgent agent)
    {
        ThrowUnlessFinite(result.Step);
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

        // Between two steps a checkpoint can be taken of a run that the disk ends.
        LastWholeStep = step;
        folder?.Progress(step);
    }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteValueException">A network has a value that is NaN or infinite.</exception>
    public void Checkpoint(long step, Action<BinaryWriter> save)
    {
        ThrowUnlessFinite(step);
        if (folder is not null)
        {
            folder.Checkpoint(step, save);
            callbacks.CheckpointWritten?.Invoke(step);
        }
    }

    void ThrowUnlessFinite(long step)
    {
        using var scope = TorchSharp.torch.NewDisposeScope();
        foreach (var (name, network) in learner.Networks)
        {
            if (!network.isfinite().all().item<bool>())
            {
                throw Diverged($"{name} has a value that is NaN or infinite", step);
            }
        }
    }

    NonFiniteValueException Diverged(string what, long step) => new(string.Create(
        CultureInfo.InvariantCulture,
        $"At step {step} {what}: the training has diverged.{(folder is null ? "" : " Nothing of it was kept: the run's checkpoints are finite.")}"));
}
