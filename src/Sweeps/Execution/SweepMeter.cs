using System.Diagnostics.Metrics;

namespace RL.Sweeps;

/// <summary>How long the queues of sweeps are, told to whoever listens to this meter. docs/monitoring.md lists the instruments.</summary>
public static class SweepMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "RL.Sweeps";

    static readonly Meter _meter = new(Name);
    static readonly Gauge<long> _trials = _meter.CreateGauge<long>("rl.sweep.trials", "{trial}", "Trials of a sweep in each state.");
    static readonly Gauge<long> _runs = _meter.CreateGauge<long>("rl.sweep.runs", "{run}", "Runs of a sweep that are at work, and that wait.");

    /// <summary>Tells where a sweep is.</summary>
    internal static void Record(string sweep, SweepProgress progress, int running)
    {
        if (_trials.Enabled)
        {
            var counts = progress.Trials.CountBy(trial => trial.State).ToDictionary();
            foreach (var state in Enum.GetValues<TrialState>())
            {
                _trials.Record(counts.GetValueOrDefault(state), new("sweep", sweep), new("state", state.ToString().ToLowerInvariant()));
            }
        }

        if (_runs.Enabled)
        {
            _runs.Record(running, new("sweep", sweep), new("state", "running"));
            _runs.Record(progress.Open().Count() - running, new("sweep", sweep), new("state", "waiting"));
        }
    }
}
