using System.Diagnostics.Metrics;

namespace RL.Runs;

/// <summary>
/// What training does, told to whoever listens to this meter of System.Diagnostics.Metrics: OpenTelemetry, dotnet-counters. While nobody does, it
/// costs a comparison. docs/monitoring.md lists the instruments.
/// </summary>
public static class TrainingMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "RL.Training";

    static readonly Meter _meter = new(Name);

    internal static Counter<long> Steps { get; } = _meter.CreateCounter<long>("rl.training.steps", "{step}", "Environment steps, over all copies.");

    internal static Counter<long> Updates { get; } = _meter.CreateCounter<long>("rl.training.updates", "{update}", "Updates of the critics, or of PPO's networks.");

    internal static Counter<long> Episodes { get; } = _meter.CreateCounter<long>("rl.training.episodes", "{episode}", "Training episodes that have ended.");

    internal static Gauge<double> Speed { get; } = _meter.CreateGauge<double>("rl.training.speed", "{step}/s", "Environment steps a second, learning and evaluation included.");

    internal static Gauge<double> Refinement { get; } = _meter.CreateGauge<double>("rl.refinement.duration", "ms", "Time that refining one action takes.");

    internal static Gauge<double> EpisodeReturn { get; } = _meter.CreateGauge<double>("rl.episode.return", null, "Return of the last training episode.");

    internal static Gauge<double> EvaluationReturn { get; } = _meter.CreateGauge<double>("rl.evaluation.return", null, "Mean return of the last evaluation.");
}

/// <summary>Tells the meter of one run.</summary>
/// <param name="run">Name of its folder; "" if it has none.</param>
/// <param name="step">Where it begins.</param>
sealed class RunMeter(string run, long step)
{
    readonly KeyValuePair<string, object?> _run = new("run", run);
    long _step = step;

    /// <summary>The run has come so far.</summary>
    public void Reached(long step)
    {
        TrainingMeter.Steps.Add(step - _step, _run);
        _step = step;
    }

    /// <summary>So many updates more.</summary>
    public void Updated(long count) => TrainingMeter.Updates.Add(count, _run);

    /// <summary>A value was logged; those that have an instrument are passed on.</summary>
    public void Logged(string tag, double value)
    {
        switch (tag)
        {
            case "time/steps_per_second":
                TrainingMeter.Speed.Record(value, _run);
                break;
            case "refine/ms":
                TrainingMeter.Refinement.Record(value, _run);
                break;
            case "evaluation/return":
                TrainingMeter.EvaluationReturn.Record(value, _run);
                break;
            case "episode/return":
                TrainingMeter.Episodes.Add(1, _run);
                TrainingMeter.EpisodeReturn.Record(value, _run);
                break;
            default:
                break;
        }
    }

    /// <summary>Passes reports of a run in another process on, and tells the meter.</summary>
    public static Action<RunReport> Observed(RunJob job, Action<RunReport> report)
    {
        RunMeter? meter = null;
        return told =>
        {
            if (told.Kind is RunReportKind.Started or RunReportKind.Progressed or RunReportKind.Evaluated)
            {
                meter ??= new(Path.GetFileName(job.Folder), told.Progress.Step);
                meter.Reached(told.Progress.Step);
            }

            if (told is { Kind: RunReportKind.Evaluated, Progress.Last: { } last })
            {
                meter!.Logged("evaluation/return", last.Mean);
            }

            report(told);
        };
    }
}
