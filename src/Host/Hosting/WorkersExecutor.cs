namespace RL.Host;

/// <summary>Executes the runs of a sweep, or pieces of work on a policy: in processes of this machine, or on the workers of a cluster.</summary>
sealed class WorkersExecutor : IRunExecutor, IDisposable
{
    readonly WorkerProcesses? _processes;
    readonly ClusterExecutor? _cluster;

    /// <param name="address">The cluster; null: this machine.</param>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="workers">Runs at a time on this machine.</param>
    /// <param name="clock">The clock.</param>
    /// <exception cref="UserException">No worker of the cluster answers.</exception>
    public WorkersExecutor(ClusterAddress? address, string runs, int workers, TimeProvider clock)
    {
        if (address is not null)
        {
            _cluster = ClusterExecutor.Connect(address, runs, clock).GetAwaiter().GetResult();
            return;
        }

        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "rl.exe" : "rl");
        _processes = new(program, [WorkerVerb.Name], workers);
    }

    /// <inheritdoc/>
    public Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop) =>
        ((IRunExecutor?)_cluster ?? _processes!).Execute(job, report, stop);

    /// <inheritdoc/>
    public void Dispose()
    {
        _processes?.Dispose();
        _cluster?.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }
}
