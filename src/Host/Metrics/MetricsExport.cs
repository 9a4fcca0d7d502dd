using System.CommandLine;
using System.Globalization;
using System.Net;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;

namespace RL.Host;

/// <summary>Where the meters of training and sweeps are exported to while a verb is at work.</summary>
/// <param name="Address">Of an OpenTelemetry collector; null: another exporter.</param>
/// <param name="Port">Of this machine where Prometheus asks; null: another exporter.</param>
/// <remarks>Without the option nothing of OpenTelemetry is loaded, and nobody listens to the meters.</remarks>
sealed record MetricsExport(Uri? Address, int? Port)
{
    const string Console = "console", Prometheus = "prometheus:", Otlp = "otlp:", OtlpPath = "/v1/metrics";
    const int MostPort = 65535, ExportMilliseconds = 10_000;

    /// <summary>The option of verbs that train.</summary>
    public static Option<string?> Option() => new("--metrics")
    {
        Description = "Export steps, updates, speeds and queues while it runs: console (lines every ten seconds), prometheus:PORT (to be asked at "
            + "http://127.0.0.1:PORT/metrics) or otlp:URL (to an OpenTelemetry collector, over HTTP).",
        HelpName = "WHERE",
    };

    /// <exception cref="UserException">It is none of the allowed forms.</exception>
    public static MetricsExport? Parse(string? text)
    {
        if (text is null or Console)
        {
            return text is null ? null : new(null, null);
        }

        if (text.StartsWith(Prometheus, StringComparison.Ordinal)
            && int.TryParse(text[Prometheus.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var port) && port is > 0 and <= MostPort)
        {
            return new(null, port);
        }

        if (text.StartsWith(Otlp, StringComparison.Ordinal)
            && Uri.TryCreate(text[Otlp.Length..], UriKind.Absolute, out var address) && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps))
        {
            return new(address.AbsolutePath == "/" ? new Uri(address, OtlpPath) : address, null);
        }

        throw new UserException($"--metrics is {Shown.Short(text)}; allowed: console, prometheus:PORT, otlp:URL (http or https).");
    }

    /// <summary>Exports until it is disposed of, and then what has not been exported yet.</summary>
    /// <param name="status">Gets the lines of the console exporter.</param>
    /// <exception cref="UserException">The port cannot be served.</exception>
    public IDisposable Start(IStatus status)
    {
        var builder = Sdk.CreateMeterProviderBuilder().AddMeter(TrainingMeter.Name, SweepMeter.Name);
        builder = (Address, Port) switch
        {
            ({ } address, _) => builder.AddOtlpExporter((options, reader) =>
            {
                (options.Endpoint, options.Protocol) = (address, OtlpExportProtocol.HttpProtobuf);
                reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = ExportMilliseconds;
            }),
            (_, { } port) => builder.AddPrometheusHttpListener(options => (options.Host, options.Port) = ("127.0.0.1", port)),
            _ => builder.AddReader(new PeriodicExportingMetricReader(new LineExporter(status), ExportMilliseconds)),
        };
        try
        {
            return builder.Build();
        }
        catch (HttpListenerException exception)
        {
            throw new UserException($"--metrics is {Prometheus}{Port}, which cannot be served: {exception.Message}");
        }
    }
}
