using Microsoft.Data.Sqlite;

namespace RL.Sweeps;

/// <summary>
/// Carries out a sweep: gives its runs to an executor, the furthest first, decides with the results, and keeps what it knows in its
/// folder. All that it knows it reads from the runs' folders, so that it can be stopped or killed at any time and go on in another process.
/// </summary>
public sealed class Sweep : IDisposable
{
    /// <summary>Attempts of a run that fails through no fault of its own and gets no further between them.</summary>
    const int MostAttempts = 3;

    static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    /// <summary>As long as is waited for the worker of a coordinator that was killed: it writes a checkpoint and ends.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(1);

    /// <summary>Of it the part until it is fenced off.</summary>
    static readonly TimeSpan _politeness = TimeSpan.FromSeconds(5);

    readonly SweepFolder _folder;
    readonly SweepProgress _progress;
    readonly SweepCallbacks _callbacks;
    readonly string _commandLine;
    readonly TimeProvider _clock;
    readonly Dictionary<TrialJob, Task<RunOutcome>> _running = [];
    readonly Dictionary<string, (int Attempts, long Steps)> _troubled = [];
    readonly Dictionary<string, string> _abandoned = [];
    SweepStore? _store;
    bool _isStoreStale;

    /// <param name="folder">The sweep, open to go on with it; disposed with this.</param>
    /// <param name="callbacks">Told of everything.</param>
    /// <param name="commandLine">To record in the runs.</param>
    /// <param name="clock">For the runs' names, and for waiting.</param>
    public Sweep(SweepFolder folder, SweepCallbacks callbacks, string commandLine, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (_folder, _callbacks, _commandLine, _clock) = (folder, callbacks, commandLine, clock);
        _progress = new(folder);
        _progress.Settle();
        Store(() => _store = SweepStore.Build(_folder, _progress));
    }

    /// <summary>How far it is.</summary>
    public SweepProgress Progress => _progress;

    /// <summary>Runs that could not be executed through no fault of their own, and why. The sweep is not finished then.</summary>
    public IReadOnlyDictionary<string, string> Abandoned => _abandoned;

    /// <summary>Whether nothing is left to be done.</summary>
    public bool IsFinished => !_progress.Open().Any();

