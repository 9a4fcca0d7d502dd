using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Deterministic policy μ(s) = tanh(mlp(s)): [B × observation] → [B × action], every action in [−1, 1].</summary>
public sealed class Actor : nn.Module<Tensor, Tensor>
{
    readonly Mlp _net;

    /// <summary>A policy with freshly drawn weights.</summary>
    public Actor(int observationSize, int actionSize, IReadOnlyList<int> hidden, Generator generator)
        : base(nameof(Actor))
    {
        _net = new Mlp(observationSize, hidden, actionSize, generator);
        register_module("net", _net);
    }

    /// <inheritdoc/>
    public override Tensor forward(Tensor input) => tanh(_net.call(input));
}
