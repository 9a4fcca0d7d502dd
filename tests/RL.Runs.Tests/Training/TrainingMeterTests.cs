using System.Diagnostics.Metrics;

namespace RL.Runs.Tests;

public sealed class TrainingMeterTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Listener_OfARun_GetsItsStepsUpdatesEpisodesAndSpeed()
    {
        var sums = new Dictionary<string, double>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, self) =>
            {
                if (instrument.Meter.Name == TrainingMeter.Name)
                {
                    self.EnableMeasurementEvents(instrument);
                }
            },
        };
        // Other tests train at the same time.
        bool IsOurs(ReadOnlySpan<KeyValuePair<string, object?>> tags) => tags is [{ Key: "run", Value: "metered" }];
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => sums[instrument.Name] = IsOurs(tags) ? sums.GetValueOrDefault(instrument.Name) + value : sums.GetValueOrDefault(instrument.Name));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => sums[instrument.Name] = IsOurs(tags) ? value : sums.GetValueOrDefault(instrument.Name));
        listener.Start();

        using var result = Training.Run("td3", "Pendulum-v1", new()
        {
            Assignments =
            [
                "total_steps=420", "start_steps=400", "batch_size=8", "hidden_layers=4", "evaluation_episodes=1", "log_interval=10", "refine.explore.method=adr-gd",
                "refine.explore.start_steps=0", "refine.explore.share=1", "refine.adr_gd.iterations=2",
            ],
            Runs = _folder.Path,
            Name = "metered",
        });

        // Pendulum's episodes have 200 steps, and an update is made in each step after the 400th.
        Assert.Equal((420, 2, 20), (sums["rl.training.steps"], sums["rl.training.episodes"], sums["rl.training.updates"]));
        Assert.Equal(result.Last!.Mean, sums["rl.evaluation.return"], 1e-9);
        Assert.True(sums["rl.training.speed"] > 0 && sums["rl.refinement.duration"] > 0, string.Join(' ', sums));
        Assert.InRange(sums["rl.episode.return"], -2000, 0);
    }
}
