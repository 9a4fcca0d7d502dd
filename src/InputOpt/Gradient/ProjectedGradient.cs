using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// x ← P(x + step·direction(g)): gradient ascent, FGSM and projected gradient ascent (Madry et al. 2018), by options. For any network, score,
/// region, dtype and device; fully connected networks on the CPU with a linear score in a <see cref="Box"/> are searched without tensors, many
/// times faster.
/// </summary>
/// <param name="options">See <see cref="ProjectedGradientOptions"/>.</param>
/// <param name="generator">Source of the restarts, on the device of the problems; its state is the only state kept.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <exception cref="ArgumentOutOfRangeException">An option out of its range: names it, its value and what is allowed.</exception>
public sealed class ProjectedGradient(ProjectedGradientOptions options, Generator generator, TimeProvider? clock = null)
    : IInputOptimizer
{
    readonly SpanProjectedGradient _spans = new(options, generator, clock);
    readonly TensorProjectedGradient _tensors = new(options, generator, clock);

    /// <inheritdoc/>
    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        _spans.Serves(objective, region)
            ? _spans.Maximize(objective, starts, region, trace, limits)
            : _tensors.Maximize(objective, starts, region, trace, limits);
}
