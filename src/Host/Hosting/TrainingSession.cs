using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Reports a training run to the console.</summary>
sealed partial class TrainingSession(ProgressLine progress, StatusLine status, ILogger<TrainingSession> logger)
{
    /// <summary>The callbacks of the training run.</summary>
    public TrainingCallbacks Callbacks => new()
    {
        Started = (run, start, steps) =>
        {
            LogStart(run, start.Step);
            progress.Begin(start.Step, steps, start.Last, start.Best);
        },
        Metric = (tag, value, step) =>
        {
            progress.Logged(tag, value);
            LogValue(step, tag, value);
        },
        Evaluated = (result, now) =>
        {
            progress.Evaluated(now.Last!, now.Best);
            LogEvaluation(result.Step, result.Returns.Count, result.Mean);
        },
        CheckpointWritten = LogCheckpoint,
        Progressed = now => progress.Report(now.Step),
        Warned = warning =>
        {
            status.End();
            LogWarning(warning);
        },
        Noted = LogNote,
    };

    [LoggerMessage(LogLevel.Information, "{Run}: from step {Step}")]
    partial void LogStart(string? run, long step);

    [LoggerMessage(LogLevel.Debug, "step {Step}: evaluation of {Episodes} episodes, mean return {Return}")]
    partial void LogEvaluation(long step, int episodes, double @return);

    [LoggerMessage(LogLevel.Debug, "step {Step}: checkpoint written")]
    partial void LogCheckpoint(long step);

    [LoggerMessage(LogLevel.Trace, "step {Step}: {Tag} {Value}")]
    partial void LogValue(long step, string tag, double value);

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    partial void LogWarning(string warning);

    [LoggerMessage(LogLevel.Information, "{Note}")]
    partial void LogNote(string note);
}
