using System.Globalization;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace RL.Host;

/// <summary>Writes meters as lines among those of progress: the console exporter of OpenTelemetry writes to standard output, which is for results.</summary>
sealed class LineExporter(IStatus status) : BaseExporter<Metric>
{
    /// <inheritdoc/>
    public override ExportResult Export(in Batch<Metric> batch)
    {
        foreach (var metric in batch)
        {
            foreach (ref readonly var point in metric.GetMetricPoints())
            {
                List<string> tags = [];
                foreach (var (name, value) in point.Tags)
                {
                    tags.Add($"{name}={value}");
                }

                IFormattable number = metric.MetricType switch
                {
                    MetricType.LongSum => point.GetSumLong(),
                    MetricType.LongGauge => point.GetGaugeLastValueLong(),
                    _ => point.GetGaugeLastValueDouble(),
                };
                var format = number is long ? "D" : "G6";
                // Asked for by an option of its own, so that --quiet leaves it.
                status.Log(LogLevel.Critical, $"{metric.Name}{{{string.Join(',', tags)}}} {number.ToString(format, CultureInfo.InvariantCulture)}");
            }
        }

        return ExportResult.Success;
    }
}
