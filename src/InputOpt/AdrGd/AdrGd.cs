using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Activation-descent regularised gradient descent (Yu and Gao, ICML 2024): gradient steps on x together with steps on relaxed
/// activation variables η, tied to each other by a constraint C (docs/adr-gd.md). For any network, score, region, dtype and device; fully
/// connected networks on the CPU with a linear score in a <see cref="Box"/> are searched without tensors, many times faster.
/// </summary>
/// <param name="options">See <see cref="AdrGdOptions"/>; its presets are the published settings.</param>
/// <param name="generator">Source of the perturbations, on the device of the problems; its state is the only state kept.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <exception cref="ArgumentOutOfRangeException">An option out of its range: names it, its value and what is allowed.</exception>
public sealed class AdrGd(AdrGdOptions options, Generator generator, TimeProvider? clock = null) : IInputOptimizer
{
    readonly SpanAdrGd _spans = new(options, generator, clock);
    readonly TensorAdrGd _tensors = new(options, generator, clock);

    /// <inheritdoc/>
    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        _spans.Serves(objective, region)
            ? _spans.Maximize(objective, starts, region, trace, limits)
            : _tensors.Maximize(objective, starts, region, trace, limits);
}
