namespace RL.Cluster;

/// <summary>
/// Brings the files of a run, or of a piece of work, to the worker that executes it, and what becomes of them back: with each new checkpoint and in
/// the end. Should the worker die, the run goes on elsewhere from the last checkpoint that came back.
/// </summary>
sealed class RunTransfer : IDisposable
{
    /// <summary>Between two questions for newer files.</summary>
    static readonly TimeSpan _interval = TimeSpan.FromSeconds(5);

    /// <summary>As long as a worker may take for one step of it.</summary>
    static readonly TimeSpan _patience = TimeSpan.FromMinutes(2);

    static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(200);

    readonly IRunGrain _grain;
    readonly TimeProvider _clock;
    readonly string _root, _folder;
    readonly bool _isPiece;
    readonly FolderReceiver _receiver;
    long _asked;

    public RunTransfer(IRunGrain grain, RunJob job, TimeProvider clock)
    {
        (_grain, _clock, _isPiece) = (grain, clock, job.Piece is not null);
        _folder = Path.GetFullPath(job.Folder);
        _root = Root(_folder, _isPiece);
        var own = Path.GetRelativePath(_root, _folder).Replace(Path.DirectorySeparatorChar, '/') + "/";
        _receiver = new(_root, name => name.StartsWith(own, StringComparison.Ordinal) && name != own + RunEpoch.FileName);
        _asked = clock.GetTimestamp();
    }

    /// <summary>What names are relative to: of pieces, which share files beside their folders, one more folder goes with them.</summary>
    public static string Root(string folder, bool isPiece)
    {
        var parent = Path.GetDirectoryName(folder)!;
        return isPiece ? Path.GetDirectoryName(parent)! : parent;
    }

    /// <summary>Brings the files to the worker, which begins then.</summary>
    /// <exception cref="IOException">It does not take them.</exception>
    public async Task Send()
    {
        using var files = FolderSnapshot.Of(_root, _folder, _isPiece);
        var missing = await Insist(async () => await _grain.Offer([.. files.Files]).ConfigureAwait(false)).ConfigureAwait(false);
        foreach (var (name, piece) in missing)
        {
            var bytes = files.Read(name, piece);
            await Insist(() => Done(_grain.Put(name, piece, bytes))).ConfigureAwait(false);
        }

        await Insist(() => Done(_grain.Sent())).ConfigureAwait(false);
        _receiver.Know(files.Files.Where(file => file.Name.StartsWith(Path.GetRelativePath(_root, _folder) + "/", StringComparison.Ordinal)
            && Path.GetFileName(file.Name) != RunEpoch.FileName));
    }

    /// <summary>Fetches newer files if it is time to, and there are some.</summary>
    /// <exception cref="IOException">They do not arrive, or cannot be written.</exception>
    public async Task FetchWhenDue()
    {
        if (_clock.GetElapsedTime(_asked) > _interval)
        {
            _asked = _clock.GetTimestamp();
            if (await Insist(_grain.Files).ConfigureAwait(false) is { } files)
            {
                await Fetch(files).ConfigureAwait(false);
            }
        }
    }

    /// <summary>Fetches what a run that has ended has left.</summary>
    /// <exception cref="IOException">It does not arrive, or cannot be written.</exception>
    public async Task FetchEnd()
    {
        SentFile[]? files = null;
        for (var began = _clock.GetTimestamp(); files is null; files ??= await Insist(_grain.Files).ConfigureAwait(false))
        {
            ThrowIfOver(began, null);
            await Wait().ConfigureAwait(false);
        }

        await Fetch(files).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Dispose() => _receiver.Dispose();

    async Task Fetch(SentFile[] files)
    {
        RunFiles.RefuseLinks(_folder);
        foreach (var (name, piece) in _receiver.Begin([.. files.Where(file => Path.GetFileName(file.Name) != RunEpoch.FileName)]))
        {
            _receiver.Put(name, piece, await Insist(() => _grain.Get(name, piece)).ConfigureAwait(false));
        }

        _receiver.Commit();
    }

    /// <summary>Asks until there is an answer: all questions may be asked twice.</summary>
    async Task<T> Insist<T>(Func<Task<T>> question)
    {
        for (var began = _clock.GetTimestamp(); ;)
        {
            try
            {
                return await question().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is Orleans.Runtime.OrleansException or TimeoutException)
            {
                ThrowIfOver(began, exception);
            }
            catch (Exception exception) when (exception is InvalidOperationException or ArgumentException)
            {
                throw new IOException(exception.Message, exception);
            }

            await Wait().ConfigureAwait(false);
        }
    }

    void ThrowIfOver(long began, Exception? last)
    {
        if (_clock.GetElapsedTime(began) > _patience)
        {
            throw new IOException($"The files of {_folder} do not get to the worker or back.", last);
        }
    }

    static async Task<bool> Done(Task task)
    {
        await task.ConfigureAwait(false);
        return true;
    }

    Task Wait() => Task.Delay(_pause, _clock, CancellationToken.None);
}
