using System.Globalization;

namespace RL.Runs;

/// <summary>A run that is about to go on: its folder, locked, and the checkpoint to go on from, null if it has none yet.</summary>
sealed record Resumption(RunFiles Files, RunLock Lock, Preset Document, CheckpointFile? Checkpoint) : IDisposable
{
    /// <summary>May differ from what the checkpoint was taken with: results do not depend on it.</summary>
    static readonly string[] _changeable = ["training.total_steps", "training.environment_threads", "training.checkpoints_kept"];

    static readonly TimeSpan _patience = TimeSpan.FromSeconds(30);
    static readonly TimeSpan _pause = TimeSpan.FromMilliseconds(100);

    /// <summary>The run's folder.</summary>
    public string Path => Files.Folder;

    /// <summary>Locks the run and finds its newest checkpoint.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="warn">Told of checkpoints that are damaged.</param>
    /// <param name="epoch">
    /// The attempt that goes on, which waits for an earlier one that is at work still to find that it is fenced off; null: none.
    /// </param>
    /// <param name="clock">For waiting; null: the system clock.</param>
    /// <exception cref="UserException">It is in use, is or holds a symbolic link, or has no whole checkpoint.</exception>
    /// <exception cref="IOException">A later attempt has the run, or an earlier one does not let go of it.</exception>
    public static Resumption Open(string path, Action<string> warn, RunEpoch? epoch = null, TimeProvider? clock = null)
    {
        RunFiles.RefuseLinks(path);
        var @lock = Take(path, epoch, clock ?? TimeProvider.System);
        try
        {
            var document = Preset.Read(System.IO.Path.Combine(path, RunFolder.DocumentName));
            var files = RunFiles.Open(path, epoch);
            return new Resumption(files, @lock, document, new CheckpointFolder(files, int.MaxValue).Newest(warn));
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    static RunLock Take(string path, RunEpoch? epoch, TimeProvider clock)
    {
        var start = clock.GetTimestamp();
        while (true)
        {
            epoch?.ThrowUnlessHeld();
            if (RunLock.TryTake(path) is { } @lock)
            {
                return @lock;
            }

            if (epoch is null)
            {
                throw new UserException($"The run {path} is in use by another process; wait for it or stop it first.");
            }

            if (clock.GetElapsedTime(start) > _patience)
            {
                throw new IOException($"The run {path} is in use by another process.");
            }

            Thread.Sleep(_pause);
        }
    }

    /// <summary>
    /// The options of the run. The command line may only raise training.total_steps, because any other change would make it a
    /// different run.
    /// </summary>
    /// <exception cref="UserException">Another option is given.</exception>
    public RunOptions Options(IReadOnlyList<string> assignments)
    {
        ThrowIfEdited(RunOptions.Resolve(Document, []));
        return Changed(Path, Document, assignments);
    }

    /// <summary>The options of a saved run with <paramref name="assignments"/>, which may only raise training.total_steps.</summary>
    /// <exception cref="UserException">Another option is given.</exception>
    public static RunOptions Changed(string path, Preset document, IReadOnlyList<string> assignments)
    {
        var saved = RunOptions.Resolve(document, []);
        foreach (var assignment in assignments)
        {
            var (name, value) = assignment.Split('=', 2) is [var left, var right] ? (left, right) : (assignment, "");
            var key = saved.Tree.Find(name, value);
            if (key.Path != "training.total_steps")
            {
                throw new UserException(
                    $"{assignment}: a resumed run keeps its options; only training.total_steps may be raised. "
                    + $"`--preset {System.IO.Path.Combine(path, RunFolder.DocumentName)}` starts a new run with these options.");
            }
        }

        var raised = RunOptions.Resolve(document, assignments);
        return raised.Training.TotalSteps >= saved.Training.TotalSteps
            ? raised
            : throw new UserException(
                $"training.total_steps is {raised.Training.TotalSteps}; allowed when resuming: {saved.Training.TotalSteps} or more.");
    }

    /// <summary>Whether the run is to go further than it was to when the checkpoint was taken.</summary>
    public bool IsLonger(RunOptions options) => Checkpoint is not null
        && options.Training.TotalSteps.ToString(CultureInfo.InvariantCulture) != OptionsJson.Leaves(Checkpoint.Manifest.Options)["training.total_steps"];

    /// <summary>What run.json says must be what the checkpoint was taken with, or the rest would be another run's.</summary>
    /// <exception cref="UserException">Something differs that may not.</exception>
    void ThrowIfEdited(RunOptions saved)
    {
        if (Checkpoint is null)
        {
            return;
        }

        var then = OptionsJson.Leaves(FormerOptions.Completed(Checkpoint.Manifest.Options, saved));
        var now = OptionsJson.Leaves(saved.Comparable);
        var edited = then.Keys.Union(now.Keys)
            .Where(key => !_changeable.Contains(key) && then.GetValueOrDefault(key) != now.GetValueOrDefault(key))
            .Order(StringComparer.Ordinal)
            .Select(key => $"{key} is {now.GetValueOrDefault(key, "missing")} (was {then.GetValueOrDefault(key, "missing")})")
            .ToList();
        if (edited.Count > 0)
        {
            throw new UserException(
                $"{System.IO.Path.Combine(Path, RunFolder.DocumentName)} has changed since the checkpoint at step {Checkpoint.Step}: "
                + $"{Shown.Text(string.Join(", ", edited))}. A run goes on with the options it began with; allowed to differ: "
                + $"{string.Join(", ", _changeable)}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Lock.Dispose();
}
