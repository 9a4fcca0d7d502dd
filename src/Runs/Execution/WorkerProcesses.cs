namespace RL.Runs;

/// <summary>
/// Executes runs in worker processes of this machine, a process each, so that a crash of one leaves the others alone. Each uses one thread
/// for linear algebra, unless its training.threads says otherwise. A process that has done a piece of work is given the next one, if there is one soon.
/// </summary>
public sealed class WorkerProcesses : IRunExecutor, IDisposable
{
    readonly string _program;
    readonly IReadOnlyList<string> _arguments;
    /// <summary>As long as a process without a piece is kept.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim _free;
    readonly Lock _lock = new();
    readonly List<WorkerProcess> _idle = [];
    bool _isDisposed;

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
            if (job.Piece is not null)
            {
                return await Do(job, report, stop).ConfigureAwait(false);
            }

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
    public void Dispose()
    {
        _free.Dispose();
        lock (_lock)
        {
            _isDisposed = true;
            _idle.ForEach(process => process.Dispose());
            _idle.Clear();
        }
    }

    async Task<RunOutcome> Do(RunJob piece, Action<RunReport> report, CancellationToken stop)
    {
        var process = TakeIdle() ?? WorkerProcess.Start(_program, _arguments);
        var isKept = false;
        try
        {
            var outcome = await process.Execute(piece, report, stop).ConfigureAwait(false);
            isKept = outcome.Error is null && !stop.IsCancellationRequested && Keep(process);
            return outcome;
        }
        finally
        {
            if (!isKept)
            {
                process.Dispose();
            }
        }
    }

    WorkerProcess? TakeIdle()
    {
        lock (_lock)
        {
            while (_idle.Count > 0)
            {
                var process = _idle[^1];
                _idle.RemoveAt(_idle.Count - 1);
                if (process.IsAlive)
                {
                    return process;
                }

                process.Dispose();
            }
        }

        return null;
    }

    bool Keep(WorkerProcess process)
    {
        lock (_lock)
        {
            if (_isDisposed)
            {
                return false;
            }

            _idle.Add(process);
        }

        _ = EndIfIdle(process);
        return true;
    }

    async Task EndIfIdle(WorkerProcess process)
    {
        await Task.Delay(_patience).ConfigureAwait(false);
        lock (_lock)
        {
            if (_idle.Remove(process))
            {
                process.Dispose();
            }
        }
    }
}
