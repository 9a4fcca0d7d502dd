using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RL.Cluster;

/// <summary>What the runs of one worker share.</summary>
/// <param name="runs">Folder of the runs; nothing outside of it is touched, whoever asks.</param>
/// <param name="executor">Executes them.</param>
/// <param name="workers">Runs at a time.</param>
/// <param name="report">Told what whoever looks after the worker may want to know, one sentence.</param>
sealed class WorkerRoom(string runs, IRunExecutor executor, int workers, Action<string> report) : IDisposable
{
    static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    readonly Lock _lock = new();
    readonly HashSet<string> _attempts = [];
    readonly SemaphoreSlim _changed = new(0);
    readonly CancellationTokenSource _ending = new();
    int _sent;

    /// <summary>Told what whoever looks after the worker may want to know, one sentence.</summary>
    public Action<string> Report => report;

    /// <summary>Runs that could be begun.</summary>
    public int Free => workers - Attempts.Length;

    /// <summary>Those that are executed, a <see cref="RunAttempt"/> each.</summary>
    public string[] Attempts
    {
        get
        {
            lock (_lock)
            {
                return [.. _attempts];
            }
        }
    }

    /// <summary>Takes a place for a run. Who has one gives it back by <see cref="Execute"/>.</summary>
    /// <returns>False if none is free, if the attempt has one, or if the worker ends.</returns>
    public bool TryTake(string attempt)
    {
        lock (_lock)
        {
            return _attempts.Count < workers && !_ending.IsCancellationRequested && _attempts.Add(attempt);
        }
    }

    /// <summary>Waits until <see cref="Attempts"/> have become fewer, at most so long.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Task WaitForChange(TimeSpan atMost, CancellationToken stop) => _changed.WaitAsync(atMost, stop);

    /// <summary>Where the files of an attempt arrive.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="text">The <see cref="ClusterJob"/> as JSON.</param>
    /// <returns>Null if they are here, in a folder that all share, or if the job is refused, which <see cref="Execute"/> tells.</returns>
    public WorkerFiles? FilesOf(RunAttempt attempt, string text)
    {
        ClusterJob? read;
        try
        {
            read = Read(attempt, text);
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException)
        {
            // From another version of the program, say.
            return null;
        }

        if (read is not { SendsFiles: true, Run: var job })
        {
            return null;
        }

        var root = Path.Combine(
            Path.GetFullPath(runs), WorkerFiles.FolderName, string.Create(CultureInfo.InvariantCulture, $"{attempt.Epoch}-{SentFile.Checksum(Encoding.UTF8.GetBytes(attempt.Run))[..16]}"));
        var folder = Path.GetFullPath(Path.Combine(runs, attempt.Run));
        var isPiece = job.Piece is not null;
        Interlocked.Increment(ref _sent);
        return new(
            root, Path.Combine(root, Path.GetRelativePath(RunTransfer.Root(folder, isPiece), folder)), attempt.Epoch, isPiece, () => Interlocked.Decrement(ref _sent));
    }

    /// <summary>
    /// Ends the runs with checkpoints, and waits until those who gave them have fetched the files that go back: once the worker has left the cluster
    /// nobody could.
    /// </summary>
    /// <param name="atMost">As long as that may take.</param>
    /// <param name="clock">For waiting.</param>
    public async Task End(TimeSpan atMost, TimeProvider clock)
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        for (var start = clock.GetTimestamp(); Volatile.Read(ref _sent) > 0 && clock.GetElapsedTime(start) < atMost;)
        {
            await Task.Delay(_pause, clock).ConfigureAwait(false);
        }
    }

    /// <summary>Executes a run, and gives its place back.</summary>
    /// <param name="attempt">The attempt at it.</param>
    /// <param name="text">The <see cref="ClusterJob"/> as JSON.</param>
    /// <param name="files">Its files, which it waits for; null: they are here.</param>
    /// <param name="write">Told of everything, the outcome last.</param>
    /// <param name="stop">Stops it with a checkpoint.</param>
    public async Task Execute(RunAttempt attempt, string text, WorkerFiles? files, Action<WorkerMessage> write, CancellationToken stop)
    {
        RunOutcome outcome;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _ending.Token);
        try
        {
            await (files?.Arrival ?? Task.CompletedTask).WaitAsync(either.Token).ConfigureAwait(false);
            outcome = Job(attempt, text) is { } job
                ? await executor.Execute(files is null ? job : job with { Folder = files.Folder }, report => write(new() { Report = report }), either.Token).ConfigureAwait(false)
                : new(null, $"The run {Shown.Short(attempt.Run)} is refused: a worker takes runs below its --runs, and no assemblies.");
        }
        catch (OperationCanceledException)
        {
            outcome = RunOutcome.NotBegun;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            outcome = new(null, exception.Sentence()) { MayPass = exception is IOException };
        }
        finally
        {
            lock (_lock)
            {
                _attempts.Remove(attempt.ToString());
            }

            _changed.Release();
        }

        // Nobody has stopped it but this worker, so that it is to be done by another one.
        write(new() { Outcome = outcome == RunOutcome.NotBegun && _ending.IsCancellationRequested ? new(null, "The worker has been stopped.") { MayPass = true } : outcome });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _changed.Dispose();
        _ending.Dispose();
    }

    /// <summary>What is asked for; null if it is not allowed.</summary>
    internal RunJob? Job(RunAttempt attempt, string text) =>
        Read(attempt, text) is { Run: var run } ? run with { Folder = Path.GetFullPath(Path.Combine(runs, attempt.Run)), Epoch = attempt.Epoch } : null;

    /// <summary>What is asked for; null if it is not allowed: an assembly would be code from the wire.</summary>
    ClusterJob? Read(RunAttempt attempt, string text)
    {
        var (root, folder) = (Path.GetFullPath(runs), Path.GetFullPath(Path.Combine(runs, attempt.Run)));
        return folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && JsonSerializer.Deserialize<ClusterJob>(text, OptionsJson.Line) is { Run.Assemblies.Count: 0 } job
                ? job
                : null;
    }
}
