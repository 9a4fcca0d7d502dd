using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Runs work that the first Ctrl-C, SIGTERM or SIGHUP stops.</summary>
static class StoppableHost
{
    /// <param name="status">Told that it is stopping, and what is logged.</param>
    /// <param name="level">What is logged; of libraries one level less, and usually nothing.</param>
    /// <param name="configure">Adds what the work needs.</param>
    /// <param name="work">A signal cancels its token.</param>
    public static T Run<T>(IStatus status, LogLevel level, Action<HostApplicationBuilder> configure, Func<IServiceProvider, CancellationToken, T> work)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services
            // Writing a checkpoint may take long.
            .Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan)
            .AddSingleton<IHostLifetime, SignalLifetime>()
            .AddSingleton(status);
        var ofLibraries = level <= LogLevel.Debug ? level + 1 : LogLevel.Critical;
        builder.Logging.AddProvider(new StatusLineLoggerProvider(status)).SetMinimumLevel(level)
            .AddFilter("Microsoft", ofLibraries).AddFilter("Orleans", ofLibraries).AddFilter("Polly", ofLibraries);
        configure(builder);
        using var host = builder.Build();
        host.Start();
        var result = work(host.Services, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        host.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        return result;
    }
}
