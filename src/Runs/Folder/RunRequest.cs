namespace RL.Runs;

/// <summary>
/// What another process asks of a run at work, in a file that the run looks for about once a second and deletes. A run that is not at work
/// does not see it, and one that starts deletes what stands there.
/// </summary>
static class RunRequest
{
    public const string FileName = ".request";
    public const string Stop = "stop";
    public const string Checkpoint = "checkpoint";

    const int LongestRequest = 64;

    /// <summary>Asks.</summary>
    /// <exception cref="UserException">The run is not at work.</exception>
    public static void Write(string folder, string request)
    {
        if (!RunLock.IsTaken(folder))
        {
            throw new UserException($"The run {folder} is not at work.");
        }

        AtomicFile.WriteText(Path.Combine(folder, FileName), request);
    }

    /// <summary>Takes the request that is there; null: none.</summary>
    public static string? Take(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file) && !RegularFile.IsLink(file))
        {
            return null;
        }

        var request = !RegularFile.IsLink(file) && RegularFile.Problem(file) is null && new FileInfo(file).Length <= LongestRequest ? File.ReadAllText(file) : null;
        File.Delete(file);
        return request;
    }
}
