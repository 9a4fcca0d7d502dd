using Microsoft.Extensions.DependencyInjection;

namespace RL.Host;

/// <summary>Lifetime, logging and progress of a process that trains one agent.</summary>
static class TrainingHost
{
    /// <summary>Trains within a host: signals stop it, progress and warnings go to standard error.</summary>
    /// <param name="console">Its standard error is written to.</param>
    /// <param name="metrics">Where the meters are exported to; null: nowhere.</param>
    /// <param name="train">Trains with the given callbacks; a signal cancels the token.</param>
    public static TrainingResult Run(
        HostConsole console, MetricsExport? metrics, Func<TrainingCallbacks, CancellationToken, TrainingResult> train)
    {
        var status = console.NewStatusLine();
        try
        {
            using var export = metrics?.Start(status);
            return StoppableHost.Run(
                status,
                console.Level,
                builder => builder.Services
                    .AddSingleton(status)
                    .AddSingleton(new ProgressLine(status, console.Clock))
                    .AddSingleton<TrainingSession>(),
                (services, stop) => train(services.GetRequiredService<TrainingSession>().Callbacks, stop));
        }
        finally
        {
            status.End();
        }
    }
}
