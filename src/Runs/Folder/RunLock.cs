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
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                return new RunLock(new FileStream(Path.Combine(folder, FileName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None));
            }
            catch (IOException) when (File.Exists(Path.Combine(folder, FileName)))
            {
                // Whoever lists the runs just then has it for a moment.
                if (attempt == 3)
                {
                    return null;
                }

                Thread.Sleep(20);
            }
        }
    }

    /// <summary>True if a process is at work in <paramref name="folder"/>. Writes nothing there: it may be another user's.</summary>
    /// <exception cref="UnauthorizedAccessException">The lock cannot be looked at.</exception>
    public static bool IsTaken(string folder)
    {
        try
        {
            using var probe = new FileStream(Path.Combine(folder, FileName), FileMode.Open, FileAccess.Read, FileShare.Read, 0);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
