using System.ComponentModel.DataAnnotations;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>Options of <see cref="AdamAscent"/>.</summary>
sealed record AdamAscentOptions
{
    /// <summary>T, steps: one gradient per start each.</summary>
    [Range(0, 10_000_000)] public int Steps { get; init; } = 100;

    /// <summary>α, step size in units of half the region's width.</summary>
    [Range(0.0, 1e6)] public double StepSize { get; init; } = 0.1;

    /// <summary>What the step size falls to, by equal ratios; the step size itself keeps it constant.</summary>
    [Range(1e-12, 1e6)] public double FinalStepSize { get; init; } = 0.01;

    /// <summary>β₁, decay of the first moment.</summary>
    [Range(0.0, 0.999999)] public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, decay of the second moment.</summary>
    [Range(0.0, 0.999999)] public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, added to the root of the second moment.</summary>
    [Range(0.0, 1.0)] public double Epsilon { get; init; } = 1e-8;

    /// <summary>Random points of the region to search from beside the given starts.</summary>
    [Range(0, 1_000_000)] public int Restarts { get; init; }
}

/// <summary>Projected Adam (Kingma and Ba 2015) on the input, upwards; moments are kept per row and input.</summary>
/// <param name="options">See <see cref="AdamAscentOptions"/>.</param>
/// <param name="generator">Source of the restarts, on the device of the problems.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
sealed class AdamAscent(AdamAscentOptions options, Generator generator, TimeProvider? clock = null) : IInputOptimizer
{
    readonly AdamAscentOptions _options = options.Checked();

    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        Search.Run(objective, starts, region, trace, limits, clock, Ascend, _options.Restarts, generator);

    void Ascend(Search search)
    {
        var (m, v) = (zeros_like(search.X), zeros_like(search.X));
        var ratio = _options.StepSize > 0 ? _options.FinalStepSize / _options.StepSize : 1;
        search.Iterate(_options.Steps, t =>
        {
            var g = search.Gradient();
            m.copy_((m * _options.Beta1) + (g * (1 - _options.Beta1)));
            v.copy_((v * _options.Beta2) + (g.square() * (1 - _options.Beta2)));
            var first = m / (1 - Math.Pow(_options.Beta1, t + 1));
            var second = v / (1 - Math.Pow(_options.Beta2, t + 1));
            var step = _options.StepSize * Math.Pow(ratio, _options.Steps > 1 ? t / (_options.Steps - 1.0) : 0);
            search.MoveTo(search.X + (first / (second.sqrt() + _options.Epsilon) * search.Scale * step));
        });
        search.Measure();
    }
}
