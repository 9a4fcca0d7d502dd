using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Difficulty of the levels.</summary>
public enum DistributionMode
{
    Easy,
    Hard,
    Extreme,
    Memory,
    Exploration,
}

/// <summary>What simulates the game.</summary>
public enum ProcgenBackend
{
    /// <summary>The games of this project.</summary>
    Builtin,

    /// <summary>A Procgen library, found through PROCGEN_LIB and PROCGEN_ASSETS.</summary>
    Libenv,
}

/// <summary>Options of every Procgen game, named and preset as the Python package's.</summary>
public abstract record ProcgenOptions : IValidatableObject
{
    /// <summary>
    /// What simulates the game. Both have the same rules; only the built-in games always distinguish time-outs from deaths.
    /// </summary>
    public ProcgenBackend Backend { get; init; } = ProcgenBackend.Builtin;

    /// <summary>Number of different levels; 0: all 2³¹ − 1.</summary>
    [Range(0, int.MaxValue)]
    public int NumLevels { get; init; }

    /// <summary>Seed of the first of <see cref="NumLevels"/> levels; no effect if that is 0.</summary>
    [Range(0, int.MaxValue)]
    public int StartLevel { get; init; }

    /// <summary>
    /// The order of levels is that of the original with this rand_seed: copy i plays the levels of its environment i, regardless of the
    /// seed given to Reset. Null: the order follows from that seed.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int? RandSeed { get; init; }

    /// <summary>Difficulty of the levels. "exploration" is one fixed hard level.</summary>
    public DistributionMode DistributionMode { get; init; } = DistributionMode.Hard;

    /// <summary>Draw backgrounds; black otherwise.</summary>
    public bool UseBackgrounds { get; init; } = true;

    /// <summary>Draw every object as a box in one colour.</summary>
    public bool UseMonochromeAssets { get; init; }

    /// <summary>Draw every object with its first theme.</summary>
    public bool RestrictThemes { get; init; }

    /// <summary>Show the agent's velocity as two grey squares in the upper left corner.</summary>
    public bool PaintVelInfo { get; init; }

    /// <summary>After a completed level the episode continues with the level whose seed is larger by 997.</summary>
    public bool UseSequentialLevels { get; init; }

    /// <summary>The view follows the agent; false: it shows the whole world (CoinRun and FruitBot only).</summary>
    public bool CenterAgent { get; init; } = true;

    /// <summary>The game that these are options of.</summary>
    internal abstract ProcgenTask Task { get; }

    /// <summary>Seeds of the levels, from the first to before the last.</summary>
    internal (int Low, int High) LevelRange => NumLevels == 0 ? (0, int.MaxValue) : (StartLevel, StartLevel + NumLevels);

    /// <summary>Which levels are played does not depend on the seed of a reset.</summary>
    internal bool FixesLevels => RandSeed is not null || Plain.NumLevels == 1;

    /// <summary>Modes that are other options in disguise, put in plain.</summary>
    internal ProcgenOptions Plain => DistributionMode == DistributionMode.Exploration
        ? this with { DistributionMode = DistributionMode.Hard, NumLevels = 1, StartLevel = Task.ExplorationSeed!.Value }
        : this;

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (!Task.Modes.Contains(DistributionMode))
        {
            var modes = string.Join(", ", Task.Modes.Select(mode => $"{mode}".ToLowerInvariant()));
            yield return new ValidationResult($"{Task.Name} has: {modes}.", [nameof(DistributionMode)]);
        }

        if (Backend == ProcgenBackend.Libenv && LibenvLibrary.FindProblem() is { } problem)
        {
            yield return new ValidationResult(problem, [nameof(Backend)]);
        }

        if ((long)StartLevel + NumLevels > int.MaxValue)
        {
            yield return new ValidationResult(
                $"with num_levels={NumLevels} it may be {int.MaxValue - NumLevels} at most.", [nameof(StartLevel)]);
        }

        if (DistributionMode == DistributionMode.Exploration && (NumLevels, StartLevel) != (0, 0))
        {
            yield return new ValidationResult(
                $"that is one fixed level, so num_levels and start_level must be 0; they are {NumLevels} and {StartLevel}.",
                [nameof(DistributionMode)]);
        }
    }
}
