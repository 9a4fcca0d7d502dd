using RL.Environments;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The policy of DDPG and TD3: μ(s) = tanh(mlp(s)), with a critic that values its actions.</summary>
sealed class ActorPolicyNetwork(BehaviourPolicy behaviour, Actor actor, Critic critic) : IPolicyNetwork
{
    public PolicyHead Head => PolicyHead.Tanh;

    public IReluNetwork Network { get; } = ReluNetwork.FromModule(actor.Net);

    public ReluNetwork? Critic { get; } = ReluNetwork.FromModule(critic.Net);

    public Tensor Inputs(SpaceBuffer observations) => behaviour.Upload(observations);

    public Pcg64? NewRandom() => null;

    public void Act(Tensor inputs, SpaceBuffer actions, Pcg64? random = null) => behaviour.ActGreedily(inputs, actions);
}
