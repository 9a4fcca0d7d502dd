using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>o(u) = sign·‖a(u) − target‖², a(u) the action of outputs u: tanh(u), or u itself.</summary>
/// <param name="Targets">[B×action]</param>
/// <param name="Head">What makes an action of outputs.</param>
/// <param name="Sign">1: away from the targets, −1: towards them.</param>
sealed record ActionDistanceScore(Tensor Targets, PolicyHead Head, int Sign) : Score
{
    public override Tensor Value(Tensor outputs) => (ActionHeads.Action(outputs, Head) - Targets).square().sum(1) * Sign;

    /// <summary>∂o/∂u = 2·sign·(a − target)∘a′(u).</summary>
    public override Tensor Gradient(Tensor outputs)
    {
        var a = ActionHeads.Action(outputs, Head);
        return (a - Targets) * ActionHeads.Slope(a, Head) * (2 * Sign);
    }

    public override Score Repeat(long starts) => this with { Targets = RepeatRows(Targets, starts) };

    public override void ThrowUnlessFits(long problems, long outputs)
    {
        if (!Targets.shape.AsSpan().SequenceEqual([problems, outputs]))
        {
            throw new ArgumentException(
                $"Actions are [{string.Join('×', Targets.shape)}]; allowed for {problems} problems: [{problems}×{outputs}].");
        }
    }
}

/// <summary>o(u) = −Q(s, a(u)), s the true observations: what the critic thinks of the action that the policy is led
/// to.</summary>
/// <param name="Critic">Q(s, ·), s fixed.</param>
/// <param name="Head">What makes an action of outputs.</param>
sealed record CriticScore(IReluNetwork Critic, PolicyHead Head) : Score
{
    public override Tensor Value(Tensor outputs) => Critic.Forward(ActionHeads.Action(outputs, Head)).squeeze(1).neg();

    /// <summary>∂o/∂u = −∂Q/∂a∘a′(u).</summary>
    public override Tensor Gradient(Tensor outputs)
    {
        var a = ActionHeads.Action(outputs, Head);
        return (Critic.ValuesAndGradient(a, Output()).Gradient * ActionHeads.Slope(a, Head)).neg();
    }

    public override Score Repeat(long starts) => this with { Critic = Critic.Repeat(starts) };

    public override void ThrowUnlessFits(long problems, long outputs)
    {
        if (Critic.InputShape[^1] != outputs || Critic.Problems != problems)
        {
            throw new ArgumentException(
                $"The critic takes {Critic.InputShape[^1]} elements of an action in {Critic.Problems} states; "
                + $"the policy has {outputs} in {problems}.");
        }
    }
}

/// <summary>From outputs to continuous actions.</summary>
static class ActionHeads
{
    /// <summary>a(u) [rows×action].</summary>
    public static Tensor Action(Tensor outputs, PolicyHead head) => head == PolicyHead.Tanh ? outputs.tanh() : outputs;

    /// <summary>a′(u) [rows×action] where the action is a.</summary>
    public static Tensor Slope(Tensor actions, PolicyHead head) =>
        head == PolicyHead.Tanh ? 1 - actions.square() : ones_like(actions);
}
