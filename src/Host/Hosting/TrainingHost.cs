using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
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
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Logging.AddProvider(new StatusLineLoggerProvider(status))
            .SetMinimumLevel(isQuiet ? LogLevel.Warning : LogLevel.Information)
            .AddFilter("Microsoft", LogLevel.Warning);
        builder.Services
            // Writing a checkpoint may take long.
            .Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan)
            .AddSingleton<IHostLifetime, SignalLifetime>()
            .AddSingleton(status)
            .AddSingleton(new ProgressLine(isQuiet ? null : status, console.Clock))
            .AddSingleton<TrainingSession>();
        using var host = builder.Build();
        host.Start();
        try
        {
            var stop = host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
            var result = train(host.Services.GetRequiredService<TrainingSession>().Callbacks, stop);
            host.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
            return result;
        }
        finally
        {
            status.End();
        }
    }
}
