using Orleans.Concurrency;
using Orleans.Runtime;

namespace RL.Cluster;

/// <summary>Lines that a run has written so far (<see cref="WorkerMessage"/>). Nothing else but text and numbers goes from machine to machine.</summary>
/// <param name="IsKnown">False of a grain that does not execute the run: the worker that did is gone.</param>
/// <param name="Lines">Those from the one that was asked for on.</param>
[GenerateSerializer]
[Alias("rl.lines")]
public sealed record RunLines([property: Id(0)] bool IsKnown, [property: Id(1)] string[] Lines);

/// <summary>Executes one run on one worker; its key is <see cref="RunGrain.Key"/>.</summary>
[Alias("rl.run")]
public interface IRunGrain : IGrainWithStringKey
{
    /// <summary>Begins to execute the run, unless it is being executed.</summary>
    /// <param name="job">A <see cref="ClusterJob"/> as JSON.</param>
    /// <returns>False if this worker has no room for it.</returns>
    [Alias("start")]
    Task<bool> Start(string job);

    /// <summary>Names the files that it begins from, where they have to travel; it waits for them.</summary>
    /// <returns>The pieces that it lacks; null if it waits for no files: it has refused the run, or is another worker.</returns>
    [Alias("offer")]
    Task<FilePiece[]?> Offer(SentFile[] files);

    /// <summary>Takes a piece of a file.</summary>
    [Alias("put")]
    Task Put(string name, int piece, byte[] bytes);

    /// <summary>Tells that all pieces have been sent.</summary>
    [Alias("sent")]
    Task Sent();

    /// <summary>What its files are, if its newest checkpoint is another one, or if it has ended. Null: nothing new, or not yet.</summary>
    /// <param name="newest">Name of the newest checkpoint that whoever asks has; null: none.</param>
    [Alias("files")]
    Task<SentFile[]?> Files(string? newest);

    /// <summary>A piece of one of the files that were asked for last.</summary>
    [Alias("get")]
    Task<byte[]> Get(string name, int piece);

    /// <summary>
    /// What it has written, a second later, or as soon as it has ended: so a run costs one message a second. Who does not ask for a while is taken to be
    /// gone, and the run stops with a checkpoint.
    /// </summary>
    [Alias("read")]
    Task<RunLines> Read(int from);

    /// <summary>Asks something of the run, where that cannot be done in its folder (<see cref="RunRequest"/>).</summary>
    [Alias("request")]
    Task Request(string request);

    /// <summary>Has the run stop with a checkpoint.</summary>
    [Alias("stop")]
    Task Stop();

    /// <summary>Nobody asks again.</summary>
    [Alias("forget")]
    Task Forget();
}

/// <inheritdoc cref="IRunGrain"/>
[WorkerPlacement]
[Reentrant]
sealed class RunGrain(IWorkerRooms rooms, TimeProvider clock) : Grain, IRunGrain, IDisposable
{
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    static readonly TimeSpan _check = TimeSpan.FromSeconds(5);

    /// <summary>Until a question for what has been written is answered.</summary>
    static readonly TimeSpan _answer = TimeSpan.FromSeconds(1);

    readonly Lock _lock = new();
    readonly List<string> _lines = [];
    readonly CancellationTokenSource _stop = new();
    readonly TaskCompletionSource _end = new(TaskCreationOptions.RunContinuationsAsynchronously);
    Task? _execution;
    WorkerFiles? _files;
    long _lastAsked;

    /// <summary>The key of an attempt at a run on a worker: each attempt has a grain of its own, which knows nothing of earlier ones.</summary>
    /// <param name="worker">Address of its silo.</param>
    /// <param name="attempt"><see cref="RunAttempt.ToString"/>.</param>
    public static string Key(string worker, string attempt) => $"{worker}/{attempt}";

    /// <summary>The worker of a key.</summary>
    public static string Worker(string key) => key.Split('/', 2)[0];

    string Attempt => this.GetPrimaryKeyString().Split('/', 2)[1];

    /// <inheritdoc/>
    public Task<bool> Start(string job)
    {
        _lastAsked = clock.GetTimestamp();
        if (_execution is not null)
        {
            return Task.FromResult(true);
        }

        // That this is another worker means that the right one is gone.
        if (rooms.Find(Worker(this.GetPrimaryKeyString())) is not { } room || !room.TryTake(Attempt))
        {
            DeactivateOnIdle();
            return Task.FromResult(false);
        }

        DelayDeactivation(Timeout.InfiniteTimeSpan);
        _files = room.FilesOf(RunAttempt.Parse(Attempt), job);
        _execution = Task.Run(() => room.Execute(RunAttempt.Parse(Attempt), job, _files, Write, _stop.Token));
        this.RegisterGrainTimer(StopIfNobodyAsks, new GrainTimerCreationOptions(_check, _check) { KeepAlive = true });
        return Task.FromResult(true);
    }

    /// <inheritdoc/>
    public async Task<RunLines> Read(int from)
    {
        _lastAsked = clock.GetTimestamp();
        if (_execution is null)
        {
            return new(false, []);
        }

        await Task.WhenAny(_end.Task, Task.Delay(_answer, clock));
        lock (_lock)
        {
            return new(true, [.. _lines.Skip(from)]);
        }
    }

    /// <inheritdoc/>
    public Task<FilePiece[]?> Offer(SentFile[] files)
    {
        _lastAsked = clock.GetTimestamp();
        return Task.FromResult<FilePiece[]?>(_files is null ? null : [.. _files.Begin(files)]);
    }

    /// <inheritdoc/>
    public Task Put(string name, int piece, byte[] bytes)
    {
        Known().Put(name, piece, bytes);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task Sent()
    {
        Known().End();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<SentFile[]?> Files(string? newest) => Known().Changed(newest, _end.Task.IsCompleted);

    /// <inheritdoc/>
    public Task<byte[]> Get(string name, int piece) => Task.FromResult(Known().Read(name, piece));

    /// <inheritdoc/>
    public Task Request(string request)
    {
        Known().Request(request);
        return Task.CompletedTask;
    }

    /// <summary>The run's files. This is asked, so that the one who asks is there.</summary>
    /// <exception cref="InvalidOperationException">This is another worker.</exception>
    WorkerFiles Known()
    {
        _lastAsked = clock.GetTimestamp();
        return _files ?? throw new InvalidOperationException("The worker that had the run is gone.");
    }

    /// <inheritdoc/>
    public Task Stop() => _stop.CancelAsync();

    /// <inheritdoc/>
    public Task Forget()
    {
        DeactivateOnIdle();
        return Task.CompletedTask;
    }

    /// <summary>A worker that ends takes its runs to a checkpoint first.</summary>
    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        await _stop.CancelAsync();
        if (_execution is not null)
        {
            await _execution;
        }

        _files?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose() => _stop.Dispose();

    Task StopIfNobodyAsks(CancellationToken cancellationToken)
    {
        if (clock.GetElapsedTime(_lastAsked) <= _patience)
        {
            return Task.CompletedTask;
        }

        if (_execution!.IsCompleted)
        {
            DeactivateOnIdle();
        }

        return _stop.CancelAsync();
    }

    void Write(WorkerMessage message)
    {
        lock (_lock)
        {
            _lines.Add(message.ToLine());
        }

        if (message.Outcome is not null)
        {
            _end.TrySetResult();
        }
    }
}
