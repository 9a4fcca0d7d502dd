using System.Globalization;

namespace RL.Host;

/// <summary>
/// Has pieces of work on a policy done by worker processes of this machine, or on the workers of a cluster. The results are those of the same pieces
/// done here.
/// </summary>
sealed class PolicyPieces : IDisposable
{
    readonly IRunExecutor _executor;
    readonly PieceExecution _execution;
    readonly CancellationTokenSource _end = new();
    readonly List<Task> _pieces = [];

    /// <param name="executor">Does the pieces; is disposed of with this.</param>
    /// <param name="workers">As many at a time.</param>
    /// <param name="folder">Is made, and removed in the end.</param>
    /// <param name="trained">The policy.</param>
    /// <param name="assemblies">With the task, if it is the user's.</param>
    /// <param name="report">Takes a line on what is tried again.</param>
    public PolicyPieces(IRunExecutor executor, int workers, string folder, TrainedPolicy trained, IReadOnlyList<string> assemblies, Action<string> report)
    {
        (Folder, _executor, _execution) = (folder, executor, new(executor, folder, workers, assemblies, report));
        try
        {
            Directory.CreateDirectory(folder);
            var (networks, moments) = trained.Read();
            PolicyFile.Write(Path.Combine(folder, PolicyPiece.PolicyName), networks, moments, trained.Options, trained.Step() ?? 0);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What all pieces share; each has a folder of its own in it.</summary>
    public string Folder { get; }

    /// <summary>Decides where they are done.</summary>
    /// <param name="place">--cluster and --workers, if they are given, and --runs.</param>
    /// <param name="kind">Of the work; begins the name of the folder.</param>
    /// <param name="trained">The policy.</param>
    /// <param name="assembly">With the task, if it is the user's.</param>
    /// <param name="report">Takes a line on what is tried again.</param>
    /// <param name="clock">The clock.</param>
    /// <returns>Null: in this process.</returns>
    /// <exception cref="UserException">No worker of the cluster answers.</exception>
    public static PolicyPieces? Of(
        (ClusterAddress? Cluster, int? Workers, string Runs) place, string kind, TrainedPolicy trained, string? assembly, Action<string> report, TimeProvider clock)
    {
        if (place is { Cluster: null, Workers: null })
        {
            return null;
        }

        var workers = place.Workers ?? Environment.ProcessorCount;
        var executor = new WorkersExecutor(place.Cluster, place.Runs, workers, clock);
        // Workers of other machines share the folder of the runs.
        var folder = place.Cluster is null
            ? Directory.CreateTempSubdirectory($"rl-{kind}-").FullName
            : Path.Combine(place.Runs, string.Create(CultureInfo.InvariantCulture, $"{kind}__{clock.GetUtcNow():yyyyMMdd-HHmmss}__{Environment.ProcessId}"));
        return new(executor, workers, folder, trained, assembly is null ? [] : [assembly], report);
    }

    /// <summary>Has a piece done.</summary>
    /// <param name="name">Of its folder.</param>
    /// <param name="piece">The piece.</param>
    /// <param name="stop">Ends it.</param>
    /// <exception cref="InvalidOperationException">It failed.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public Task<T> Do<T>(string name, PolicyPiece<T> piece, CancellationToken stop)
    {
        var task = Linked();
        _pieces.Add(task);
        return task;

        async Task<T> Linked()
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(stop, _end.Token);
            return await _execution.Execute(name, piece, either.Token).ConfigureAwait(false);
        }
    }

    /// <summary>Ends the pieces that are at work still, because another one failed, and removes their folder.</summary>
    public void Dispose()
    {
        _end.Cancel();
        Task.WhenAll(_pieces).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default).Wait();
        _end.Dispose();
        _execution.Dispose();
        (_executor as IDisposable)?.Dispose();
        if (Directory.Exists(Folder))
        {
            Directory.Delete(Folder, recursive: true);
        }
    }
}
