using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Lifetime, logging and progress of a process that trains one agent.</summary>
static class TrainingHost
{
    /// <summary>Trains within a host: signals stop it, progress and warnings go to standard error.</summary>
    /// <param name="console">Its standard error is written to.</param>
    /// <param name="level">What standard error is told; progress is information.</param>
    /// <param name="metrics">Where the meters are exported to; null: nowhere.</param>
    /// <param name="train">Trains with the given callbacks; a signal cancels the token.</param>
    public static TrainingResult Run(
        HostConsole console, LogLevel level, MetricsExport? metrics, Func<TrainingCallbacks, CancellationToken, TrainingResult> train)
    {
        var status = new StatusLine(console.Error, console.ErrorWidth);
        try
        {
            using var export = metrics?.Start(status);
            return StoppableHost.Run(
                status,
                builder =>
                {
                    builder.Logging.AddProvider(new StatusLineLoggerProvider(status))
                        .SetMinimumLevel(level)
                        .AddFilter("Microsoft", LogLevel.Warning);
                    builder.Services
                        .AddSingleton(status)
                        .AddSingleton(new ProgressLine(level > LogLevel.Information ? null : status, console.Clock))
                        .AddSingleton<TrainingSession>();
                },
                (services, stop) => train(services.GetRequiredService<TrainingSession>().Callbacks, stop));
        }
        finally
        {
            status.End();
        }
    }
}
