using RL.Environments;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The policy of DDPG and TD3: μ(s) = tanh(mlp(s)), with a critic that values its actions.</summary>
sealed class ActorPolicyNetwork(ObservationInput input, Actor actor, Critic critic, ActionScaling scaling) : IPolicyNetwork
{
    public PolicyHead Head => PolicyHead.Tanh;

    public IReluNetwork Network { get; } = ReluNetwork.FromModule(actor.Net);

    public ReluNetwork? Critic { get; } = ReluNetwork.FromModule(critic.Net);

    public Tensor Inputs(SpaceBuffer observations) => input.Of(observations);

    public Pcg64? NewRandom() => null;

    public void Act(Tensor inputs, SpaceBuffer actions, Pcg64? random = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        scaling.Denormalize(actor.call(inputs), actions);
    }
}
