using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Deterministic policy μ(s) = tanh(mlp(s)): [B × observation] → [B × action], every action in [−1, 1].</summary>
public sealed class Actor : nn.Module<Tensor, Tensor>
{
    /// <summary>A policy with freshly drawn weights.</summary>
    public Actor(int observationSize, int actionSize, IReadOnlyList<int> hidden, Generator generator)
        : base(nameof(Actor))
    {
        Net = new Mlp(observationSize, hidden, actionSize, generator);
        register_module("net", Net);
    }

    /// <summary>The network below the tanh.</summary>
    public Mlp Net { get; }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => tanh(Net.call(input));
}
