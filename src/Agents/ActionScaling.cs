using System.Runtime.InteropServices;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Between the networks' actions in [−1, 1] and the environment's in [low, high]: a_env = centre + half · a. Exact where the bounds are ±1.
/// An element with low = high has that one value, whatever the networks say.
/// </summary>
public sealed class ActionScaling
{
    readonly float[] _centre;
    readonly float[] _half;

    /// <summary>The scaling for a bounded float32 box.</summary>
    /// <exception cref="ArgumentException">The space is discrete, unbounded or not of float32.</exception>
    public ActionScaling(Space space)
    {
        if (space is not BoxSpace { ElementType: ElementType.Float32, IsBounded: true } box)
        {
            throw new ArgumentException($"The action space is {space}; allowed: a bounded box of float32.");
        }

        _centre = [.. box.Low.Zip(box.High, (low, high) => (float)((low + high) / 2))];
        _half = [.. box.Low.Zip(box.High, (low, high) => (float)((high - low) / 2))];
    }

    /// <summary>Number of action dimensions.</summary>
    public int Size => _centre.Length;

    /// <summary>centre and half the range of every element. [action] each</summary>
    public (float[] Centre, float[] Half) Affine => ([.. _centre], [.. _half]);

    /// <summary>From the networks' action to the environment's. [action] → [action]</summary>
    public void Denormalize(ReadOnlySpan<float> normalized, Span<float> action)
    {
        for (var i = 0; i < action.Length; i++)
        {
            action[i] = _centre[i] + (_half[i] * normalized[i]);
        }
    }

    /// <summary>From the networks' actions [N × action], on any device, to the environment's.</summary>
    public void Denormalize(Tensor normalized, SpaceBuffer actions)
    {
        ArgumentNullException.ThrowIfNull(normalized);
        ArgumentNullException.ThrowIfNull(actions);
        using var host = normalized.cpu();
        var values = MemoryMarshal.Cast<byte, float>(host.bytes);
        for (var copy = 0; copy < actions.Count; copy++)
        {
            Denormalize(values.Slice(copy * Size, Size), actions.Row<float>(copy));
        }
    }

    /// <summary>From the environment's action to the networks'; 0 where low = high, which all actions are. [action] → [action]</summary>
    public void Normalize(ReadOnlySpan<float> action, Span<float> normalized)
    {
        for (var i = 0; i < action.Length; i++)
        {
            normalized[i] = _half[i] > 0 ? (action[i] - _centre[i]) / _half[i] : 0;
        }
    }
}
