using RL.Environments;

namespace RL.Agents;

/// <summary>
/// The one loop that trains every agent: act, step, observe, reset what finished, update; then log, evaluate and keep a checkpoint
/// when they are due. A checkpoint holds everything, so a resumed loop is bit-identical to an uninterrupted one.
/// </summary>
public sealed class TrainingLoop
{
    readonly IAgent _agent;
    readonly IVectorEnvironment _train;
    readonly IVectorEnvironment _evaluation;
    readonly TrainingOptions _options;
    readonly ITrainingRun _run;
    readonly TimeProvider _clock;
    readonly SpaceBuffer _actions;
    readonly EpisodeTracker _episodes;
    readonly string[] _rewardTags, _measureTags;
    readonly MetricMeans _metrics;
    bool _isBegun;

    /// <summary>A loop before its first step. The caller keeps ownership of everything it hands over.</summary>
    public TrainingLoop(
        IAgent agent, IVectorEnvironment train, IVectorEnvironment evaluation, TrainingOptions options, ITrainingRun run, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(train);
        _agent = agent;
        _train = train;
        _evaluation = evaluation;
        _options = options;
        _run = run;
        _clock = clock;
        _actions = new SpaceBuffer(train.ActionSpace, train.Count);
        _episodes = new EpisodeTracker(train.Count);
        _metrics = new MetricMeans(options.Log.Histograms > 0 ? (tag, values) => run.Histogram(tag, values, Step) : null);
        (_rewardTags, _measureTags) = ([.. train.RewardTerms.Select(Evaluation.RewardTag)], [.. train.Measures]);
    }

    /// <summary>Environment steps done, over all copies.</summary>
    public long Step { get; private set; }

    /// <summary>
    /// Trains to <see cref="TrainingOptions.TotalSteps"/>. If <paramref name="stop"/> is cancelled it ends after the current step.
    /// Either way a checkpoint is kept.
    /// </summary>
    /// <returns>False if it was stopped early.</returns>
    public bool Run(CancellationToken stop)
    {
        if (!_isBegun)
        {
            _isBegun = true;
            _train.Reset(Seeds.Of(_options.Seed, Purpose.Environment));
        }

        var lastLog = (Time: _clock.GetTimestamp(), Step);
        while (Step < _options.TotalSteps)
        {
            if (stop.IsCancellationRequested)
            {
                Checkpoint();
                return false;
            }

            _agent.Act(_train.Observations, _actions, explore: true);
            PolicyActions.ThrowUnlessFinite(_actions, Step);
            var outcome = _train.Step(_actions);
            _agent.Observe(outcome);
            Step += _train.Count;
            LogRewards(outcome);
            _train.ResetFinished();
            if (IsDue(_options.Log.Histograms))
            {
                _metrics.WantHistograms();
            }

            _agent.Update(_metrics);

            if (IsDue(_options.LogInterval))
            {
                _run.Updated(_metrics.Updates);
                _metrics.Flush((tag, value) => _run.Scalar(tag, value, Step));
                var now = _clock.GetTimestamp();
                _run.Scalar("time/steps_per_second", (Step - lastLog.Step) / _clock.GetElapsedTime(lastLog.Time, now).TotalSeconds, Step);
                lastLog = (now, Step);
            }

            if (IsDue(_options.EvaluationInterval))
            {
                Evaluate();
            }

            if (IsDue(_options.CheckpointInterval))
            {
                Checkpoint();
            }

            _run.Progress(Step);
            if (_run.TakeCheckpointRequest())
            {
                Checkpoint();
            }
        }

        // Before the last evaluation, which is not part of a run that is extended later.
        if (!IsDue(_options.CheckpointInterval))
        {
            Checkpoint();
        }

        if (!IsDue(_options.EvaluationInterval))
        {
            Evaluate();
        }

        return true;
    }

    /// <summary>Writes the state of agent, environment and loop.</summary>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        writer.Write(Step);
        _episodes.Save(writer);
        _metrics.Save(writer);
        _train.Save(writer);
        _agent.Save(writer);
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">The state is of another agent or environment.</exception>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        // Also at step 0: a second reset would count the first observations twice where they are normalised.
        _isBegun = true;
        Step = reader.ReadInt64();
        _episodes.Load(reader);
        _metrics.Load(reader);
        _train.Load(reader);
        _agent.Load(reader);
    }

    /// <summary>True if the last step reached or passed a multiple of <paramref name="interval"/>; never if that is 0.</summary>
    bool IsDue(long interval) => interval > 0 && Step / interval > (Step - _train.Count) / interval;

    void LogRewards(StepOutcome outcome)
    {
        for (var i = 0; i < outcome.RewardTerms.Length; i++)
        {
            _metrics.Scalar(_rewardTags[i % _rewardTags.Length], outcome.RewardTerms[i]);
        }

        for (var i = 0; i < outcome.Measures.Length; i++)
        {
            _metrics.Scalar(_measureTags[i % _measureTags.Length], outcome.Measures[i]);
        }

        _episodes.Observe(outcome, (_, episodeReturn, length) =>
        {
            _run.Scalar("episode/return", episodeReturn, Step);
            _run.Scalar("episode/length", length, Step);
            _run.EpisodeEnded(episodeReturn, length);
        });
    }

    void Evaluate()
    {
        var seed = Seeds.Of(_options.Seed, Purpose.Evaluation);
        using var strip = AreImagesDue() ? FilmStrip.Of(_evaluation) : null;
        var result = Evaluate(seed, strip);
        _run.Scalar("evaluation/return", result.Mean, Step);
        _run.Scalar("evaluation/return_std", result.StandardDeviation, Step);
        _run.Scalar("evaluation/length", result.Lengths.Average(), Step);
        foreach (var (tag, mean) in result.StepMeans)
        {
            _run.Scalar($"evaluation/{tag}", mean, Step);
        }

        strip?.Write((width, height, rgb) => _run.Image("evaluation/episode", width, height, rgb, Step));
        _run.Evaluated(result, _agent);
    }

    /// <summary>Whether a multiple of the steps between pictures has been reached since the last evaluation, or this is the only one.</summary>
    bool AreImagesDue()
    {
        var (images, interval) = (_options.Log.Images, Math.Max(_options.EvaluationInterval, _train.Count));
        return images > 0 && (Step == _options.TotalSteps || Step / images > Math.Max(0, Step - interval) / images);
    }

    /// <summary>
    /// Nothing is learnt from an evaluation: a reward that is NaN there makes this one NaN (a Sharpe ratio of a policy that always does the
    /// same, say), and training goes on. A NaN among observations ends it, as everywhere.
    /// </summary>
    EvaluationResult Evaluate(ulong seed, FilmStrip? strip)
    {
        try
        {
            return Evaluation.Run(_agent, _evaluation, _options.EvaluationEpisodes, seed, Step, strip is null ? null : strip.Show);
        }
        catch (NonFiniteValueException exception) when (exception is { Element: null, Environment.Length: > 0 })
        {
            var episodes = _options.EvaluationEpisodes;
            return new(Step, [.. Enumerable.Repeat(double.NaN, episodes)], [.. Enumerable.Repeat(exception.Step, episodes)]);
        }
    }

    void Checkpoint() => _run.Checkpoint(Step, Save);
}
