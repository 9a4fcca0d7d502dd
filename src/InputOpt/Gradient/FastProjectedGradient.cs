using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary>
/// <see cref="ProjectedGradient"/> for fully connected networks on the CPU, on spans, float32 and float64: the yardstick of
/// <see cref="FastAdrGd"/>. It serves linear scores (<see cref="Score.Output"/>, <see cref="Score.Weighted"/>) in a <see
/// cref="Box"/>, and follows the plain version up to rounding.
/// </summary>
/// <param name="options">See <see cref="ProjectedGradientOptions"/>.</param>
/// <param name="generator">Source of the restarts, on the CPU.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <param name="kernel">How the network is evaluated.</param>
public sealed class FastProjectedGradient(
    ProjectedGradientOptions options, Generator generator, TimeProvider? clock = null, NetworkKernel kernel = NetworkKernel.Auto)
    : IInputOptimizer
{
    readonly ProjectedGradientOptions _options = options.Validated();
    object? _method;                // of the last network's shape: its weights are packed once per ReluNetwork instance

    /// <summary>Whether this version serves an objective, in a <see cref="Box"/>.</summary>
    public static bool Supports(Objective objective) => SpanSearch.Supports(objective);

    /// <inheritdoc/>
    public InputOptimum Maximize(Objective objective, Tensor starts, Region region, bool trace = false)
    {
        var box = SpanSearch.BoxOf(objective, region, nameof(FastProjectedGradient), nameof(ProjectedGradient));
        return objective.Network.Dtype == ScalarType.Float32
            ? Maximize<float>(objective, starts, box, trace)
            : Maximize<double>(objective, starts, box, trace);
    }

    InputOptimum Maximize<T>(Objective objective, Tensor starts, Box box, bool trace)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        SpanSearch.Run(objective, starts, box, trace, clock, MethodFor<T>, _options.Restarts, generator);

    SpanProjectedGradient<T> MethodFor<T>(ReluNetwork network)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_method is not SpanProjectedGradient<T> method || !method.TryLoad(network))
        {
            method = new SpanProjectedGradient<T>(_options, network, kernel);
            _method = method;
        }
        return method;
    }
}
