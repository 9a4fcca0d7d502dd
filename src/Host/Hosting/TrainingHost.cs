using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Lifetime, logging and progress of a process that trains one agent.</summary>
static class TrainingHost
{
    /// <summary>Trains within a host: signals stop it, progress and warnings go to standard error.</summary>
    /// <param name="console">Its standard error is written to.</param>
    /// <param name="isQuiet">Only warnings, no progress.</param>
    /// <param name="train">Trains with the given callbacks; a signal cancels the token.</param>
    public static TrainingResult Run(
        HostConsole console, bool isQuiet, Func<TrainingCallbacks, CancellationToken, TrainingResult> train)
    {
        var status = new StatusLine(console.Error, console.ErrorWidth);
        try
        {
            return StoppableHost.Run(
                status,
                builder =>
                {
                    builder.Logging.AddProvider(new StatusLineLoggerProvider(status))
                        .SetMinimumLevel(isQuiet ? LogLevel.Warning : LogLevel.Information)
                        .AddFilter("Microsoft", LogLevel.Warning);
                    builder.Services
                        .AddSingleton(status)
                        .AddSingleton(new ProgressLine(isQuiet ? null : status, console.Clock))
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
