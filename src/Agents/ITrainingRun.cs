namespace RL.Agents;

/// <summary>Receives the results of a training loop: a run folder, callbacks, or a list in a test.</summary>
public interface ITrainingRun
{
    /// <summary>One value of the series <paramref name="tag"/> after <paramref name="step"/> environment steps.</summary>
    void Scalar(string tag, double value, long step);

    /// <summary>An episode of training has ended: its return, of the task's own rewards, and its steps. Not kept unless implemented.</summary>
    void EpisodeEnded(double episodeReturn, int length)
    {
    }

    /// <summary>So many updates were made since the last call. Not kept unless implemented.</summary>
    void Updated(long count)
    {
    }

    /// <summary>A distribution after <paramref name="step"/> environment steps: all its values, in any order. Not kept unless implemented.</summary>
    void Histogram(string tag, ReadOnlySpan<float> values, long step)
    {
    }

    /// <summary>
    /// A picture after <paramref name="step"/> environment steps: red, green, blue, top row first. [height × width × 3] Not kept unless
    /// implemented.
    /// </summary>
    void Image(string tag, int width, int height, ReadOnlySpan<byte> rgb, long step)
    {
    }

    /// <summary>Asked after every step of the loop: true if a checkpoint is wanted besides those that are due.</summary>
    bool TakeCheckpointRequest() => false;

    /// <summary>An evaluation is done. The agent holds the networks that were evaluated.</summary>
    void Evaluated(EvaluationResult result, IAgent agent);

    /// <summary>Called after every step of the loop with the number of environment steps done, so it must be cheap.</summary>
    void Progress(long step);

    /// <summary>
    /// Keeps a checkpoint taken after <paramref name="step"/> steps. <paramref name="save"/> writes it; the old one may be
    /// dropped only once the new one is complete.
    /// </summary>
    void Checkpoint(long step, Action<BinaryWriter> save);
}

/// <summary>Returns of evaluation episodes, played greedily in environments of their own.</summary>
/// <param name="Step">Environment steps of training before it.</param>
/// <param name="Returns">Undiscounted return of each episode.</param>
/// <param name="Lengths">Steps of each episode.</param>
public sealed record EvaluationResult(long Step, IReadOnlyList<double> Returns, IReadOnlyList<int> Lengths)
{
    /// <summary>
    /// Mean per step, over all steps of those episodes, of every part of the task's reward (reward/&lt;term&gt;) and of every measure of a step.
    /// </summary>
    public IReadOnlyDictionary<string, double> StepMeans { get; init; } = new Dictionary<string, double>();

    /// <summary>Mean return.</summary>
    public double Mean => Returns.Average();

    /// <summary>Standard deviation of the returns over the episodes (population).</summary>
    public double StandardDeviation
    {
        get
        {
            var mean = Mean;
            return Math.Sqrt(Returns.Average(value => (value - mean) * (value - mean)));
        }
    }
}
