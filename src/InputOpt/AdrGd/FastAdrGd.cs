using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary>How a fast optimiser evaluates the network.</summary>
public enum NetworkKernel
{
    /// <summary>What should be faster for the network's sizes.</summary>
    Auto,

    /// <summary>Layer after layer: for many inputs, small networks and large steps.</summary>
    Dense,

    /// <summary>By affine maps that change where neurons flip: for few inputs and steps that flip few neurons.</summary>
    Incremental,
}

/// <summary>
/// <see cref="AdrGd"/> for fully connected networks on the CPU, on spans: every form of <see cref="AdrGdOptions"/>, float32 and
/// float64, with gradients in closed form, vector instructions and no allocation per iteration. It serves linear scores
/// (<see cref="Score.Output"/>, <see cref="Score.Weighted"/>) in a <see cref="Box"/>. Starts are searched from one after the
/// other; a single one follows <see cref="AdrGd"/> up to rounding, noise included.
/// </summary>
public sealed class FastAdrGd : IInputOptimizer
{
    readonly AdrGdOptions _options;
    readonly Generator _generator;
    readonly TimeProvider? _clock;
    readonly NetworkKernel _kernel;
    object? _method;                // of the last network's shape: its weights are packed once per ReluNetwork instance

    /// <param name="options">See <see cref="AdrGdOptions"/>.</param>
    /// <param name="generator">Source of the perturbations, on the CPU; its state is the only state kept.</param>
    /// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
    /// <param name="kernel">How the network is evaluated.</param>
    public FastAdrGd(
        AdrGdOptions options, Generator generator, TimeProvider? clock = null, NetworkKernel kernel = NetworkKernel.Auto)
    {
        (_options, _generator, _clock, _kernel) = (options.Validated(), generator, clock, kernel);
    }

    /// <summary>Whether this version serves an objective, in a <see cref="Box"/>.</summary>
    public static bool Supports(Objective objective) => SpanSearch.Supports(objective);

    /// <inheritdoc/>
    public InputOptimum Maximize(Objective objective, Tensor starts, Region region, bool trace = false)
    {
        var box = SpanSearch.BoxOf(objective, region, nameof(FastAdrGd), nameof(AdrGd));
        return objective.Network.Dtype == ScalarType.Float32
            ? Maximize<float>(objective, starts, box, trace)
            : Maximize<double>(objective, starts, box, trace);
    }

    InputOptimum Maximize<T>(Objective objective, Tensor starts, Box box, bool trace)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        SpanSearch.Run(objective, starts, box, trace, _clock, MethodFor<T>);

    SpanAdrGd<T> MethodFor<T>(ReluNetwork network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_method is not SpanAdrGd<T> method || !method.TryLoad(network))
        {
            method = new SpanAdrGd<T>(_options, _generator, network, _kernel);
            _method = method;
        }
        return method;
    }
}
