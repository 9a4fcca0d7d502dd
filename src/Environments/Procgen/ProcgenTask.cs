namespace RL.Environments;

/// <summary>What is fixed about a Procgen game.</summary>
/// <param name="Name">The original's name of it.</param>
/// <param name="Summary">One line for lists.</param>
/// <param name="TimeLimit">Steps after which a level is cut off.</param>
/// <param name="Create">(options) → one copy.</param>
sealed record ProcgenTask(string Name, string Summary, int TimeLimit, Func<ProcgenOptions, ProcgenGame> Create)
{
    /// <summary>Modes that the game has.</summary>
    public IReadOnlyList<DistributionMode> Modes { get; init; } = [DistributionMode.Easy, DistributionMode.Hard];

    /// <summary>The level of <see cref="DistributionMode.Exploration"/>.</summary>
    public int? ExplorationSeed { get; init; }
}
