using System.Globalization;
using System.Text;
using RL.Environments;

namespace RL.Runs;

/// <summary>Names of run folders, and how they are found.</summary>
static class RunNames
{
    /// <summary>File systems take 255; a number may follow, and the ending of a file that is being written.</summary>
    const int MostBytes = 240;

    /// <summary>HalfCheetah-v5__td3__s0__20250131-235959</summary>
    public static string Default(string environment, string agent, long seed, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture,
        $"{environment.Replace(':', '-').Replace('/', '-')}__{agent}__s{seed}__{now.UtcDateTime:yyyyMMdd-HHmmss}");

    /// <summary>HalfCheetah-v5__td3__20250131-235959: of runs that are started together.</summary>
    public static string Series(string environment, string agent, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture, $"{environment.Replace(':', '-').Replace('/', '-')}__{agent}__{now.UtcDateTime:yyyyMMdd-HHmmss}");

    /// <summary>What is wrong with a text as a name, as the end of a sentence; null if it is one.</summary>
    public static string? Problem(string name) =>
        Shown.FirstHidden(name) is { } hidden ? $"it has a character that is not shown (U+{hidden.Value:X4}); allowed: characters that one can see"
            : Encoding.UTF8.GetByteCount(name) > MostBytes
                ? $"it has {Encoding.UTF8.GetByteCount(name)} bytes; allowed: {MostBytes}"
            : null;

    /// <summary>A folder that did not exist before, or that a start which failed has left without a run, and its lock.</summary>
    /// <exception cref="UserException">The name is the user's own and taken, or not a name.</exception>
    public static (string Path, RunLock Lock) Create(string runs, string? chosen, string fallback)
    {
        if (Problem(chosen ?? fallback) is { } problem)
        {
            throw new UserException(chosen is null
                ? $"The run would be called {Shown.Text(fallback)}, but {problem}; --name gives it another name."
                : $"--name is '{Shown.Text(chosen)}'; {problem}.");
        }

        if (chosen is not null && (chosen.Trim() is "" or "." or ".." || chosen.IndexOfAny([.. Path.GetInvalidFileNameChars(), ':']) >= 0))
        {
            throw new UserException($"--name is '{chosen}'; allowed: the name of a folder, without / and :.");
        }

        MakeFolder("--runs", runs);
        var path = Path.Combine(runs, chosen ?? fallback);
        for (var suffix = 2; ; suffix++)
        {
            if (TryCreate(path) is { } @lock)
            {
                return (path, @lock);
            }

            path = chosen is null
                ? Path.Combine(runs, $"{fallback}-{suffix}")
                : throw new UserException(File.Exists(Path.Combine(path, RunFolder.DocumentName))
                    ? $"The run {path} exists already; choose another --name, or continue it with --resume {chosen}."
                    : $"{path} exists already and is no run; choose another --name.");
        }
    }

    /// <summary>Makes a folder that results go to, unless it is there.</summary>
    /// <exception cref="UserException">There can be none.</exception>
    public static void MakeFolder(string option, string path)
    {
        try
        {
            if (path.Trim().Length == 0 || path.Contains('\0', StringComparison.Ordinal))
            {
                throw new UserException($"{option} is '{Shown.Text(path)}'; allowed: a folder.");
            }

            if (File.Exists(path))
            {
                throw new UserException($"{option} is {path}, which is a file; allowed: a folder.");
            }

            Directory.CreateDirectory(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserException(
                $"{option} is {Shown.Short(path)}, where no folder can be made: the path is too long, a part of it is a file, or you may not write there.");
        }
    }

    /// <summary>Checks that a folder which results go to in the end could be made now; none stays.</summary>
    /// <exception cref="UserException">There can be none.</exception>
    public static void CheckFolder(string option, string path)
    {
        var missing = new List<string>();
        for (var at = path.Trim().Length == 0 ? null : Path.GetFullPath(path); at is not null && !Path.Exists(at); at = Path.GetDirectoryName(at))
        {
            missing.Add(at);
        }

        MakeFolder(option, path);
        missing.ForEach(Directory.Delete);
    }

    /// <summary>Whether a folder is there whose files nobody but its owner may see: what is in it cannot be told.</summary>
    public static bool IsClosed(string folder)
    {
        try
        {
            if (Directory.Exists(folder))
            {
                // Asked of a file, not of the list of files, which may be open where they are not.
                File.GetAttributes(Path.Combine(folder, RunFolder.DocumentName));
            }

            return false;
        }
        catch (UnauthorizedAccessException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>The folder of an existing run, given as a path or as a name under <paramref name="runs"/>.</summary>
    /// <exception cref="UserException">There is none.</exception>
    public static string Find(string runs, string run)
    {
        foreach (var path in new[] { run, Path.Combine(runs, run) })
        {
            if (File.Exists(Path.Combine(path, RunFolder.DocumentName)))
            {
                return Path.TrimEndingDirectorySeparator(path);
            }

            if (IsClosed(path))
            {
                throw new UserException($"The folder {path} may not be read by this user.");
            }
        }

        var names = Directory.Exists(runs) ? Directory.EnumerateDirectories(runs).Select(folder => Path.GetFileName(folder)) : [];
        throw new UserException(
            $"There is no run '{Shown.Text(run)}', neither as a folder nor under {runs}{Nearest.Suggestion(run, names)} See `./rl runs`.");
    }

    /// <remarks>Only one of several processes can have the lock, and so owns the folder.</remarks>
    static RunLock? TryCreate(string path)
    {
        if (RegularFile.IsLink(path) || File.Exists(path) || !IsEmpty(path))
        {
            return null;
        }

        Directory.CreateDirectory(path);
        if (RunLock.TryTake(path) is not { } @lock)
        {
            return null;
        }

        var isOurs = false;
        try
        {
            isOurs = IsEmpty(path);
            return isOurs ? @lock : null;
        }
        finally
        {
            if (!isOurs)
            {
                @lock.Dispose();
            }
        }
    }

    /// <summary>Whether there is nothing in a folder but what a run makes first, before its record.</summary>
    static bool IsEmpty(string path) => !Directory.Exists(path) || Directory.EnumerateFileSystemEntries(path).All(entry =>
        !RegularFile.IsLink(entry) && Path.GetFileName(entry) is (RunLock.FileName or RunFiles.FileName
            or (RunFiles.FileName + AtomicFile.Temporary) or (RunFolder.DocumentName + AtomicFile.Temporary)));
}
