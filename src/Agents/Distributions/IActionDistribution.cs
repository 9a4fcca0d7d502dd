using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>π(·|s): the distribution of actions whose parameters a policy network puts out.</summary>
interface IActionDistribution
{
    /// <summary>Outputs of the policy network.</summary>
    int Outputs { get; }

    /// <summary>Numbers that one action is kept as.</summary>
    int Size { get; }

    /// <summary>Draws a ~ π(·|s) for every row. [N × outputs] on the CPU → [N × size]</summary>
    void Sample(Tensor outputs, Span<float> actions, Pcg64 random);

    /// <summary>The likeliest action of every row. [N × outputs] on the CPU → [N × size]</summary>
    void Mode(Tensor outputs, Span<float> actions);

    /// <summary>Writes the actions as the environment takes them. [N × size]</summary>
    void Execute(ReadOnlySpan<float> actions, SpaceBuffer destination);

    /// <summary>log π(a|s). [N × outputs], [N × size] → [N]</summary>
    Tensor LogProbability(Tensor outputs, Tensor actions);

    /// <summary>−Σ or −∫ π log π. [N × outputs] → [N]</summary>
    Tensor Entropy(Tensor outputs);
}
