using System.Runtime.InteropServices;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>One of K actions, with probabilities softmax(z) of the K outputs z (logits).</summary>
sealed class Categorical(int count) : IActionDistribution
{
    public int Outputs => count;

    public int Size => 1;

    public void Sample(Tensor outputs, Span<float> actions, Pcg64 random)
    {
        var logits = MemoryMarshal.Cast<byte, float>(outputs.bytes);
        for (var row = 0; row < actions.Length; row++)
        {
            actions[row] = Draw(logits.Slice(row * count, count), random.NextDouble());
        }
    }

    public void Mode(Tensor outputs, Span<float> actions)
    {
        var logits = MemoryMarshal.Cast<byte, float>(outputs.bytes);
        for (var row = 0; row < actions.Length; row++)
        {
            actions[row] = System.Numerics.Tensors.TensorPrimitives.IndexOfMax(logits.Slice(row * count, count));
        }
    }

    public void Execute(ReadOnlySpan<float> actions, SpaceBuffer destination)
    {
        var values = destination.Values<int>();
        for (var row = 0; row < actions.Length; row++)
        {
            values[row] = (int)actions[row];
        }
    }

    /// <summary>zₐ − log Σ exp z</summary>
    public Tensor LogProbability(Tensor outputs, Tensor actions) =>
        outputs.log_softmax(-1).gather(1, actions.to(ScalarType.Int64)).squeeze(1);

    /// <summary>−Σ p log p</summary>
    public Tensor Entropy(Tensor outputs)
    {
        var logarithms = outputs.log_softmax(-1);
        return -(logarithms.exp() * logarithms).sum(-1);
    }

    /// <summary>The first action at which the sum of the probabilities passes <paramref name="share"/> of 1.</summary>
    static int Draw(ReadOnlySpan<float> logits, double share)
    {
        var highest = System.Numerics.Tensors.TensorPrimitives.Max(logits);
        var total = 0.0;
        foreach (var logit in logits)
        {
            total += Math.Exp(logit - highest);
        }

        var left = share * total;
        var action = -1;
        do
        {
            left -= Math.Exp(logits[++action] - highest);
        }
        while (left >= 0 && action < logits.Length - 1);

        return action;
    }
}
