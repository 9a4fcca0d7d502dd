namespace RL.Runs;

/// <summary>A run about to be resumed: its folder, locked, and the checkpoint to continue from.</summary>
sealed record Resumption(string Path, RunLock Lock, Preset Document, CheckpointFile Checkpoint) : IDisposable
{
    /// <summary>Locks the run and finds its newest checkpoint.</summary>
    /// <exception cref="UserException">It is in use, or has no checkpoint.</exception>
    public static Resumption Open(string path, Action<string> warn)
    {
        var @lock = RunLock.TryTake(path)
            ?? throw new UserException($"The run {path} is in use by another process; wait for it or stop it first.");
        try
        {
            // Half-written files of a process that was killed.
            foreach (var file in Directory.EnumerateFiles(path, "*", SearchOption.AllDirectories))
            {
                if (file.EndsWith(AtomicFile.Temporary, StringComparison.Ordinal) || file.EndsWith(".partial", StringComparison.Ordinal))
                {
                    File.Delete(file);
                }
            }

            var document = Preset.Read(System.IO.Path.Combine(path, RunFolder.DocumentName));
            var checkpoint = new CheckpointFolder(System.IO.Path.Combine(path, "checkpoints")).Newest(warn);
            return new Resumption(path, @lock, document, checkpoint);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The options of the run. The command line may only raise training.total_steps, because any other change would make it a
    /// different run.
    /// </summary>
    /// <exception cref="UserException">Another option is given.</exception>
    public RunOptions Options(IReadOnlyList<string> assignments)
    {
        var saved = RunOptions.Resolve(Document, []);
        foreach (var assignment in assignments)
        {
            var (name, value) = assignment.Split('=', 2) is [var left, var right] ? (left, right) : (assignment, "");
            var key = saved.Tree.Find(name, value);
            if (key.Path != "training.total_steps")
            {
                throw new UserException(
                    $"{assignment}: a resumed run keeps its options; only training.total_steps may be raised. "
                    + $"`--preset {System.IO.Path.Combine(Path, RunFolder.DocumentName)}` starts a new run with these options.");
            }
        }

        var raised = RunOptions.Resolve(Document, assignments);
        return raised.Training.TotalSteps >= saved.Training.TotalSteps
            ? raised
            : throw new UserException(
                $"training.total_steps is {raised.Training.TotalSteps}; allowed when resuming: {saved.Training.TotalSteps} or more.");
    }

    /// <inheritdoc/>
    public void Dispose() => Lock.Dispose();
}
