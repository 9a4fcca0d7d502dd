using System.Globalization;
using RL.Agents;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// Passes what a loop leaves on to the run's folder, if there is one, and then to the callbacks. Losses and networks that are not finite
/// end the run before they are kept.
/// </summary>
sealed class ObservedRun(IAgent learner, RunFolder? folder, TrainingCallbacks callbacks, RunMeter meter, Action stop, TimeProvider clock) : ITrainingRun
{
    /// <summary>What the disk is asked to take just now, to ask for it once more should it refuse; null between.</summary>
    Action? _asked;

    static readonly TimeSpan _requestInterval = TimeSpan.FromSeconds(1);

    long? _checkpointed;
    long _looked = clock.GetTimestamp();
    bool _wantsCheckpoint;

    /// <summary>The last evaluation; null before the first.</summary>
    public EvaluationRow? Last { get; private set; } = folder?.Last;

    /// <summary>The evaluation with the highest mean return, the earlier of equals.</summary>
    public EvaluationRow? Best { get; private set; } = folder?.Best;

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
        meter.Logged(tag, value);
    }

    /// <inheritdoc/>
    public void Updated(long count) => meter.Updated(count);

    /// <inheritdoc/>
    public void EpisodeEnded(double episodeReturn, int length) => folder?.EpisodeEnded(episodeReturn, length);

    /// <inheritdoc/>
    public void Histogram(string tag, ReadOnlySpan<float> values, long step) => folder?.Histogram(tag, values, step);

    /// <inheritdoc/>
    public void Image(string tag, int width, int height, ReadOnlySpan<byte> rgb, long step) => folder?.Image(tag, width, height, rgb, step);

    /// <inheritdoc/>
    /// <exception cref="NonFiniteValueException">A network has a value that is NaN or infinite.</exception>
    public void Evaluated(EvaluationResult result, IAgent agent)
    {
        ThrowUnlessFinite(result.Step);
        Ask(() => folder?.Evaluated(result, agent));
        Last = EvaluationRow.Of(result);
        Best = Last.BetterThan(Best) ? Last : Best;
        callbacks.Evaluated?.Invoke(result, new(result.Step, Last, Best));
    }

    /// <inheritdoc/>
    public void Progress(long step)
    {
        var progress = new RunProgress(step, Last, Best);
        callbacks.Progressed?.Invoke(progress);
        meter.Reached(step);
        if (callbacks.Stop?.Invoke(progress) ?? false)
        {
            stop();
        }

        Ask(() => folder?.Progress(step), () => { });
        if (folder is not null && clock.GetElapsedTime(_looked) >= _requestInterval)
        {
            _looked = clock.GetTimestamp();
            TakeRequest(folder.Path);
        }
    }

    /// <inheritdoc/>
    public bool TakeCheckpointRequest()
    {
        var wants = _wantsCheckpoint;
        _wantsCheckpoint = false;
        return wants;
    }

    /// <inheritdoc/>
    /// <exception cref="NonFiniteValueException">A network has a value that is NaN or infinite.</exception>
    public void Checkpoint(long step, Action<BinaryWriter> save)
    {
        ThrowUnlessFinite(step);
        if (folder is not null)
        {
            Ask(() => folder.Checkpoint(step, save), () => { });
            _checkpointed = step;
            callbacks.CheckpointWritten?.Invoke(step);
        }
    }

    /// <summary>
    /// After an exception: if it was the disk that refused something at the end of a step, asks it once more for that and for a checkpoint,
    /// which it may take though it did not take a log. What is asked at a step's end comes after everything that the step does.
    /// </summary>
    public void TryAgain(long step, Action<BinaryWriter> save)
    {
        if (_asked is { } ask && _checkpointed != step)
        {
            ask();
            Checkpoint(step, save);
        }
    }

    void TakeRequest(string path)
    {
        switch (RunRequest.Take(path))
        {
            case RunRequest.Stop:
                stop();
                break;
            case RunRequest.Checkpoint:
                _wantsCheckpoint = true;
                break;
            default:
                break;
        }
    }

    /// <param name="ask">Asks the disk.</param>
    /// <param name="again">What of it to ask for again before a checkpoint; null: the same.</param>
    void Ask(Action ask, Action? again = null)
    {
        _asked = again ?? ask;
        ask();
        _asked = null;
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
