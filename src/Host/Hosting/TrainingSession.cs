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
        Metric = (tag, value, _) => progress.Logged(tag, value),
        Evaluated = (_, now) => progress.Evaluated(now.Last!, now.Best),
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

    [LoggerMessage(LogLevel.Warning, "{Warning}")]
    partial void LogWarning(string warning);

    [LoggerMessage(LogLevel.Information, "{Note}")]
    partial void LogNote(string note);
}
