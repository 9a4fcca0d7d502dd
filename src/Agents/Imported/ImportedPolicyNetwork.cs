using RL.Environments;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>A policy whose network is another program's.</summary>
/// <param name="input">Makes inputs of observations.</param>
/// <param name="network">[N×InputShape] → [N×outputs].</param>
/// <param name="head">What the outputs are.</param>
/// <param name="distribution">Makes actions of outputs.</param>
/// <param name="noise">Of continuous actions; null: there is none.</param>
/// <param name="critic">Q(s, a); null: there is none.</param>
/// <param name="seed">Of what is drawn.</param>
sealed class ImportedPolicyNetwork(
    ObservationInput input, IReluNetwork network, PolicyHead head, IActionDistribution distribution, PolicyNoise? noise, ReluNetwork? critic, long seed)
    : IPolicyNetwork
{
    public PolicyHead Head => head;

    public IReluNetwork Network => network;

    public ReluNetwork? Critic => critic;

    public PolicyNoise? Noise => noise;

    public Tensor Inputs(SpaceBuffer observations) => input.Of(observations);

    public Pcg64? NewRandom() => head == PolicyHead.Logits || noise is not null ? new((ulong)seed, (uint)Purpose.Agent) : null;

    public void Act(Tensor inputs, SpaceBuffer actions, Pcg64? random = null)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var outputs = network.Forward(inputs);
        var chosen = new float[actions.Count * distribution.Size];
        if (random is not null && head == PolicyHead.Logits)
        {
            distribution.Sample(outputs.cpu(), chosen, random);
        }
        else
        {
            // a = head(m(s) + σ ε)
            var values = random is null || noise is null ? outputs : outputs + (Deviation(inputs, noise) * GaussianActor.Noise(actions.Count, distribution.Size, random, inputs.device));
            distribution.Mode((head == PolicyHead.Tanh ? values.tanh() : values).cpu().contiguous(), chosen);
        }

        distribution.Execute(chosen, actions);
    }

    static Tensor Deviation(Tensor inputs, PolicyNoise noise)
    {
        if (noise.Whole is not { } whole)
        {
            return noise.LogDeviation!.exp();
        }

        var size = whole.Outputs / 2;
        return whole.Forward(inputs).narrow(1, size, size).clamp(PolicyNoise.LeastLog, PolicyNoise.MostLog).exp();
    }
}
