using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>Noise for a perturbation of <see cref="AdrGd"/>, in the place of what its generator would draw.</summary>
/// <param name="iteration">t, from 0.</param>
/// <param name="layer">Number of the ReLU layer, from 0 at the input.</param>
/// <param name="shape">[rows×…] of the layer's η; rows that are not perturbed are ignored. Fast versions ask for one row at a time.</param>
/// <returns>Numbers to be multiplied by <see cref="AdrGdOptions.PerturbNoise"/>, in the network's dtype and on its device.</returns>
public delegate Tensor PerturbationNoise(int iteration, int layer, IReadOnlyList<long> shape);

/// <summary>
/// Activation-descent regularised gradient descent (Yu and Gao, ICML 2024): gradient steps on x together with steps on relaxed
/// activation variables η, tied to each other by a constraint C (docs/adr-gd.md). For any network, score, region, dtype and device; fully
/// connected networks on the CPU with a linear score in a <see cref="Box"/> are searched without tensors, many times faster.
/// </summary>
/// <param name="options">See <see cref="AdrGdOptions"/>; its presets are the published settings.</param>
/// <param name="generator">Source of the perturbations, on the device of the problems; its state is the only state kept.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <param name="noise">Perturbations from elsewhere, such as those of a run that is to be repeated; drawn from the generator if null.</param>
/// <exception cref="ArgumentOutOfRangeException">An option out of its range: names it, its value and what is allowed.</exception>
public sealed class AdrGd(AdrGdOptions options, Generator generator, TimeProvider? clock = null, PerturbationNoise? noise = null)
    : IInputOptimizer
{
    readonly SpanAdrGd _spans = new(options, generator, clock, noise: noise);
    readonly TensorAdrGd _tensors = new(options, generator, clock, noise);

    /// <inheritdoc/>
    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        _spans.Serves(objective, region)
            ? _spans.Maximize(objective, starts, region, trace, limits)
            : _tensors.Maximize(objective, starts, region, trace, limits);
}
