using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>
/// Better actions that an actor learns towards, as in GRAC (Shao et al., CoRL 2021), which finds them by CEM: λ N⁻¹ Σ gain ‖μφ(s) − a*‖²,
/// gain = Q(s, a*) − Q(s, μ(s)) ≥ 0 a constant.
/// </summary>
/// <param name="Actions">a*. [N × action]</param>
/// <param name="Gains">[N]</param>
/// <param name="Weight">λ.</param>
sealed record ActorGuide(Tensor Actions, Tensor Gains, double Weight)
{
    /// <summary>Refines μ(s); null if the actor is not guided, or not yet.</summary>
    /// <param name="refinement">Does it; null: the actor is not guided.</param>
    /// <param name="options">Its weight.</param>
    /// <param name="actor">μ. [N × observation] → [N × action]</param>
    /// <param name="s">[N × observation]</param>
    /// <param name="step">Environment steps so far.</param>
    /// <param name="metrics">Receives gain, time and loss.</param>
    public static ActorGuide? Find(
        BatchRefinement? refinement, GuideRefinement options, Func<Tensor, Tensor> actor, Tensor s, long step, IMetrics metrics)
    {
        if (refinement is null)
        {
            return null;
        }

        using var noGrad = no_grad();
        var a = actor(s);
        if (refinement.Refine(s, a, step, metrics) is not { } refined)
        {
            return null;
        }

        var guide = new ActorGuide(refined.Actions, refined.Gain, options.Weight);
        metrics.Scalar("loss/guide", guide.Loss(a).ToSingle());
        return guide;
    }

    /// <summary>The loss of the actor's actions [N × action] → a number.</summary>
    public Tensor Loss(Tensor a) => (Gains * (a - Actions).square().sum(1)).mean() * Weight;
}
