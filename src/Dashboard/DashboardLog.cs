using Microsoft.Extensions.Logging;

namespace RL.Dashboard;

/// <summary>What the dashboard tells about itself. Queries are left out of requests: they may hold the token.</summary>
static partial class DashboardLog
{
    [LoggerMessage(LogLevel.Debug, "{Method} {Path}: {Status} after {Milliseconds:F1} ms")]
    public static partial void Answered(this ILogger logger, string method, string path, int status, double milliseconds);

    [LoggerMessage(LogLevel.Debug, "run found: {Run}")]
    public static partial void Found(this ILogger logger, string run);

    [LoggerMessage(LogLevel.Debug, "run gone: {Run}")]
    public static partial void Gone(this ILogger logger, string run);

    [LoggerMessage(LogLevel.Warning, "{Run}: {Problem}")]
    public static partial void HasProblem(this ILogger logger, string run, string problem);
}
