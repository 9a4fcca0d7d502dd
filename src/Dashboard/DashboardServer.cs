using System.Net;
using System.Reflection;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RL.Dashboard;

/// <summary>Serves the page and what it shows. The files of the page are parts of the assembly; nothing is served from the disk.</summary>
sealed class DashboardServer : IAsyncDisposable
{
    static readonly TimeSpan _scanInterval = TimeSpan.FromSeconds(1);

    readonly WebApplication _application;
    readonly CancellationTokenSource _stop = new();
    readonly TimeProvider _clock;
    Task _scanning = Task.CompletedTask;

    /// <summary>A server that has not been started.</summary>
    /// <param name="options">Where it is served.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="logging">Says who is told of requests, runs and their problems; null: nobody.</param>
    public DashboardServer(DashboardOptions options, TimeProvider clock, Action<ILoggingBuilder>? logging = null)
    {
        (Options, _clock) = (options, clock);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = 1024;
            kestrel.Limits.MaxRequestLineSize = 16 * 1024;
            kestrel.Limits.MaxConcurrentConnections = 200;
            kestrel.Listen(options.Address, options.Port);
        });
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(2));
        builder.Logging.ClearProviders();
        logging?.Invoke(builder.Logging);
        // The server's own lines on requests have their queries, and with them the token.
        builder.Logging.AddFilter("Microsoft", LogLevel.Error);
        _application = builder.Build();
        var logger = _application.Services.GetRequiredService<ILoggerFactory>().CreateLogger<DashboardServer>();
        Store = new EventStore(options.Folder, logger);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            _application.Use(next => context => Answer(context, next, logger));
        }

        var guard = new RequestGuard(options);
        _application.Use(next => context => guard.Check(context, next));
        _application.UseRouting();
        foreach (var (path, file, type) in new[]
        {
            ("/", "index.html", "text/html"), ("/app.js", "app.js", "text/javascript"), ("/chart.js", "chart.js", "text/javascript"),
            ("/data.js", "data.js", "text/javascript"), ("/panels.js", "panels.js", "text/javascript"), ("/style.css", "style.css", "text/css"),
            ("/favicon.svg", "favicon.svg", "image/svg+xml"),
        })
        {
            var content = Part(file);
            _application.MapGet(path, context => Send(context, content, type));
        }

        new DashboardApi(Store, options, clock).Map(_application);
    }

    public DashboardOptions Options { get; }

    /// <summary>What is shown.</summary>
    public EventStore Store { get; }

    /// <summary>The address of the page, once it is served.</summary>
    public Uri Address { get; private set; } = new("about:blank");

    /// <summary>Begins to serve and to read.</summary>
    /// <exception cref="IOException">The port is taken, or the address is none of this machine.</exception>
    public async Task Start()
    {
        await _application.StartAsync().ConfigureAwait(false);
        var bound = new Uri(_application.Urls.First());
        Address = new UriBuilder(bound) { Host = Options.IsLocal || IsAny(Options.Address) ? "127.0.0.1" : Options.Address.ToString() }.Uri;
        if (Options.Address.Equals(IPAddress.IPv6Loopback))
        {
            Address = bound;
        }

        _scanning = Task.Run(Scan);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _scanning.ConfigureAwait(false);
        await _application.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    async Task Answer(HttpContext context, RequestDelegate next, ILogger logger)
    {
        var start = _clock.GetTimestamp();
        await next(context).ConfigureAwait(false);
        logger.Answered(
            context.Request.Method, Shown.Text(context.Request.Path.Value ?? ""), context.Response.StatusCode, _clock.GetElapsedTime(start).TotalMilliseconds);
    }

    static bool IsAny(IPAddress address) => address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any);

    async Task Scan()
    {
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                Store.Scan(_stop.Token);
                await Task.Delay(_scanInterval, _clock, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // A folder that goes while it is read: the next look will tell.
            }
        }
    }

    Task Send(HttpContext context, byte[] content, string type)
    {
        context.Response.ContentType = $"{type}; charset=utf-8";
        if (type == "text/html")
        {
            // Only this page can read it: others of the same browser have another origin.
            content = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(content).Replace("{{token}}", WebUtility.HtmlEncode(Options.Token), StringComparison.Ordinal));
        }

        context.Response.ContentLength = content.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : context.Response.Body.WriteAsync(content).AsTask();
    }

    static byte[] Part(string name)
    {
        using var stream = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }
}
