namespace RL.Cluster;

/// <summary>
/// The files of a run, or of a piece of work, on a worker that has no folder in common with whoever gave it: they arrive in a folder of their own,
/// and what becomes of them is asked for.
/// </summary>
/// <param name="root">Folder of this attempt alone; it is removed in the end.</param>
/// <param name="folder">The run's folder in it.</param>
/// <param name="epoch">The attempt, the only one in there.</param>
/// <param name="isPiece">Whether it is a piece of work.</param>
/// <param name="removed">Told that they are.</param>
sealed class WorkerFiles(string root, string folder, long epoch, bool isPiece, Action removed) : IDisposable
{
    /// <summary>Below the folder of the runs; what is in it goes with the attempts.</summary>
    public const string FolderName = ".sent";

    readonly TaskCompletionSource _arrival = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly FolderReceiver _receiver = new(root, _ => true, isToStay: false);
    FolderSnapshot? _snapshot;
    Task<FolderSnapshot>? _next;
    bool _isEnd;

    /// <summary>The run's folder.</summary>
    public string Folder => folder;

    /// <summary>Ends when all files are here.</summary>
    public Task Arrival => _arrival.Task;

    /// <summary>The files that are going to arrive.</summary>
    /// <returns>All their pieces.</returns>
    public IReadOnlyList<FilePiece> Begin(IReadOnlyList<SentFile> files)
    {
        Directory.CreateDirectory(folder);
        return _receiver.Begin(files);
    }

    /// <summary>A piece arrives.</summary>
    public void Put(string name, int piece, byte[] bytes) => _receiver.Put(name, piece, bytes);

    /// <summary>All have arrived; may be said twice.</summary>
    public void End()
    {
        if (!_arrival.Task.IsCompleted)
        {
            _receiver.Commit();
            RunEpoch.Write(folder, epoch);
            _arrival.SetResult();
        }
    }

    /// <summary>The files as they are, if the run has another newest checkpoint than whoever asks, or has ended.</summary>
    /// <param name="newest">Name of the newest checkpoint that the one who asks has; null: none.</param>
    /// <param name="isEnd">Whether it has ended.</param>
    /// <returns>Null: there is nothing new, or they are being read still.</returns>
    public async Task<SentFile[]?> Changed(string? newest, bool isEnd)
    {
        if (_next is null)
        {
            if (!isEnd && newest == FolderSnapshot.NewestCheckpoint(folder))
            {
                return null;
            }

            _isEnd = isEnd;
            _next = Task.Run(() => FolderSnapshot.Of(root, folder, isPiece ? FolderSnapshot.OfPiece : FolderSnapshot.OfRun));
        }

        if (!_next.IsCompleted)
        {
            return null;
        }

        var next = _next;
        _next = null;
        var snapshot = await next.ConfigureAwait(false);
        _snapshot?.Dispose();
        _snapshot = snapshot;
        // What was read before the end is not all.
        return isEnd && !_isEnd ? null : [.. snapshot.Files];
    }

    /// <summary>Asks something of the run, if it is at work.</summary>
    public void Request(string request)
    {
        if (request is RunRequest.Stop or RunRequest.Checkpoint && RunLock.IsTaken(folder))
        {
            RunRequest.Write(folder, request);
        }
    }

    /// <summary>A piece of the files that were asked for last.</summary>
    public byte[] Read(string name, int piece) => _snapshot?.Read(name, piece) ?? throw new ArgumentException("No files were asked for.");

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _receiver.Dispose();
            _snapshot?.Dispose();
            // Files that are open take up space though they are deleted.
            _next?.ContinueWith(next => next.Result.Dispose(), CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            if (Directory.Exists(root))
            {
                Directory.Delete(root, recursive: true);
            }
        }
        finally
        {
            removed();
        }
    }
}
