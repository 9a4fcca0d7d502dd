using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Who computes the gradients of an actor and its critics.</summary>
public enum GradientMethod
{
    /// <summary>By hand where that is possible (networks on the CPU, a CBLAS library on the system), else autograd.</summary>
    Auto,

    /// <summary>The tensor library's autograd: on every device.</summary>
    Autograd,

    /// <summary>Written out for multilayer perceptrons on the CPU; the same numbers but for rounding, and faster.</summary>
    ByHand,
}

/// <summary>Critics, the actors of DDPG's kind that they teach, if any, and their slowly moving targets (in the same order).</summary>
sealed record ActorCritic(Actor[] Actors, Critic[] Critics, Actor[] TargetActors, Critic[] TargetCritics)
{
    /// <summary>Targets start as copies: μ′ ← μ, Qᵢ′ ← Qᵢ.</summary>
    public void CopyToTargets()
    {
        foreach (var (target, actor) in TargetActors.Zip(Actors))
        {
            target.CopyFrom(actor);
        }

        foreach (var (target, critic) in TargetCritics.Zip(Critics))
        {
            target.CopyFrom(critic);
        }
    }
}

/// <summary>Learning rates of an actor and its critics, and the critics' weight decay.</summary>
readonly record struct Rates(double Actor, double Critics, double CriticWeightDecay = 0);

/// <summary>
/// What learning does with the networks of DDPG and TD3, and with the critics of other agents: values, and steps of Adam along their gradients. <see cref="AutogradTrainer"/>
/// is the plain version, <see cref="FastTrainer"/> the fast one. Tensors that are returned are valid until the next call.
/// </summary>
interface INetworkTrainer : IDisposable
{
    /// <summary>μ(s), and nothing to differentiate. [N × observation] → [N × action]</summary>
    Tensor Act(Actor actor, Tensor s);

    /// <summary>Q(s, a), and nothing to differentiate. [N × observation], [N × action] → [N × 1]</summary>
    Tensor Value(Critic critic, Tensor s, Tensor a);

    /// <summary>One step of all critics towards argmin Σᵢ N⁻¹ Σ (y − Qᵢ(s, a))². y: [N × 1]</summary>
    /// <returns>The loss, and the mean of Q₁(s, a), both from before the step.</returns>
    (double Loss, double Value) DescendCritics(Tensor s, Tensor a, Tensor y);

    /// <summary>
    /// One step of an actor along N⁻¹ Σ ∇ₐQ₁(s, a)|ₐ₌μ(s) ∇φ μ(s), and down the gradient of the guide's loss if there is one.
    /// </summary>
    /// <param name="actor">Which one of <see cref="ActorCritic.Actors"/>.</param>
    /// <param name="s">[N × observation]</param>
    /// <param name="guide">What it learns towards.</param>
    /// <returns>The mean of Q₁(s, μ(s)) from before the step.</returns>
    double AscendActor(int actor, Tensor s, ActorGuide? guide = null);

    /// <summary>θᵢ′ ← τθᵢ + (1 − τ)θᵢ′, φ′ ← τφ + (1 − τ)φ′.</summary>
    void MoveTargets(double tau);

    /// <summary>Writes the state of the optimizers.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    /// <exception cref="InvalidDataException">It is of another method.</exception>
    void Load(BinaryReader reader);
}

/// <summary>Chooses between the implementations.</summary>
static class NetworkTrainers
{
    /// <summary>A trainer for minibatches of <paramref name="batchSize"/> transitions.</summary>
    /// <exception cref="ArgumentException">The gradients are to be computed by hand, but cannot.</exception>
    public static INetworkTrainer Create(GradientMethod method, ActorCritic networks, Rates rates, int batchSize, Device device)
    {
        var obstacle = device.type != DeviceType.CPU ? $"the networks are on {device}"
            : !Blas.IsAvailable ? "this libtorch has no sgemm_"
            : null;
        if (method == GradientMethod.ByHand && obstacle is not null)
        {
            throw new ArgumentException($"training.gradients is by_hand; allowed: auto or autograd, because {obstacle}.", nameof(method));
        }

        return method == GradientMethod.Autograd || obstacle is not null
            ? new AutogradTrainer(networks, rates)
            : new FastTrainer(networks, rates, batchSize);
    }
}
