using System.Text.Json;

namespace RL.Cluster;

/// <summary>What the runs of one worker share.</summary>
/// <param name="runs">Folder of the runs; nothing outside of it is touched, whoever asks.</param>
/// <param name="executor">Executes them.</param>
/// <param name="workers">Runs at a time.</param>
/// <param name="report">Told what whoever looks after the worker may want to know, one sentence.</param>
sealed class WorkerRoom(string runs, IRunExecutor executor, int workers, Action<string> report) : IDisposable
{
    readonly Lock _lock = new();
    readonly HashSet<string> _attempts = [];
    readonly SemaphoreSlim _changed = new(0);

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
    /// <returns>False if none is free, or if the attempt has one.</returns>
    public bool TryTake(string attempt)
    {
        lock (_lock)
        {
            return _attempts.Count < workers && _attempts.Add(attempt);
        }
    }

    /// <summary>Waits until <see cref="Attempts"/> have become fewer, at most so long.</summary>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Task WaitForChange(TimeSpan atMost, CancellationToken stop) => _changed.WaitAsync(atMost, stop);

    /// <summary>Executes a run, and gives its place back.</summary>
    /// <param name="attempt">The attempt at it.</param>
    /// <param name="text">The <see cref="RunJob"/> as JSON.</param>
    /// <param name="write">Told of everything, the outcome last.</param>
    /// <param name="stop">Stops it with a checkpoint.</param>
    public async Task Execute(RunAttempt attempt, string text, Action<WorkerMessage> write, CancellationToken stop)
    {
        RunOutcome outcome;
        try
        {
            outcome = Job(attempt, text) is { } job
                ? await executor.Execute(job, report => write(new() { Report = report }), stop).ConfigureAwait(false)
                : new(null, $"The run {Shown.Short(attempt.Run)} is refused: a worker takes runs below its --runs, and no assemblies.");
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

        write(new() { Outcome = outcome });
    }

    /// <inheritdoc/>
    public void Dispose() => _changed.Dispose();

    /// <summary>What is asked for; null if it is not allowed: an assembly would be code from the wire.</summary>
    internal RunJob? Job(RunAttempt attempt, string text)
    {
        var (root, folder) = (Path.GetFullPath(runs), Path.GetFullPath(Path.Combine(runs, attempt.Run)));
        return folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && JsonSerializer.Deserialize<RunJob>(text, OptionsJson.Line) is { Assemblies.Count: 0 } job
                ? job with { Folder = folder, Epoch = attempt.Epoch }
                : null;
    }
}
