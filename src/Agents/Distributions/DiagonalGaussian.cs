using System.Runtime.InteropServices;
using RL.Environments;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Actions in [−1, 1] from N(μ, σ²), each dimension for itself: the outputs are μ, log σ is a parameter of its own that does not depend
/// on the observation. Probabilities are those of the drawn action; it is cut to the bounds when it is executed.
/// </summary>
sealed class DiagonalGaussian : nn.Module, IActionDistribution
{
    static readonly double _logRootTwoPi = Math.Log(2 * Math.PI) / 2;

    readonly ActionScaling _scaling;
    // An array: fields that are parameters TorchSharp registers a second time, under their own names.
    readonly Parameter[] _logDeviations;

    /// <param name="scaling">The environment's bounds.</param>
    /// <param name="logDeviation">The first log σ of every dimension.</param>
    /// <param name="device">Where the networks are.</param>
    public DiagonalGaussian(ActionScaling scaling, double logDeviation, Device device)
        : base(nameof(DiagonalGaussian))
    {
        _scaling = scaling;
        _logDeviations = [nn.Parameter(full(1, scaling.Size, logDeviation, ScalarType.Float32, device))];
        register_parameter("log_deviation", _logDeviations[0]);
    }

    /// <summary>log σ. [1 × size]</summary>
    public Parameter LogDeviation => _logDeviations[0];

    public int Outputs => _scaling.Size;

    public int Size => _scaling.Size;

    public void Sample(Tensor outputs, Span<float> actions, Pcg64 random)
    {
        Mode(outputs, actions);
        using var deviations = LogDeviation.detach().cpu().exp();
        var sigma = MemoryMarshal.Cast<byte, float>(deviations.bytes);
        for (var i = 0; i < actions.Length; i++)
        {
            actions[i] += (float)(sigma[i % Size] * random.NextGaussian());
        }
    }

    public void Mode(Tensor outputs, Span<float> actions) => MemoryMarshal.Cast<byte, float>(outputs.bytes).CopyTo(actions);

    public void Execute(ReadOnlySpan<float> actions, SpaceBuffer destination)
    {
        Span<float> cut = new float[Size];
        for (var row = 0; row < destination.Count; row++)
        {
            System.Numerics.Tensors.TensorPrimitives.Clamp(actions.Slice(row * Size, Size), -1, 1, cut);
            _scaling.Denormalize(cut, destination.Row<float>(row));
        }
    }

    /// <summary>Σ −½ ((a − μ) / σ)² − log σ − ½ log 2π</summary>
    public Tensor LogProbability(Tensor outputs, Tensor actions)
    {
        var standardized = (actions - outputs) * (-LogDeviation).exp();
        return (standardized.square() * -0.5 - LogDeviation - _logRootTwoPi).sum(-1);
    }

    /// <summary>Σ ½ + ½ log 2π + log σ</summary>
    public Tensor Entropy(Tensor outputs) => (zeros_like(outputs) + LogDeviation + (0.5 + _logRootTwoPi)).sum(-1);
}
