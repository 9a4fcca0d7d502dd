using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The policy of PPO, whose greedy action is the likeliest one: the largest logit, or the mean of a Gaussian.</summary>
/// <param name="input">Makes inputs of observations.</param>
/// <param name="policy">[N×InputShape] → the distribution's parameters [N×outputs].</param>
/// <param name="distribution">π(·|s).</param>
/// <param name="activation">Between the layers of a fully connected policy.</param>
sealed class DistributionPolicyNetwork(
    ObservationInput input, nn.Module<Tensor, Tensor> policy, IActionDistribution distribution, ActivationKind activation)
    : IPolicyNetwork
{
    public PolicyHead Head => distribution is Categorical ? PolicyHead.Logits : PolicyHead.Linear;

    public IReluNetwork Network { get; } = !input.IsImage && activation == ActivationKind.Relu
        ? ReluNetwork.FromModule(policy)
        : new ReluModule(policy, input.Shape);

    public ReluNetwork? Critic => null;

    public Tensor Inputs(SpaceBuffer observations) => input.Of(observations);

    public void Act(Tensor inputs, SpaceBuffer actions)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var likeliest = new float[actions.Count * distribution.Size];
        distribution.Mode(policy.call(inputs).cpu(), likeliest);
        distribution.Execute(likeliest, actions);
    }
}
