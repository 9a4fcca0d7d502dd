using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace RL.Host;

/// <summary>Runs work that the first Ctrl-C, SIGTERM or SIGHUP stops.</summary>
static class StoppableHost
{
    /// <param name="status">Told that it is stopping.</param>
    /// <param name="configure">Adds what the work needs.</param>
    /// <param name="work">A signal cancels its token.</param>
    public static T Run<T>(IStatus status, Action<HostApplicationBuilder> configure, Func<IServiceProvider, CancellationToken, T> work)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Services
            // Writing a checkpoint may take long.
            .Configure<HostOptions>(options => options.ShutdownTimeout = Timeout.InfiniteTimeSpan)
            .AddSingleton<IHostLifetime, SignalLifetime>()
            .AddSingleton(status);
        configure(builder);
        using var host = builder.Build();
        host.Start();
        var result = work(host.Services, host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping);
        host.StopAsync(CancellationToken.None).GetAwaiter().GetResult();
        return result;
    }
}
