using RL.Environments;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>An agent whose greedy policy is a network of the observation, so that its observations can be attacked.</summary>
public interface IAttackable
{
    /// <summary>The greedy policy as it is now. It stays the agent's. Null if it is not one network.</summary>
    IPolicyNetwork? PolicyNetwork { get; }
}

/// <summary>What the outputs of a policy's network are.</summary>
public enum PolicyHead
{
    /// <summary>Logits of discrete actions; the largest is the greedy action.</summary>
    Logits,

    /// <summary>u, where the action is tanh(u) in units of half the action range.</summary>
    Tanh,

    /// <summary>The action itself, in units of half the action range; what lies outside [−1, 1] is cut off.</summary>
    Linear,
}

/// <summary>
/// A greedy policy taken apart: observation → network input x → outputs → action. Only the outputs are a ReLU network of x; what
/// makes an action of them is the <see cref="Head"/>.
/// </summary>
public interface IPolicyNetwork
{
    /// <summary>What the outputs are.</summary>
    PolicyHead Head { get; }

    /// <summary>[rows×InputShape] → [rows×m]: logits or the action before its head. All ReLUs are visible.</summary>
    IReluNetwork Network { get; }

    /// <summary>Q(s, a) of [s; a] → [1], a in the units of <see cref="PolicyHead.Tanh"/>; null if the agent has none.</summary>
    ReluNetwork? Critic { get; }

    /// <summary>
    /// The network's inputs [N×InputShape] for observations, float32: as they are, or of bytes their 255th part, channels first.
    /// The tensor may be overwritten by the next call.
    /// </summary>
    Tensor Inputs(SpaceBuffer observations);

    /// <summary>
    /// The Gaussian that continuous actions are drawn from; null if the policy is deterministic, or draws from logits.
    /// </summary>
    PolicyNoise? Noise => null;

    /// <summary>
    /// A generator in its initial state, to sample actions as in training; null if the policy is deterministic.
    /// </summary>
    Pcg64? NewRandom();

    /// <summary>Writes the action for each input [N×InputShape], bit-identical to the agent's own.</summary>
    /// <param name="inputs">[N×InputShape]</param>
    /// <param name="actions">[N × action], written.</param>
    /// <param name="random">Samples actions as in training; null: greedy actions.</param>
    void Act(Tensor inputs, SpaceBuffer actions, Pcg64? random = null);
}

/// <summary>How continuous actions are drawn: head(m(s) + σ ε), ε ~ N(0, 1). One of the two is given.</summary>
/// <param name="LogDeviation">log σ, the same in every state [1×m]; null if it depends on the state.</param>
/// <param name="Whole">[rows×InputShape] → [rows×2m]: m(s), then log σ(s) before it is cut to [−20, 2]; null if log σ does not depend on s.</param>
public sealed record PolicyNoise(Tensor? LogDeviation, IReluNetwork? Whole)
{
    /// <summary>log σ(s) is at least this.</summary>
    public const double LeastLog = -20;

    /// <summary>log σ(s) is this at most.</summary>
    public const double MostLog = 2;
}