    /// <summary>Executes runs until nothing is left, or until it is stopped.</summary>
    /// <param name="executor">Executes them.</param>
    /// <param name="workers">As many at a time.</param>
    /// <param name="stop">Stops all of them, with checkpoints.</param>
    public async Task Run(IRunExecutor executor, int workers, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(executor);
        ArgumentOutOfRangeException.ThrowIfLessThan(workers, 1);
        while (true)
        {
            Begin(executor, workers, stop);
            if (_running.Count == 0)
            {
                break;
            }

            await Task.WhenAny(_running.Values).ConfigureAwait(false);
            var ended = new List<TrialProgress>();
            foreach (var (job, task) in _running.Where(run => run.Value.IsCompleted).ToList())
            {
                _running.Remove(job);
                await End(job, await task.ConfigureAwait(false), stop).ConfigureAwait(false);
                ended.Add(_progress.Trials[job.Trial]);
            }

            if (!_isStoreStale)
            {
                // Together, because each transaction waits for the disk.
                Store(() => _store!.Update(ended));
            }
        }

        _progress.Settle();
        if (_isStoreStale)
        {
            _store?.Dispose();
            _store = null;
            Store(() => _store = SweepStore.Build(_folder, _progress));
        }
        else
        {
            Store(() => _store!.Update(_progress.Trials));
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _store?.Dispose();
        _folder.Dispose();
    }

    void Begin(IRunExecutor executor, int workers, CancellationToken stop)
    {
        if (stop.IsCancellationRequested)
        {
            return;
        }

        var rungs = _progress.Plan.Rungs;
        foreach (var (trial, seed, rung) in _progress.Open())
        {
            if (_running.Count >= workers)
            {
                break;
            }

            var job = new TrialJob(SweepFolder.RunName(trial, seed), trial, seed, rung, rungs[rung]);
            if (!_running.ContainsKey(job) && !_abandoned.ContainsKey(job.Name))
            {
                _callbacks.Begun?.Invoke(job);
                _running.Add(job, Execute(executor, job, stop));
            }
        }

        SweepMeter.Record(Path.GetFileName(_folder.Path), _progress, _running.Count);
    }

    async Task<RunOutcome> Execute(IRunExecutor executor, TrialJob job, CancellationToken stop)
    {
        var path = _folder.RunPath(job.Trial, job.Seed);
        try
        {
            if (!File.Exists(Path.Combine(path, RunFolder.DocumentName)))
            {
                var settings = _progress.Plan.Settings(_progress.Trials[job.Trial].Trial, job.Seed) with { Runs = _folder.Path, Name = job.Name };
                await Task.Run(
                    () => Training.Prepare(_progress.Plan.Spec.Agent, _progress.Plan.Spec.Environment, settings, clock: _clock),
                    CancellationToken.None).ConfigureAwait(false);
            }

            if (!await IsFree(path, stop).ConfigureAwait(false))
            {
                return new(null, "Another process is at work in the run's folder.") { MayPass = true };
            }
        }
        catch (OperationCanceledException)
        {
            return RunOutcome.NotBegun;
        }
        catch (Exception exception) when (exception is UserException or ArgumentException or IOException or UnauthorizedAccessException)
        {
            return new(null, exception.Message) { MayPass = exception is IOException or UnauthorizedAccessException };
        }

        return await executor.Execute(
            new(path)
            {
                CommandLine = _commandLine,
                Assemblies = _progress.Plan.Spec.Assembly is { } assembly ? [assembly] : [],
                PauseAt = job.Rung == _progress.Plan.Rungs.Count - 1 ? null : job.Steps,
            },
            RunMeter.Observed(new(path), report => _callbacks.Reported?.Invoke(job, report)),
            stop).ConfigureAwait(false);
    }

    /// <summary>
    /// Waits until nobody is at work in a run's folder: the worker of a coordinator that was killed ends soon, with a checkpoint. One that does
    /// not, because it was cut off and knows nothing of that, is fenced off.
    /// </summary>
    async Task<bool> IsFree(string path, CancellationToken stop)
    {
        var (start, isFenced) = (_clock.GetTimestamp(), false);
        while (RunLock.IsTaken(path))
        {
            if (_clock.GetElapsedTime(start) > _patience)
            {
                return false;
            }

            if (!isFenced && _clock.GetElapsedTime(start) > _politeness)
            {
                RunEpoch.Grant(path);
                isFenced = true;
            }

            await Task.Delay(_pause, _clock, stop).ConfigureAwait(false);
        }

        return true;
    }

    async Task End(TrialJob job, RunOutcome outcome, CancellationToken stop)
    {
        _callbacks.Ended?.Invoke(job, outcome);
        if (outcome is { Error: { } error, MayPass: false })
        {
            Keep(job, error);
        }

        var trial = _progress.Trials[job.Trial];
        var before = trial.Scores.Count;
        _progress.Refresh(job.Trial);
        if (outcome is { Error: { } trouble, MayPass: true } && !stop.IsCancellationRequested)
        {
            await TryAgain(job, trouble, stop).ConfigureAwait(false);
        }

        _progress.Settle();
        if (trial.Scores.Count > before)
        {
            _callbacks.Scored?.Invoke(trial);
        }

        _callbacks.Progressed?.Invoke(_progress);
    }

    /// <summary>Keeps that a run failed by itself.</summary>
    void Keep(TrialJob job, string error)
    {
        try
        {
            _folder.Fail(job.Trial, job.Seed, error);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _callbacks.Warned?.Invoke($"That {job.Name} failed could not be written, so that it will be tried again by --resume: {exception.Message}");
        }
    }

    /// <summary>Counts an attempt that failed through no fault of the run; one that got further is as good as the first.</summary>
    async Task TryAgain(TrialJob job, string error, CancellationToken stop)
    {
        var steps = TrialRun.Read(_folder.RunPath(job.Trial, job.Seed)).Steps;
        var before = _troubled.GetValueOrDefault(job.Name);
        var attempts = steps > before.Steps ? 1 : before.Attempts + 1;
        _troubled[job.Name] = (attempts, steps);
        if (attempts >= MostAttempts)
        {
            _abandoned[job.Name] = error;
            _callbacks.Warned?.Invoke($"{job.Name} is left for --resume after {MostAttempts} attempts: {error}");
            return;
        }

        _callbacks.Warned?.Invoke($"{job.Name} is tried again from its last checkpoint, step {steps}: {error}");
        try
        {
            await Task.Delay(_pause, _clock, stop).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // It is stopped, and what is open stays so.
        }
    }

    /// <summary>The database can be made anew at any time, so that a full disk does not end the sweep.</summary>
    void Store(Action write)
    {
        try
        {
            write();
            _isStoreStale = false;
        }
        catch (Exception exception) when (exception is SqliteException or IOException or UnauthorizedAccessException)
        {
            _isStoreStale = true;
            _callbacks.Warned?.Invoke($"{SweepStore.FileName} cannot be written, and is made anew later: {exception.Message}");
        }
    }
}
