using System.Globalization;

namespace RL.Host;

/// <summary>Where a verb that looks into a policy writes what it found.</summary>
static class ResultsFolder
{
    /// <summary>The folder of --out, or one of its own: in the run's folder, or here for a policy file.</summary>
    /// <param name="given">--out, or null.</param>
    /// <param name="policy">The policy.</param>
    /// <param name="kind">Name of the folder that holds all results of this kind.</param>
    /// <param name="file">What says that a folder holds results already.</param>
    /// <param name="clock">Names the folder.</param>
    /// <exception cref="UserException">--out is a file or holds results.</exception>
    public static string Of(string? given, TrainedPolicy policy, string kind, string file, TimeProvider clock)
    {
        if (given is null)
        {
            var time = clock.GetUtcNow().ToString("yyyyMMdd-HHmmss", CultureInfo.InvariantCulture);
            return policy.IsFile
                ? Path.Combine(kind, $"{Path.GetFileNameWithoutExtension(policy.File)}__{time}")
                : Path.Combine(policy.Path, kind, time);
        }

        if (File.Exists(given) || File.Exists(Path.Combine(given, file)))
        {
            throw new UserException($"--out is {given}, which is a file or holds results already; allowed: another folder.");
        }

        RunNames.CheckFolder("--out", given);
        return given;
    }
}
