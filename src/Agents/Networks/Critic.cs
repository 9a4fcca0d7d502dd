using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Action value Q(s, a): [B × observation], [B × action] → [B × 1]. One ReLU network of [s; a], observation first, so that for a
/// fixed s it is a ReLU network of the action alone.
/// </summary>
public sealed class Critic : nn.Module<Tensor, Tensor, Tensor>
{
    /// <summary>A critic with freshly drawn weights.</summary>
    public Critic(int observationSize, int actionSize, IReadOnlyList<int> hidden, Generator generator)
        : base(nameof(Critic))
    {
        Sizes = (observationSize, actionSize);
        Net = new Mlp(observationSize + actionSize, hidden, 1, generator);
        register_module("net", Net);
    }

    /// <summary>Elements of s and of a.</summary>
    public (int Observation, int Action) Sizes { get; }

    /// <summary>The network of [s; a].</summary>
    public Mlp Net { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input1, Tensor input2) => Net.call(cat([input1, input2], 1));
}
