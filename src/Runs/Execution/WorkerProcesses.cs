namespace RL.Runs;

/// <summary>
/// Executes runs in worker processes of this machine, a process each, so that a crash of one leaves the others alone. Each uses one thread
/// for linear algebra, unless its training.threads says otherwise.
/// </summary>
public sealed class WorkerProcesses : IRunExecutor, IDisposable
{
    readonly string _program;
    readonly IReadOnlyList<string> _arguments;
    readonly SemaphoreSlim _free;

    /// <param name="program">A program that calls <see cref="Worker"/> with its standard input and output: the `rl` of this project, say.</param>
    /// <param name="arguments">What makes it do so: "worker" for `rl`.</param>
    /// <param name="workers">Processes at a time.</param>
    public WorkerProcesses(string program, IReadOnlyList<string> arguments, int workers)
    {
        ArgumentNullException.ThrowIfNull(program);
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        (_program, _arguments, _free) = (program, arguments, new SemaphoreSlim(workers));
    }

    /// <inheritdoc/>
    public async Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(job);
        ArgumentNullException.ThrowIfNull(report);
        try
        {
            await _free.WaitAsync(stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return RunOutcome.NotBegun;
        }

        try
        {
            using var process = WorkerProcess.Start(_program, _arguments);
            return await process.Execute(job, report, stop).ConfigureAwait(false);
        }
        catch (System.ComponentModel.Win32Exception exception)
        {
            return new(null, $"The worker process {_program} cannot be started: {exception.Message}");
        }
        finally
        {
            _free.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _free.Dispose();
}
