using System.Numerics;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary>
/// A method on spans as an optimiser: for fully connected networks on the CPU, in their element type, with linear scores
/// (<see cref="Score.Output"/>, <see cref="Score.Weighted"/>) in a <see cref="Box"/>. It follows the method on tensors up to rounding, random
/// numbers included.
/// </summary>
/// <param name="generator">Source of the random numbers, on the CPU; its state is the only state kept.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
abstract class SpanOptimizer(Generator generator, TimeProvider? clock) : IInputOptimizer
{
    object? _kept;                  // for networks of the last one's shape: weights are packed again when they change

    /// <summary>Source of the random numbers.</summary>
    protected Generator Generator { get; } = generator;

    /// <summary>Whether this version serves a problem.</summary>
    public virtual bool Serves(Objective objective, Region region) => region is Box && SpanSearch.Supports(objective);

    /// <summary>Searches as the method on tensors does; only what it <see cref="Serves"/>.</summary>
    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        objective.Network.Dtype == ScalarType.Float32
            ? SpanSearch.Run(objective, starts, (Box)region, trace, limits, clock, RunnerFor<float>, Generator)
            : SpanSearch.Run(objective, starts, (Box)region, trace, limits, clock, RunnerFor<double>, Generator);

    /// <summary>The method for networks of one shape and a number of given starts.</summary>
    protected abstract ISpanMethod<T> NewMethod<T>(ReluNetwork network, long given)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    SpanRunner<T> RunnerFor<T>(ReluNetwork network, long given)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_kept is not SpanRunner<T> runner || !runner.Method.TryLoad(network, given))
        {
            var method = NewMethod<T>(network, given);
            runner = new(method, new(method.Network));
            _kept = runner;
        }
        return runner;
    }
}
