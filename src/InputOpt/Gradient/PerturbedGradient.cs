using System.ComponentModel.DataAnnotations;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>Options of <see cref="PerturbedGradient"/>. Lengths are in units of half the region's width.</summary>
sealed record PerturbedGradientOptions
{
    /// <summary>T, steps: one gradient per start each.</summary>
    [Range(0, 10_000_000)] public int Steps { get; init; } = 3000;

    /// <summary>η, length of a step along a gradient of unit length; longer gradients count as unit.</summary>
    [Range(0.0, 1e6)] public double StepSize { get; init; } = 0.5;

    /// <summary>g_thres: a row that the last step has moved by no more than this is stuck.</summary>
    [Range(0.0, 1e6)] public double Threshold { get; init; } = 1e-3;

    /// <summary>t_thres, least number of steps between two perturbations of a row.</summary>
    [Range(1, 10_000_000)] public int PerturbEvery { get; init; } = 25;

    /// <summary>r, radius of the ball that perturbations are drawn from, uniformly.</summary>
    [Range(0.0, 1e6)] public double Radius { get; init; } = 0.1;
}

/// <summary>
/// Perturbed gradient ascent (Jin et al. 2017, algorithm 1): gradient steps, and a random step from points where they lead nowhere. In a
/// region "nowhere" means that the projected step is short, since at its border the gradient need not vanish.
/// </summary>
/// <param name="options">See <see cref="PerturbedGradientOptions"/>.</param>
/// <param name="generator">Source of the perturbations, on the device of the problems.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
sealed class PerturbedGradient(PerturbedGradientOptions options, Generator generator, TimeProvider? clock = null)
    : IInputOptimizer
{
    readonly PerturbedGradientOptions _options = options.Checked();

    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        Search.Run(objective, starts, region, trace, limits, clock, Ascend);

    void Ascend(Search search)
    {
        // To divide by: what cannot move has moved by 0 in any unit.
        var units = search.Scale.masked_fill(search.Scale.eq(0), 1);
        var last = Rows.Norm(search.X).fill_(-_options.PerturbEvery);
        search.Iterate(_options.Steps, t =>
        {
            var g = search.Gradient();
            var next = search.Region.Project(
                search.X + (g / Rows.Norm(g).clamp(min: 1.0) * search.Scale * _options.StepSize));
            var moved = Rows.Norm((next - search.X) / units);
            var stuck = moved.le(_options.Threshold).logical_and(last.le(t - _options.PerturbEvery));
            if ((bool)stuck.any())
            {
                last.copy_(last.masked_fill(stuck, t));
                next = where(stuck, search.X + (InBall(search.X) * search.Scale * _options.Radius), next);
            }
            search.MoveTo(next);
        });
        search.Measure();
    }

    /// <summary>Points uniform in the unit ball, one per row.</summary>
    Tensor InBall(Tensor like)
    {
        var direction = randn(like.shape, dtype: like.dtype, device: like.device, generator: generator);
        var share = rand(like.shape[0], dtype: like.dtype, device: like.device, generator: generator)
            .pow(like.shape[0] / (double)like.numel());
        return direction / Rows.Norm(direction).clamp(min: 1e-30) * Rows.Column(share, like);
    }
}
