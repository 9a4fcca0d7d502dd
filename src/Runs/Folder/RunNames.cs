using System.Globalization;
using RL.Environments;

namespace RL.Runs;

/// <summary>Names of run folders, and how they are found.</summary>
static class RunNames
{
    /// <summary>HalfCheetah-v5__td3__s0__20250131-235959</summary>
    public static string Default(string environment, string agent, long seed, DateTimeOffset now) => string.Create(
        CultureInfo.InvariantCulture,
        $"{environment.Replace(':', '-').Replace('/', '-')}__{agent}__s{seed}__{now.UtcDateTime:yyyyMMdd-HHmmss}");

    /// <summary>Creates the folder of a new run.</summary>
    /// <exception cref="UserException">The name is the user's own and taken, or not a name.</exception>
    public static string Create(string runs, string? chosen, string fallback)
    {
        if (chosen is not null && (chosen.Trim() is "" or "." or ".." || chosen.IndexOfAny([.. Path.GetInvalidFileNameChars(), ':']) >= 0))
        {
            throw new UserException($"--name is '{chosen}'; allowed: the name of a folder, without / and :.");
        }

        Directory.CreateDirectory(runs);
        var path = Path.Combine(runs, chosen ?? fallback);
        for (var suffix = 2; !TryCreate(path); suffix++)
        {
            path = chosen is null
                ? Path.Combine(runs, $"{fallback}-{suffix}")
                : throw new UserException($"The run {path} exists already; choose another --name, or continue it with --resume {chosen}.");
        }

        return path;
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
        }

        var names = Directory.Exists(runs) ? Directory.EnumerateDirectories(runs).Select(folder => Path.GetFileName(folder)) : [];
        throw new UserException(
            $"There is no run '{run}', neither as a folder nor under {runs}{Nearest.Suggestion(run, names)} See `./rl list runs`.");
    }

    /// <remarks>Only one of several processes can make the lock file, and so owns the folder.</remarks>
    static bool TryCreate(string path)
    {
        if (Directory.Exists(path))
        {
            return false;
        }

        Directory.CreateDirectory(path);
        try
        {
            new FileStream(Path.Combine(path, RunLock.FileName), FileMode.CreateNew).Dispose();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
