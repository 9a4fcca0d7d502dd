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
/// <param name="seed">Of the run.</param>
sealed class DistributionPolicyNetwork(
    ObservationInput input, nn.Module<Tensor, Tensor> policy, IActionDistribution distribution, ActivationKind activation,
    long seed)
    : IPolicyNetwork
{
    public PolicyHead Head => distribution is Categorical ? PolicyHead.Logits : PolicyHead.Linear;

    public IReluNetwork Network { get; } = !input.IsImage && activation == ActivationKind.Relu
        ? ReluNetwork.FromModule(policy)
        : new ReluModule(policy, input.Shape);

    public ReluNetwork? Critic => null;

    public PolicyNoise? Noise => distribution is DiagonalGaussian gaussian ? new(gaussian.LogDeviation, null) : null;

    public Tensor Inputs(SpaceBuffer observations) => input.Of(observations);

    public Pcg64? NewRandom() => new((ulong)seed, (uint)Purpose.Agent);

    public void Act(Tensor inputs, SpaceBuffer actions, Pcg64? random = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var outputs = policy.call(inputs).cpu();
        var chosen = new float[actions.Count * distribution.Size];
        if (random is null)
        {
            distribution.Mode(outputs, chosen);
        }
        else
        {
            distribution.Sample(outputs, chosen, random);
        }

        distribution.Execute(chosen, actions);
    }
}
