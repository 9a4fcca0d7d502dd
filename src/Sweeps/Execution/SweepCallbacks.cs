namespace RL.Sweeps;

/// <summary>A run of a trial that is being executed.</summary>
/// <param name="Name">Name of its folder.</param>
/// <param name="Trial">The trial.</param>
/// <param name="Seed">The seed.</param>
/// <param name="Rung">To the end of which rung it goes.</param>
/// <param name="Steps">Steps at that end.</param>
public sealed record TrialJob(string Name, int Trial, long Seed, int Rung, long Steps);

/// <summary>What a sweep calls, one call at a time for one run.</summary>
public sealed record SweepCallbacks
{
    /// <summary>A run has been given to the executor.</summary>
    public Action<TrialJob>? Begun { get; init; }

    /// <summary>The executor reports of it.</summary>
    public Action<TrialJob, RunReport>? Reported { get; init; }

    /// <summary>Its execution has ended.</summary>
    public Action<TrialJob, RunOutcome>? Ended { get; init; }

    /// <summary>All runs of a trial are at the end of a rung, or one has failed: its score counts from now on.</summary>
    public Action<TrialProgress>? Scored { get; init; }

    /// <summary>The sweep has got further.</summary>
    public Action<SweepProgress>? Progressed { get; init; }

    /// <summary>Something that does not end the sweep, one sentence.</summary>
    public Action<string>? Warned { get; init; }
}
