using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Successive-halving ascent with region polish, our own method (docs/sharp.md). Many starts climb by steps that fall; the best of them go
/// on. With few inputs they polish by Shor's r-algorithm, which learns from the gradients on both sides of a border between linear
/// regions to go along the border instead of to and fro across it, and the best ends with an exact walk over regions. With many they climb
/// again with longer schedules, half of them by gradients through soft gates. For any network, score, region, dtype and device; fully
/// connected networks of few inputs on the CPU with a linear score in a <see cref="Box"/> are searched without tensors, many times faster.
/// </summary>
/// <param name="options">See <see cref="SharpOptions"/>.</param>
/// <param name="generator">Source of the random starts, on the device of the problems; its state is the only state kept.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <exception cref="ArgumentOutOfRangeException">An option out of its range: names it, its value and what is allowed.</exception>
public sealed class Sharp(SharpOptions options, Generator generator, TimeProvider? clock = null) : IInputOptimizer
{
    readonly SpanSharp _spans = new(options, generator, clock);
    readonly TensorSharp _tensors = new(options, generator, clock);

    /// <inheritdoc/>
    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        _spans.Serves(objective, region)
            ? _spans.Maximize(objective, starts, region, trace, limits)
            : _tensors.Maximize(objective, starts, region, trace, limits);
}
