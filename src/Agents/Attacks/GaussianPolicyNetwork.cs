using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The policy of SAC: greedily tanh(m(s)), with a critic that values its actions.</summary>
/// <param name="input">Makes inputs of observations.</param>
/// <param name="actor">π.</param>
/// <param name="critic">Q₁.</param>
/// <param name="scaling">To the environment's bounds.</param>
/// <param name="seed">Of the run.</param>
sealed class GaussianPolicyNetwork(ObservationInput input, GaussianActor actor, Critic critic, ActionScaling scaling, long seed)
    : IPolicyNetwork
{
    public PolicyHead Head => PolicyHead.Tanh;

    public IReluNetwork Network { get; } = actor.MeanNetwork();

    public ReluNetwork? Critic { get; } = ReluNetwork.FromModule(critic.Net);

    public PolicyNoise Noise => new(null, ReluNetwork.FromModule(actor.Net));

    public Tensor Inputs(SpaceBuffer observations) => input.Of(observations);

    public Pcg64? NewRandom() => new((ulong)seed, (uint)Purpose.Agent);

    public void Act(Tensor inputs, SpaceBuffer actions, Pcg64? random = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var chosen = random is null
            ? actor.Greedy(inputs)
            : actor.Sample(inputs, GaussianActor.Noise(inputs.shape[0], scaling.Size, random, inputs.device)).Actions;
        scaling.Denormalize(chosen, actions);
    }
}
