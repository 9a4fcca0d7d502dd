namespace RL.Agents.Tests;

/// <summary>A training run that is kept in memory.</summary>
sealed class RecordedRun : ITrainingRun
{
    public List<(string Tag, double Value, long Step)> Scalars { get; } = [];

    public List<EvaluationResult> Evaluations { get; } = [];

    public List<(long Step, byte[] Bytes)> Checkpoints { get; } = [];

    /// <summary>What must be equal in equal runs: everything but the time it took.</summary>
    public IEnumerable<(string Tag, double Value, long Step)> Deterministic =>
        Scalars.Where(s => !s.Tag.StartsWith("time/", StringComparison.Ordinal) && !s.Tag.EndsWith("ms", StringComparison.Ordinal));

    public void Scalar(string tag, double value, long step) => Scalars.Add((tag, value, step));

    public void Evaluated(EvaluationResult result, IAgent agent) => Evaluations.Add(result);

    public void Progress(long step)
    {
    }

    public void Checkpoint(long step, Action<BinaryWriter> save)
    {
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        save(writer);
        Checkpoints.Add((step, stream.ToArray()));
    }
}

/// <summary>Keeps every scalar.</summary>
sealed class RecordedMetrics : IMetrics
{
    public List<(string Tag, double Value)> Scalars { get; } = [];

    public void Scalar(string tag, double value) => Scalars.Add((tag, value));
}
