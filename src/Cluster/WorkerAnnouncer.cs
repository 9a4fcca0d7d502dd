using Microsoft.Extensions.Hosting;
using Orleans.Runtime;

namespace RL.Cluster;

/// <summary>Tells the dispatcher what a worker executes and how many places are free: when that changes, and every second.</summary>
/// <param name="room">The worker's.</param>
/// <param name="worker">Its name.</param>
/// <param name="grains">To reach the dispatcher.</param>
/// <param name="clock">For waiting.</param>
sealed class WorkerAnnouncer(WorkerRoom room, string worker, IGrainFactory grains, TimeProvider clock) : BackgroundService
{
    static readonly TimeSpan _interval = TimeSpan.FromSeconds(1);

    /// <summary>As long as files may take to go back when the worker ends.</summary>
    static readonly TimeSpan _end = TimeSpan.FromMinutes(1);

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
            await room.End(_end, clock);
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
