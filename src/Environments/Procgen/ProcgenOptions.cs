using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>How hard levels are.</summary>
public enum DistributionMode
{
    Easy,
    Hard,
    Extreme,
    Memory,
    Exploration,
}

/// <summary>Who plays the game.</summary>
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
    /// Who plays the game. Both have the same rules; only the built-in games tell time-outs from deaths for sure.
    /// </summary>
    public ProcgenBackend Backend { get; init; } = ProcgenBackend.Builtin;

    /// <summary>Number of different levels; 0 for all there are (2³¹ − 1).</summary>
    [Range(0, int.MaxValue)]
    public int NumLevels { get; init; }

    /// <summary>Seed of the first of <see cref="NumLevels"/> levels; without a number of levels it has no effect.</summary>
    [Range(0, int.MaxValue)]
    public int StartLevel { get; init; }

    /// <summary>
    /// Draws the order of levels as the original does with this rand_seed: copy i plays what its environment i plays, whatever
    /// seed Reset is given. Null: the order is that seed's.
    /// </summary>
    [Range(0, int.MaxValue)]
    public int? RandSeed { get; init; }

    /// <summary>How hard levels are. "exploration" is one fixed hard level.</summary>
    public DistributionMode DistributionMode { get; init; } = DistributionMode.Hard;

    /// <summary>Draw backgrounds; black otherwise.</summary>
    public bool UseBackgrounds { get; init; } = true;

    /// <summary>Draw every thing as a box in one colour.</summary>
    public bool UseMonochromeAssets { get; init; }

    /// <summary>Every thing has its first look.</summary>
    public bool RestrictThemes { get; init; }

    /// <summary>Show the agent's velocity as two grey squares in the upper left corner.</summary>
    public bool PaintVelInfo { get; init; }

    /// <summary>A completed level is followed by the level 997 seeds further within the same episode.</summary>
    public bool UseSequentialLevels { get; init; }

    /// <summary>The view follows the agent, in games that leave it to choose; otherwise it shows the whole world.</summary>
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
