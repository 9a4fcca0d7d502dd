namespace RL.Cluster;

/// <summary>
/// Brings the files of a run, or of a piece of work, to the worker that executes it, and what becomes of them back: with each new checkpoint and in
/// the end. Should the worker die, the run goes on elsewhere from the last checkpoint that came back.
/// </summary>
sealed class RunTransfer : IDisposable
{
    /// <summary>Between two questions for newer files.</summary>
    static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    /// <summary>As long as a worker may not answer.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    readonly RunJob _job;
    readonly TimeProvider _clock;
    readonly string _root, _folder;
    readonly FolderReceiver _receiver;
    readonly FolderSnapshot _files;
    long _asked;

    /// <summary>Reads the files, which takes long if they are large. Nobody may be at work in the folder.</summary>
    /// <exception cref="IOException">They cannot be read.</exception>
    /// <exception cref="UserException">There is a symbolic link among them.</exception>
    public RunTransfer(RunJob job, TimeProvider clock)
    {
        var isPiece = job.Piece is not null;
        (_job, _clock, _folder) = (job, clock, Path.GetFullPath(job.Folder));
        _root = Root(_folder, isPiece);
        if (!isPiece)
        {
            RunFiles.RefuseLinks(_folder);
            // Of an executor that was killed while files came back.
            RunFiles.DeleteHalfWritten(_folder);
        }

        var own = Path.GetRelativePath(_root, _folder).Replace(Path.DirectorySeparatorChar, '/') + "/";
        bool IsOwn(string name) => name.StartsWith(own, StringComparison.Ordinal);
        IEnumerable<string> Shared(string folder) => job.Shared.Select(name => Path.Combine(Path.GetDirectoryName(folder)!, name));
        _receiver = new(_root, name => IsOwn(name) && (isPiece || RunFiles.IsName(name[own.Length..])), isToStay: true);
        _files = FolderSnapshot.Of(_root, _folder, isPiece ? folder => FolderSnapshot.OfPiece(folder).Concat(Shared(folder)) : FolderSnapshot.OfRun);
        _receiver.Know(_files.Files.Where(file => IsOwn(file.Name)));
    }

    /// <summary>What names are relative to: of pieces, which share files beside their folders, one more folder goes with them.</summary>
    public static string Root(string folder, bool isPiece)
    {
        var parent = Path.GetDirectoryName(folder)!;
        return isPiece ? Path.GetDirectoryName(parent)! : parent;
    }

    /// <summary>Brings the files to the worker, which begins then.</summary>
    /// <returns>False if it waits for none; what it has to say to that it says when it is asked how the run goes.</returns>
    /// <exception cref="IOException">It does not take them.</exception>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public async Task<bool> Send(IRunGrain grain, CancellationToken stop)
    {
        // A file that is replaced later takes up space as long as it is open.
        using var files = _files;
        if (await Insist(() => grain.Offer([.. files.Files]), stop).ConfigureAwait(false) is not { } missing)
        {
            return false;
        }

        foreach (var (name, piece) in missing)
        {
            var bytes = files.Read(name, piece);
            await Insist(() => Done(grain.Put(name, piece, bytes)), stop).ConfigureAwait(false);
        }

        await Insist(() => Done(grain.Sent()), stop).ConfigureAwait(false);
        _asked = _clock.GetTimestamp();
        return true;
    }

    /// <summary>Fetches newer files if it is time to, and there are some.</summary>
    /// <exception cref="IOException">They do not arrive, or cannot be written.</exception>
    public async Task FetchWhenDue(IRunGrain grain)
    {
        if (_clock.GetElapsedTime(_asked) > _interval)
        {
            _asked = _clock.GetTimestamp();
            if (await Ask(grain).ConfigureAwait(false) is { } files)
            {
                await Fetch(grain, files).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Passes on what another process asks of the run, which would look for that in the folder that it is in.</summary>
    /// <exception cref="IOException">It does not get there.</exception>
    public async Task PassRequest(IRunGrain grain)
    {
        if (_job.Piece is null && RunRequest.Take(_folder) is { } request)
        {
            await Insist(() => Done(grain.Request(request)), CancellationToken.None).ConfigureAwait(false);
        }
    }

    /// <summary>Fetches what a run that has ended has left.</summary>
    /// <returns>The outcome, in which the run is where it is here.</returns>
    /// <exception cref="IOException">It does not arrive, or cannot be written.</exception>
    public async Task<RunOutcome> FetchEnd(IRunGrain grain, RunOutcome outcome)
    {
        SentFile[]? files;
        // A worker that answers reads them still.
        while ((files = await Ask(grain).ConfigureAwait(false)) is null)
        {
            await Wait().ConfigureAwait(false);
        }

        await Fetch(grain, files).ConfigureAwait(false);
        if (_job.Piece is null && RunResult.ReadUndamaged(_folder) is { } written)
        {
            (written with { Run = _job.Folder }).Write(_folder);
        }

        return outcome.Result is { } result ? outcome with { Result = result with { Run = _job.Folder } } : outcome;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _files.Dispose();
        _receiver.Dispose();
    }

    Task<SentFile[]?> Ask(IRunGrain grain)
    {
        var newest = FolderSnapshot.NewestCheckpoint(_folder);
        return Insist(() => grain.Files(newest), CancellationToken.None);
    }

    async Task Fetch(IRunGrain grain, SentFile[] files)
    {
        RunFiles.RefuseLinks(_folder);
        foreach (var (name, piece) in await WhileAsking(grain, () => _receiver.Begin(files)).ConfigureAwait(false))
        {
            _receiver.Put(name, piece, await Insist(() => grain.Get(name, piece), CancellationToken.None).ConfigureAwait(false));
        }

        await WhileAsking(grain, () =>
        {
            _receiver.Commit();
            return true;
        }).ConfigureAwait(false);
    }

    /// <summary>Does what may take this machine long. The worker, which would take who does not ask to be gone, is asked meanwhile.</summary>
    async Task<T> WhileAsking<T>(IRunGrain grain, Func<T> work)
    {
        var task = Task.Run(work);
        while (await Task.WhenAny(task, Task.Delay(_interval, _clock, CancellationToken.None)).ConfigureAwait(false) != task)
        {
            try
            {
                await grain.Read(int.MaxValue).ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is Orleans.Runtime.OrleansException or TimeoutException or OperationCanceledException)
            {
                // Whether it is gone turns out afterwards.
            }
        }

        return await task.ConfigureAwait(false);
    }

    /// <summary>Asks until there is an answer: all questions may be asked twice.</summary>
    async Task<T> Insist<T>(Func<Task<T>> question, CancellationToken stop)
    {
        for (var began = _clock.GetTimestamp(); ;)
        {
            stop.ThrowIfCancellationRequested();
            try
            {
                return await question().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is Orleans.Runtime.OrleansException or TimeoutException or OperationCanceledException)
            {
                if (_clock.GetElapsedTime(began) > _patience)
                {
                    throw new IOException($"The files of {_folder} do not get to the worker or back.", exception);
                }
            }
            catch (Exception exception) when (exception is not (IOException or UnauthorizedAccessException or OutOfMemoryException))
            {
                // Whatever went wrong there, it ends no other run here.
                throw new IOException(exception.Message, exception);
            }

            await Wait().ConfigureAwait(false);
        }
    }

    static async Task<bool> Done(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    Task Wait() => Task.Delay(_pause, _clock, CancellationToken.None);
}
