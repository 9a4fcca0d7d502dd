using System.ComponentModel.DataAnnotations;
using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>What an attack makes large, of a classifier's outputs or of a policy's.</summary>
public enum AttackLoss
{
    /// <summary>Cross-entropy of logits, deviation of continuous actions.</summary>
    Default,

    /// <summary>Logits: cross-entropy of the label, of a policy its greedy action on the true observation; targeted: minus that of
    /// the target.</summary>
    CrossEntropy,

    /// <summary>Logits: best other one minus the label's.</summary>
    Margin,

    /// <summary>Logits, three or more: difference of logits ratio (Croce and Hein 2020).</summary>
    Dlr,

    /// <summary>
    /// Continuous actions: squared distance from the action on the true observation, in units of half the action range; targeted:
    /// minus that to the target.
    /// </summary>
    Deviation,

    /// <summary>Continuous actions: −Q(s, a) of the critic at the true observation s and the action a that the policy is led
    /// to.</summary>
    Critic,
}

/// <summary>What attacks on classifiers and on policies have in common.</summary>
public abstract record AttackOptions
{
    /// <summary>What is made large.</summary>
    public AttackLoss Loss { get; init; }

    /// <summary>Whether one class or action is aimed at, rather than any other than the true one.</summary>
    public bool Targeted { get; init; }

    /// <summary>Whether the search starts at a random point of the region (Madry et al. 2018) rather than at the true input.</summary>
    public bool RandomStart { get; init; }

    /// <summary>
    /// Step of pgd, pgd-l2 and adr-gd in units of the region's radius ε. Null: 2.5 / steps of pgd and pgd-l2, 0.8 of adr-gd, whose
    /// step is of this length in every element together.
    /// </summary>
    [Range(0, 1e6, MinimumIsExclusive = true)] public double? StepSize { get; init; }

    /// <summary>Random points of the region that pgd searches from beside its start; they share its passes.</summary>
    [Range(0, 1_000_000)] public int Restarts { get; init; }

    /// <summary>μ, momentum of pgd (Dong et al. 2018).</summary>
    [Range(0, 1)] public double Momentum { get; init; }

    /// <summary>
    /// ReLU layers whose patterns ADR-GD relaxes, from 0 at the input, negative ones from the output (the paper's "partial network"
    /// for large ones). Null: all; of a policy that sees images the last one.
    /// </summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>What is wrong with them for a network of so many ReLU layers, in one sentence; null if nothing is.</summary>
    internal string? LayersProblem(int reluLayers) =>
        Layers is { } layers && layers.Any(layer => layer < -reluLayers || layer >= reluLayers)
            ? $"The ReLU layers are {string.Join(", ", layers)}; allowed: {-reluLayers} to {reluLayers - 1}."
            : null;

    /// <summary>
    /// The score of logits that an attack makes large: of <paramref name="labels"/> [B], or of <paramref name="targets"/> [B].
    /// </summary>
    internal Score LogitScore(Func<Tensor> labels, Func<Tensor> targets) => (Loss, Targeted) switch
    {
        (AttackLoss.Margin, _) => Score.Margin(labels()),
        (AttackLoss.Dlr, _) => Score.Dlr(labels()),
        (_, true) => Score.Towards(targets()),
        _ => Score.AwayFrom(labels()),
    };
}
