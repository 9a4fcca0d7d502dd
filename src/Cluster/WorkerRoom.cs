using System.Text.Json;

namespace RL.Cluster;

/// <summary>What the runs of one worker share.</summary>
/// <param name="runs">Folder of the runs; nothing outside of it is touched, whoever asks.</param>
/// <param name="executor">Executes them.</param>
/// <param name="workers">Runs at a time.</param>
sealed class WorkerRoom(string runs, IRunExecutor executor, int workers) : IDisposable
{
    /// <summary>A place for each run at a time. Who has one gives it back by <see cref="Execute"/>.</summary>
    public SemaphoreSlim Places { get; } = new(workers);

    /// <summary>Executes a run, and gives its place back.</summary>
    /// <param name="name">Its folder below that of all runs.</param>
    /// <param name="text">The <see cref="RunJob"/> as JSON.</param>
    /// <param name="write">Told of everything, the outcome last.</param>
    /// <param name="stop">Stops it with a checkpoint.</param>
    public async Task Execute(string name, string text, Action<WorkerMessage> write, CancellationToken stop)
    {
        RunOutcome outcome;
        try
        {
            outcome = Job(name, text) is { } job
                ? await executor.Execute(job, report => write(new() { Report = report }), stop).ConfigureAwait(false)
                : new(null, $"The run {Shown.Short(name)} is refused: a worker takes runs below its --runs, and no assemblies.");
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            outcome = new(null, exception.Sentence()) { MayPass = exception is IOException };
        }
        finally
        {
            Places.Release();
        }

        write(new() { Outcome = outcome });
    }

    /// <inheritdoc/>
    public void Dispose() => Places.Dispose();

    /// <summary>What is asked for; null if it is not allowed: an assembly would be code from the wire.</summary>
    internal RunJob? Job(string name, string text)
    {
        var (root, folder) = (Path.GetFullPath(runs), Path.GetFullPath(Path.Combine(runs, name)));
        return folder.StartsWith(root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
            && JsonSerializer.Deserialize<RunJob>(text, OptionsJson.Line) is { Assemblies.Count: 0 } job
                ? job with { Folder = folder }
                : null;
    }
}
