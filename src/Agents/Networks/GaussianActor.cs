using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Stochastic policy π(a|s) of a = tanh(u), u ~ N(m(s), diag σ(s)²): one ReLU network of s whose outputs are m and log σ, the latter cut to
/// [−20, 2] (Haarnoja et al. 2018, appendix C).
/// </summary>
public sealed class GaussianActor : nn.Module<Tensor, (Tensor Mean, Tensor LogDeviation)>
{
    readonly int _actions;

    /// <summary>A policy with freshly drawn weights.</summary>
    public GaussianActor(int observationSize, int actionSize, IReadOnlyList<int> hidden, Generator generator)
        : base(nameof(GaussianActor))
    {
        _actions = actionSize;
        Net = new Mlp(observationSize, hidden, 2 * actionSize, generator);
        register_module("net", Net);
    }

    /// <summary>[B × observation] → [B × 2 action]: m, then log σ before it is cut.</summary>
    public Mlp Net { get; }

    /// <summary>The network of m alone, for as long as the weights stay where they are. [B × observation] → [B × action]</summary>
    public ReluNetwork MeanNetwork()
    {
        using var noGrad = no_grad();
        var layers = ReluNetwork.FromModule(Net).Layers;
        var last = new ReluLayer(layers[^1].Weight.narrow(0, 0, _actions), layers[^1].Bias.narrow(0, 0, _actions));
        return new ReluNetwork([.. layers.SkipLast(1), last]);
    }

    /// <summary>m and log σ. [B × observation] → [B × action] each</summary>
    public override (Tensor Mean, Tensor LogDeviation) forward(Tensor input)
    {
        var outputs = Net.call(input);
        return (outputs.narrow(1, 0, _actions), outputs.narrow(1, _actions, _actions).clamp(PolicyNoise.LeastLog, PolicyNoise.MostLog));
    }

    /// <summary>ε ~ N(0, 1) for some states. [rows × actions]</summary>
    internal static Tensor Noise(long rows, int actions, Pcg64 random, Device device)
    {
        var values = new float[rows * actions];
        foreach (ref var value in values.AsSpan())
        {
            value = (float)random.NextGaussian();
        }

        return tensor(values, [rows, actions], device: device);
    }

    /// <summary>The greedy action tanh(m(s)). [B × observation] → [B × action]</summary>
    public Tensor Greedy(Tensor s) => call(s).Mean.tanh();

    /// <summary>
    /// a = tanh(m + σ ε) and log π(a|s) = Σ log N(u; m, σ²) − log(1 − tanh² u), with log(1 − tanh² u) = 2 (log 2 − u − softplus(−2u)) so that
    /// it does not overflow. Differentiable: the reparameterised sample.
    /// </summary>
    /// <param name="s">[B × observation]</param>
    /// <param name="noise">ε ~ N(0, 1). [B × action]</param>
    /// <returns>[B × action] and [B × 1].</returns>
    public (Tensor Actions, Tensor LogProbability) Sample(Tensor s, Tensor noise)
    {
        var (mean, logDeviation) = call(s);
        var u = mean + (logDeviation.exp() * noise);
        var normal = (noise.square() * -0.5) - (logDeviation + (0.5 * Math.Log(2 * Math.PI)));
        var squash = (-u + Math.Log(2) - nn.functional.softplus(u * -2)) * 2;
        return (u.tanh(), (normal - squash).sum(1, keepdim: true));
    }
}
