using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace RL.Cluster;

/// <summary>Tells the dispatcher what a worker executes and how many places are free: when that changes, and every second.</summary>
/// <param name="room">The worker's.</param>
/// <param name="worker">Its name.</param>
/// <param name="grains">To reach the dispatcher.</param>
sealed class WorkerAnnouncer(WorkerRoom room, string worker, IGrainFactory grains) : BackgroundService
{
    static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Announce(room.Free);
                await room.WaitForChange(_interval, stoppingToken);
            }
        }
        catch (OperationCanceledException)
        {
            await Announce(0);
        }
    }

    async Task Announce(int free)
    {
        try
        {
            await grains.GetGrain<IDispatcherGrain>(0).Announce(worker, free, room.Attempts);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException)
        {
            // The dispatcher was on a worker that is gone; Orleans finds another place for it.
        }
    }
}
