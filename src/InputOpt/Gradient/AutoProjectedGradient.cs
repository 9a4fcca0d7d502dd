using System.ComponentModel.DataAnnotations;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>Options of <see cref="AutoProjectedGradient"/>; the defaults are the paper's.</summary>
public sealed record AutoProjectedGradientOptions
{
    /// <summary>N, steps: one gradient per start each.</summary>
    [Range(0, 10_000_000)] public int Steps { get; init; } = 100;

    /// <summary>What a step goes along: that of the region is Sign in L∞ balls and boxes, Unit in Euclidean balls.</summary>
    public StepDirection Direction { get; init; } = StepDirection.Steepest;

    /// <summary>η₀, first step size in units of half the region's width.</summary>
    [Range(0.0, 1e6)] public double StepSize { get; init; } = 2;

    /// <summary>α: a step is α of the projected gradient step and 1 − α of the move before.</summary>
    [Range(0.0, 1.0)] public double Momentum { get; init; } = 0.75;

    /// <summary>ρ: the step size is halved if less than this share of the steps since the last checkpoint went up.</summary>
    [Range(0.0, 1.0)] public double IncreaseShare { get; init; } = 0.75;

    /// <summary>Random points of the region to search from beside the given starts.</summary>
    [Range(0, 1_000_000)] public int Restarts { get; init; }
}

/// <summary>
/// APGD (Croce and Hein 2020, algorithm 1): projected gradient ascent with momentum whose step size is halved, row by row, when progress
/// stalls; the row then goes on from its best point.
/// </summary>
/// <param name="options">See <see cref="AutoProjectedGradientOptions"/>.</param>
/// <param name="generator">Source of the restarts, on the device of the problems.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
public sealed class AutoProjectedGradient(
    AutoProjectedGradientOptions options, Generator generator, TimeProvider? clock = null) : IInputOptimizer
{
    readonly AutoProjectedGradientOptions _options = options.Checked();

    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        Search.Run(objective, starts, region, trace, limits, clock, Ascend, _options.Restarts, generator);

    void Ascend(Search search)
    {
        var checkpoints = Checkpoints(_options.Steps);
        var step = zeros_like(Rows.Norm(search.X)) + _options.StepSize;
        var previousX = search.X.clone();
        var previousValue = search.Value.clone();
        var bestGradient = zeros_like(search.X);                    // at BestX
        var increases = zeros_like(search.Value);
        var halved = ones_like(search.Value);                       // whether the last checkpoint halved the step
        var bestBefore = search.Value.clone();
        var lastCheckpoint = 0;
        search.Iterate(_options.Steps, k =>
        {
            var g = search.Gradient();
            bestGradient.copy_(where(Rows.Column(search.Improved, g), g, bestGradient));
            if (k > 0)
            {
                increases.add_(search.Value.gt(previousValue).to(increases.dtype));
            }
            previousValue.copy_(search.Value);

            var x = search.X.clone();
            if (checkpoints.Contains(k))
            {
                // Condition 1: too few steps went up. Condition 2: the step size and the best value have stayed as they were.
                var rare = increases.lt(_options.IncreaseShare * (k - lastCheckpoint));
                var idle = halved.eq(0).logical_and(search.BestValue.le(bestBefore));
                var halve = rare.logical_or(idle);
                var column = Rows.Column(halve, x);
                step.copy_(where(column, step / 2, step));
                x = where(column, search.BestX, x);
                g = where(column, bestGradient, g);
                halved.copy_(halve.to(halved.dtype));
                bestBefore.copy_(search.BestValue);
                increases.zero_();
                lastCheckpoint = k;
            }

            // z = P(x + η·direction), x ← P(x + α(z − x) + (1 − α)(x − x_before)); the first step has no move before.
            var z = search.Region.Project(x + (_options.Direction.Of(search.Region, x, g) * search.Scale * step));
            var share = k == 0 ? 1 : _options.Momentum;
            var next = x + ((z - x) * share) + ((x - previousX) * (1 - share));
            previousX.copy_(x);
            search.MoveTo(next);
        });
        search.Measure();
    }

    /// <summary>
    /// Steps before which progress is judged: at shares p₀ = 0, p₁ = 0.22, pⱼ₊₁ = pⱼ + max(pⱼ − pⱼ₋₁ − 0.03, 0.06) of all.
    /// </summary>
    internal static HashSet<int> Checkpoints(int steps)
    {
        var checkpoints = new HashSet<int>();
        for (var (before, p) = (0.0, 0.22); p <= 1; (before, p) = (p, p + Math.Max(p - before - 0.03, 0.06)))
        {
            // Less a little: 0.57 · 100 is 57.000000000000007.
            checkpoints.Add((int)Math.Ceiling((p * steps) - 1e-9));
        }
        return checkpoints;
    }
}
