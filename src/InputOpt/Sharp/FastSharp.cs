using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary>
/// <see cref="Sharp"/> for fully connected networks of few inputs on the CPU, on spans, float32 and float64: what refines an action at every step
/// of training. It serves linear scores (<see cref="Score.Output"/>, <see cref="Score.Weighted"/>) in a <see cref="Box"/>, and follows the
/// plain version up to rounding, random starts included. For many inputs the plain version's batched products are as fast.
/// </summary>
/// <param name="options">See <see cref="SharpOptions"/>.</param>
/// <param name="generator">Source of the random starts, on the CPU; its state is the only state kept.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <param name="kernel">How the network is evaluated.</param>
public sealed class FastSharp(
    SharpOptions options, Generator generator, TimeProvider? clock = null, NetworkKernel kernel = NetworkKernel.Auto)
    : IInputOptimizer
{
    readonly SharpOptions _options = options.Checked();
    object? _method;                // of the last network's shape: its weights are packed once per ReluNetwork instance

    /// <summary>Whether this version serves an objective, in a <see cref="Box"/>.</summary>
    public static bool Supports(Objective objective) =>
        SpanSearch.Supports(objective) && ((ReluNetwork)objective.Network).Inputs <= SharpPlan.FewInputs;

    /// <inheritdoc/>
    public InputOptimum Maximize(Objective objective, Tensor starts, Region region, bool trace = false)
    {
        var box = SpanSearch.BoxOf(objective, region, nameof(FastSharp), nameof(Sharp));
        if (!Supports(objective))
        {
            throw new ArgumentException(
                $"FastSharp serves networks of at most {SharpPlan.FewInputs} inputs; use Sharp for others.", nameof(objective));
        }
        return objective.Network.Dtype == ScalarType.Float32
            ? Maximize<float>(objective, starts, box, trace)
            : Maximize<double>(objective, starts, box, trace);
    }

    InputOptimum Maximize<T>(Objective objective, Tensor starts, Box box, bool trace)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var (_, given) = objective.ThrowUnlessFits(starts, box);
        var plan = SharpPlan.For(_options, ((ReluNetwork)objective.Network).Inputs, given, walks: true);
        return SpanSearch.Run(
            objective, starts, box, trace, clock, network => MethodFor<T>(network, plan),
            (int)Math.Max(plan.Starts - given, 0), generator);
    }

    SpanSharp<T> MethodFor<T>(ReluNetwork network, SharpPlan plan)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_method is not SpanSharp<T> method || method.Plan.Starts != plan.Starts || !method.TryLoad(network))
        {
            method = new SpanSharp<T>(_options, plan, network, kernel);
            _method = method;
        }
        return method;
    }
}
