using Orleans.Concurrency;

namespace RL.Cluster;

/// <summary>
/// Brings waiting runs and free places together; there is one of it in a cluster. It knows nothing that it could not be told again: executors ask
/// until they are told who has their run, and workers announce themselves every second. So it may die with its worker and begin anew elsewhere.
/// </summary>
[Alias("rl.dispatcher")]
public interface IDispatcherGrain : IGrainWithIntegerKey
{
    /// <summary>Has a run executed by a worker with a free place. May be asked again and again for the same attempt.</summary>
    /// <param name="attempt">The <see cref="RunAttempt"/>.</param>
    /// <param name="job">A <see cref="RunJob"/> as JSON, its folder left empty.</param>
    /// <returns>The worker that executes it; null: it waits still, ask again.</returns>
    [Alias("place")]
    Task<string?> Place(string attempt, string job);

    /// <summary>Takes an attempt that waits out of the queue.</summary>
    /// <returns>The worker that executes it, if it was too late; else null.</returns>
    [Alias("withdraw")]
    Task<string?> Withdraw(string attempt);

    /// <summary>A worker tells how it is.</summary>
    /// <param name="worker">Its address.</param>
    /// <param name="free">Runs that it could begin.</param>
    /// <param name="attempts">Those that it executes.</param>
    [Alias("announce")]
    Task Announce(string worker, int free, string[] attempts);
}

/// <inheritdoc cref="IDispatcherGrain"/>
/// <param name="room">Of the worker that it is on.</param>
/// <param name="grains">To reach workers.</param>
/// <param name="clock">The clock.</param>
[Reentrant]
sealed class DispatcherGrain(WorkerRoom room, IGrainFactory grains, TimeProvider clock) : Grain, IDispatcherGrain
{
    /// <summary>Until a new dispatcher has heard of every worker, and of what they execute already for its predecessor.</summary>
    static readonly TimeSpan _beginning = TimeSpan.FromSeconds(2.5);

    /// <summary>An executor that waits asks again at the latest after that.</summary>
    static readonly TimeSpan _answer = TimeSpan.FromSeconds(2);

    /// <summary>A worker, or an executor that waits, of which nothing is heard for so long does not count.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    readonly Dictionary<string, Worker> _workers = [];
    readonly LinkedList<Waiting> _queue = [];
    long _start;

    sealed class Worker(string name)
    {
        public string Name => name;

        public int Free { get; set; }

        public long Heard { get; init; }

        public HashSet<string> Attempts { get; init; } = [];
    }

    sealed class Waiting(string attempt, string job)
    {
        public string Attempt => attempt;

        public string Job => job;

        public long Asked { get; set; }

        /// <summary>A worker has been asked to begin it.</summary>
        public bool IsGiven { get; set; }

        public TaskCompletionSource<string> Worker { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _start = clock.GetTimestamp();
        room.Report("worker: gives out the runs of the cluster from now on");
        this.RegisterGrainTimer(Look, new GrainTimerCreationOptions(_beginning, _answer) { Interleave = true });
        return Task.CompletedTask;
    }

    Task Look(CancellationToken cancellationToken)
    {
        Match();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public async Task<string?> Place(string attempt, string job)
    {
        var waiting = _queue.FirstOrDefault(other => other.Attempt == attempt);
        if (waiting is null)
        {
            waiting = new(attempt, job);
            _queue.AddLast(waiting);
        }

        waiting.Asked = clock.GetTimestamp();
        Match();
        await Task.WhenAny(waiting.Worker.Task, Task.Delay(_answer, clock));
        return waiting.Worker.Task.IsCompleted ? await waiting.Worker.Task : null;
    }

    /// <inheritdoc/>
    public async Task<string?> Withdraw(string attempt)
    {
        var waiting = _queue.FirstOrDefault(other => other.Attempt == attempt);
        if (waiting is { IsGiven: true })
        {
            return await waiting.Worker.Task;
        }

        if (waiting is not null)
        {
            _queue.Remove(waiting);
        }

        return Executing(attempt)?.Name;
    }

    /// <inheritdoc/>
    public Task Announce(string worker, int free, string[] attempts)
    {
        _workers[worker] = new(worker) { Free = free, Heard = clock.GetTimestamp(), Attempts = [.. attempts] };
        Match();
        return Task.CompletedTask;
    }

    Worker? Executing(string attempt) => _workers.Values.FirstOrDefault(worker => worker.Attempts.Contains(attempt));

    Worker? WithMostPlaces() => _workers.Values.Where(worker => worker.Free > 0).MaxBy(worker => worker.Free);

    bool IsOver(long since) => clock.GetElapsedTime(since) > _patience;

    /// <summary>
    /// Gives runs that wait to places that are free, as long as there are both: the first run to the worker with the most places, or to the one
    /// that executes it already.
    /// </summary>
    void Match()
    {
        foreach (var gone in _workers.Values.Where(worker => IsOver(worker.Heard)).ToList())
        {
            _workers.Remove(gone.Name);
        }

        foreach (var left in _queue.Where(waiting => !waiting.IsGiven && IsOver(waiting.Asked)).ToList())
        {
            _queue.Remove(left);
        }

        if (clock.GetElapsedTime(_start) < _beginning)
        {
            return;
        }

        foreach (var waiting in _queue.Where(waiting => !waiting.IsGiven).ToList())
        {
            if (Executing(waiting.Attempt) is { } known)
            {
                waiting.IsGiven = true;
                _ = Give(waiting, known);
            }
            else if (WithMostPlaces() is { } worker)
            {
                waiting.IsGiven = true;
                worker.Free--;
                _ = Give(waiting, worker);
            }
        }
    }

    /// <summary>
    /// Has a worker begin a run, which does nothing if it executes it. One that refuses has no place, whatever it announced before. Of one that
    /// does not answer nobody knows whether it has begun: the executor finds out by asking it, so that the run is given to nobody else meanwhile.
    /// </summary>
    async Task Give(Waiting waiting, Worker worker)
    {
        bool isBegun;
        try
        {
            isBegun = await grains.GetGrain<IRunGrain>(RunGrain.Key(worker.Name, waiting.Attempt)).Start(waiting.Job);
        }
        catch (Exception exception) when (exception is OrleansException or TimeoutException)
        {
            isBegun = true;
            _workers.Remove(worker.Name);
        }

        // It may have announced itself meanwhile.
        var now = _workers.GetValueOrDefault(worker.Name);
        if (isBegun)
        {
            now?.Attempts.Add(waiting.Attempt);
            _queue.Remove(waiting);
            waiting.Worker.SetResult(worker.Name);
            return;
        }

        now?.Attempts.Remove(waiting.Attempt);
        if (now is not null)
        {
            now.Free = 0;
        }

        waiting.IsGiven = false;
        Match();
    }
}
