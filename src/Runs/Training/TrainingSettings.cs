using RL.Agents;

namespace RL.Runs;

/// <summary>
/// How to train: the options' records (or the agent's and the task's defaults), over which a preset and then single values are laid;
/// and where to keep the run.
/// </summary>
public sealed record TrainingSettings
{
    /// <summary>Name of a built-in preset, a file, or a run.json; null for none.</summary>
    public string? Preset { get; init; }

    /// <summary>The agent's options, such as <see cref="Td3Options"/>; null for its defaults.</summary>
    public object? AgentOptions { get; init; }

    /// <summary>Length, seed, evaluations; null for the defaults.</summary>
    public TrainingOptions? Training { get; init; }

    /// <summary>The task's options; null for its defaults.</summary>
    public object? EnvironmentOptions { get; init; }

    /// <summary>Single values as on the command line: "total_steps=20000", "agent.refine.enabled=true".</summary>
    public IReadOnlyList<string> Assignments { get; init; } = [];

    /// <summary>Folder in which the run gets a folder of its own; null keeps nothing on disk.</summary>
    public string? Runs { get; init; }

    /// <summary>Name of the run's folder; null: &lt;environment&gt;__&lt;agent&gt;__s&lt;seed&gt;__&lt;time&gt;.</summary>
    public string? Name { get; init; }

    /// <summary>A run or policy file whose networks to begin with; null for new ones.</summary>
    public string? From { get; init; }

    /// <summary>Path of an assembly with environments of your own, which the run will remember; null for none.</summary>
    public string? Assembly { get; init; }

    /// <summary>What the run's record says that it was started by.</summary>
    public string CommandLine { get; init; } = string.Join(' ', Environment.GetCommandLineArgs());
}
