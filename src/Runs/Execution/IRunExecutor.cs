namespace RL.Runs;

/// <summary>A prepared run (<see cref="Training.Prepare"/>) that is to be brought to its last step, or a piece of other work.</summary>
/// <param name="Folder">
/// The run's folder. A run that has a checkpoint continues from it, one that is finished stays as it is. Of a piece the folder that its results
/// go to.
/// </param>
public sealed record RunJob(string Folder)
{
    /// <summary>"training.total_steps=N" to extend the run, or nothing.</summary>
    public IReadOnlyList<string> Assignments { get; init; } = [];

    /// <summary>Command line to record in run.json.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Assemblies with user-defined environments, as for <see cref="Training.Resume"/>.</summary>
    public IReadOnlyList<string> Assemblies { get; init; } = [];

    /// <summary>
    /// Step at which the run is to pause, with a checkpoint: the first one at or after it. What the run is does not depend on it, so that it
    /// can go on as if it had never paused. Null: it goes to its last step.
    /// </summary>
    public long? PauseAt { get; init; }

    /// <summary>
    /// The attempt at the run, where it may be given to another worker while this one does not answer: once a later one is begun in the folder,
    /// this one writes nothing more and fails. Null: nobody else is given it.
    /// </summary>
    public long? Epoch { get; init; }

    /// <summary>
    /// What is to be done in place of a run, as JSON that the program of the worker process understands; null: the run.
    /// </summary>
    public string? Piece { get; init; }

    /// <summary>Of a piece the names of the files beside its folder that it reads.</summary>
    public IReadOnlyList<string> Shared { get; init; } = [];
}

/// <summary>What an executor reports of a run while it is at work.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Progress">Where the run is; of notes and warnings nothing.</param>
/// <param name="TotalSteps">Steps that the run is to have; of notes and warnings 0.</param>
/// <param name="Text">The sentence of a note or a warning, else null.</param>
public sealed record RunReport(RunReportKind Kind, RunProgress Progress, long TotalSteps, string? Text);

/// <summary>Kinds of <see cref="RunReport"/>.</summary>
public enum RunReportKind
{
    /// <summary>The run starts or continues.</summary>
    Started,

    /// <summary>It has come further.</summary>
    Progressed,

    /// <summary>It was evaluated.</summary>
    Evaluated,

    /// <summary>A sentence on how options were interpreted, or why there is nothing to do.</summary>
    Noted,

    /// <summary>A warning.</summary>
    Warned,
}

/// <summary>
/// How a run ended. Either <paramref name="Result"/> or <paramref name="Error"/> is given, or neither if it was not begun or is a piece that is
/// done.
/// </summary>
/// <param name="Result">Of a run that finished or was stopped.</param>
/// <param name="Error">Why it failed, one sentence.</param>
public sealed record RunOutcome(RunResult? Result, string? Error)
{
    /// <summary>
    /// Whether a run that failed may well succeed if it is tried again from its checkpoint, because the failure was not its own: its process
    /// was killed, a disk was full, its folder was in use.
    /// </summary>
    public bool MayPass { get; init; }

    /// <summary>The outcome of a run that was stopped before it was begun.</summary>
    public static RunOutcome NotBegun { get; } = new(null, null);
}

/// <summary>
/// Brings runs to their last step, somewhere: in worker processes of this machine, say. Runs may be given at the same time; those for which
/// there is no room wait.
/// </summary>
public interface IRunExecutor
{
    /// <summary>Executes a run. An outcome is always returned; a run that fails does not end others.</summary>
    /// <param name="job">The run. No other executor may be at work in its folder.</param>
    /// <param name="report">Called during training, one call at a time for one run, from any thread.</param>
    /// <param name="stop">Ends the run after its current step, with a checkpoint.</param>
    Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop);
}
