namespace RL.Runs;

/// <summary>Keeps a second process out of a run folder. The system lets go of it when the process ends, however it ends.</summary>
sealed class RunLock : IDisposable
{
    public const string FileName = ".lock";

    readonly FileStream _file;

    RunLock(FileStream file) => _file = file;

    /// <summary>Takes the lock of <paramref name="folder"/>; null if another process has it.</summary>
    public static RunLock? TryTake(string folder)
    {
        try
        {
            return new RunLock(new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
        }
        catch (IOException) when (File.Exists(Path.Combine(folder, FileName)))
        {
            return null;
        }
    }

    /// <summary>True if a process is at work in <paramref name="folder"/>.</summary>
    public static bool IsTaken(string folder)
    {
        using var probe = File.Exists(Path.Combine(folder, FileName)) ? TryTake(folder) : null;
        return probe is null && File.Exists(Path.Combine(folder, FileName));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
