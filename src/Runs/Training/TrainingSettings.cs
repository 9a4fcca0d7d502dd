using RL.Agents;

namespace RL.Runs;

/// <summary>
/// How to train, and where to keep the run. Options are the records given here, or else the defaults of agent and task; a preset
/// overrides them, and single assignments override the preset.
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

    /// <summary>Folder under which the run's own folder is created; null: nothing is written to disk.</summary>
    public string? Runs { get; init; }

    /// <summary>Name of the run's folder; null: &lt;environment&gt;__&lt;agent&gt;__s&lt;seed&gt;__&lt;time&gt;.</summary>
    public string? Name { get; init; }

    /// <summary>A run or policy file whose networks the run starts from; null: new networks.</summary>
    public string? From { get; init; }

    /// <summary>Path of an assembly with user-defined environments, recorded in the run; null for none.</summary>
    public string? Assembly { get; init; }

    /// <summary>Command line to record in run.json.</summary>
    public string CommandLine { get; init; } = string.Join(' ', Environment.GetCommandLineArgs());
}
