namespace RL.Runs;

/// <summary>One stretch of work on a run, from a start or resumption to an end.</summary>
/// <param name="Started">When (UTC).</param>
/// <param name="FromStep">Step that it began after.</param>
/// <param name="CommandLine">As typed.</param>
/// <param name="Versions">Of rl, .NET, libtorch and MuJoCo.</param>
/// <param name="GitCommit">Checkout of the program; null if it is none.</param>
/// <param name="GitDirty">True if tracked files differed from the commit.</param>
sealed record RunSession(
    DateTimeOffset Started,
    long FromStep,
    string CommandLine,
    IReadOnlyDictionary<string, string> Versions,
    string? GitCommit,
    bool GitDirty);
