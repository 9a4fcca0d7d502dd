using System.ComponentModel.DataAnnotations;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>Options of <see cref="RandomSearch"/>.</summary>
sealed record RandomSearchOptions
{
    /// <summary>T, points drawn per start; each counts as a pass.</summary>
    [Range(0, 10_000_000)] public int Points { get; init; } = 100;
}

/// <summary>Points uniform in the region, without gradients: the floor that every method has to clear.</summary>
/// <param name="options">See <see cref="RandomSearchOptions"/>.</param>
/// <param name="generator">Source of the points, on the device of the problems.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
sealed class RandomSearch(RandomSearchOptions options, Generator generator, TimeProvider? clock = null) : IInputOptimizer
{
    readonly RandomSearchOptions _options = options.Checked();

    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        Search.Run(objective, starts, region, trace, limits, clock, Draw);

    void Draw(Search search)
    {
        search.Measure();
        search.Iterate(_options.Points, _ =>
        {
            search.MoveTo(search.Region.Sample(search.X, generator));
            search.MeasureAsPass();
        });
    }
}
