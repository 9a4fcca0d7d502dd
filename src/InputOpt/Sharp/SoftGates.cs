using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Gradients that look past the linear region of x: values are the network's, while the derivative of each ReLU is σ(z / (τ·rms(z))) in place
/// of 1[z > 0], rms(z) being taken over the layer and the row. Units a little below 0 pass some of the gradient and units a little above
/// 0 not all of it. ADR-GD's gates without variables of their own; τ → 0 is the gradient itself.
/// </summary>
static class SoftGates
{
    /// <summary>
    /// o(f(x)) [rows] and its softened gradient on x [rows×…]; softness τ per row [rows×1×…], 0 for the gradient itself.
    /// </summary>
    public static (Tensor Values, Tensor Gradient) ValuesAndGradient(Objective objective, Tensor x, Tensor softness)
    {
        using var scope = NewDisposeScope();
        using var grad = enable_grad();
        var input = x.detach().requires_grad_();
        var tau = softness.reshape(-1);
        var outputs = objective.Network.Forward(input, (_, z) =>
        {
            using var inner = NewDisposeScope();
            var gate = Gate(z.detach(), tau);
            // Its value is max(z, 0), its derivative the gate.
            var passed = z * gate;
            return (passed + (z.detach().relu() - passed.detach())).MoveToOuterDisposeScope();
        });
        var detached = outputs.detach();
        var gradient = autograd.grad([outputs], [input], [objective.Score.Gradient(detached)])[0];
        return (objective.Score.Value(detached).MoveToOuterDisposeScope(), gradient.MoveToOuterDisposeScope());
    }

    static Tensor Gate(Tensor z, Tensor tau)
    {
        var rms = z.reshape(z.shape[0], -1).square().mean([1]).sqrt();
        var width = Rows.Column((tau * rms).clamp(min: 1e-30), z);
        return where(Rows.Column(tau, z).gt(0), (z / width).clamp(-60, 60).sigmoid(), z.gt(0).to(z.dtype));
    }
}
