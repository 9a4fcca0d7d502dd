namespace RL.Environments;

/// <summary>What is fixed about a Procgen game.</summary>
/// <param name="Name">The original's name of it.</param>
/// <param name="Summary">One line for lists.</param>
/// <param name="TimeLimit">Steps after which a level is cut off.</param>
sealed record ProcgenTask(string Name, string Summary, int TimeLimit)
{
    /// <summary>Makes one copy.</summary>
    public required Func<ProcgenOptions, ProcgenGame> Create { get; init; }

    /// <summary>Paints everything that the game shows.</summary>
    public required Action<Gallery> Paint { get; init; }

    /// <summary>Paints its backgrounds.</summary>
    public required Func<ProcgenOptions, IBackdrop> PaintBackdrop { get; init; }

    /// <summary>Modes that the game has.</summary>
    public IReadOnlyList<DistributionMode> Modes { get; init; } = [DistributionMode.Easy, DistributionMode.Hard];

    /// <summary>The level of <see cref="DistributionMode.Exploration"/>.</summary>
    public int? ExplorationSeed { get; init; }
}
