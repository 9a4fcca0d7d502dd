using System.Runtime.InteropServices;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Sign steps on Q, or on min(Q₁, Q₂), for the states of a minibatch: <see cref="MinibatchAscent"/> on the agent's critics. Draws nothing.
/// </summary>
/// <param name="critic">Q.</param>
/// <param name="second">Q₂ where the smaller of two is maximised.</param>
/// <param name="options">Sign steps, without restarts and momentum.</param>
/// <param name="radius">Most that an element of the action may change.</param>
sealed class MinibatchRefiner(Critic critic, Critic? second, ProjectedGradientOptions options, double radius) : IActionRefiner
{
    readonly MinibatchAscent _ascent = new(
        ReluNetwork.FromModule(critic.Net), critic.Sizes.Observation, options, second is null ? null : ReluNetwork.FromModule(second.Net));

    /// <summary>Whether these steps are what the options ask for, and this is the quickest way to make them.</summary>
    public static bool Serves(Critic critic, ProjectedGradientOptions options, Device device) =>
        device.type == DeviceType.CPU && MinibatchAscent.Serves(options)
        && MinibatchAscent.IsQuickest(ReluNetwork.FromModule(critic.Net), critic.Sizes.Observation);

    /// <inheritdoc/>
    public RefinedActions Refine(Tensor observations, Tensor actions)
    {
        using var s = observations.contiguous();
        using var a = actions.contiguous();
        var (best, gain) = (empty_like(a), empty(a.shape[0]));
        _ascent.Maximize(Numbers(s), Numbers(a), radius, -1, 1, Numbers(best), Numbers(gain));
        return new RefinedActions(best, gain);
    }

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    static Span<float> Numbers(Tensor tensor) => MemoryMarshal.Cast<byte, float>(tensor.bytes);
}
