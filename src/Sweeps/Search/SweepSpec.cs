using System.ComponentModel.DataAnnotations;
using System.Text.Json.Nodes;

namespace RL.Sweeps;

/// <summary>How a sweep chooses its trials.</summary>
public enum SearchMethod
{
    /// <summary>Settings drawn at random, each trial trained to its last step.</summary>
    Random,

    /// <summary>Every combination of the values.</summary>
    Grid,

    /// <summary>Settings drawn at random; trials that are worse than others stop early (<see cref="Halving"/>).</summary>
    Halving,
}

/// <summary>What makes a trial better than another.</summary>
public enum SweepMetric
{
    /// <summary>Mean return of the last evaluation.</summary>
    Return,

    /// <summary>Mean return of the best evaluation.</summary>
    Best,

    /// <summary>Area under the curve of evaluations, as its mean height.</summary>
    Area,
}

/// <summary>What is to be searched, and how: the content of a specification file and of sweep.json.</summary>
public sealed record SweepSpec
{
    /// <summary>Name of the algorithm.</summary>
    public string Agent { get; init; } = "";

    /// <summary>Id of the task.</summary>
    public string Environment { get; init; } = "";

    /// <summary>Preset that all trials start from, as for `./rl train`; null: the agent's defaults.</summary>
    public string? Preset { get; init; }

    /// <summary>Assembly with the user's environments; null for none.</summary>
    public string? Assembly { get; init; }

    /// <summary>Options by their names: one value, or what is searched (<see cref="SweepParameter"/>).</summary>
    public JsonObject Settings { get; init; } = [];

    /// <summary>Seeds of each trial, as "0-2": its score is the mean over them.</summary>
    public string Seeds { get; init; } = "0";

    /// <summary>Random, grid or halving.</summary>
    public SearchMethod Search { get; init; } = SearchMethod.Random;

    /// <summary>Number of trials; null: all of a grid, otherwise as many as the budget allows, or 20.</summary>
    [Range(1, 100_000)] public int? Trials { get; init; }

    /// <summary>Environment steps for all trials together, from which their number follows; null: no such limit.</summary>
    [Range(1, long.MaxValue)] public long? Budget { get; init; }

    /// <summary>What the trials are compared by, the higher the better.</summary>
    public SweepMetric Metric { get; init; } = SweepMetric.Return;

    /// <summary>η of halving: one of so many trials is promoted.</summary>
    [Range(2, 100)] public int Factor { get; init; } = 3;

    /// <summary>Steps of halving's first rung; each further rung has <see cref="Factor"/> times as many. Null: what gives four rungs at most.</summary>
    [Range(1, long.MaxValue)] public long? FirstRung { get; init; }

    /// <summary>Seed of what is drawn: the same seed tries the same settings.</summary>
    [Range(0, long.MaxValue)] public long SearchSeed { get; init; }
}
