using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Sits between actor and environment and replaces the actor's actions by better ones.</summary>
public interface IActionRefiner : IDisposable
{
    /// <summary>Refines the actions of B observations. No result is worse than its start by the refiner's own measure.</summary>
    /// <param name="observations">[B × observation]</param>
    /// <param name="actions">The actor's actions, in [−1, 1]. [B × action]</param>
    RefinedActions Refine(Tensor observations, Tensor actions);

    /// <summary>Writes the state of its generators.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    void Load(BinaryReader reader);
}

/// <summary>What a refinement came to.</summary>
/// <param name="Actions">In [−1, 1]. [B × action]</param>
/// <param name="Gain">By how much the critic values the refined actions higher: Q(s, a*) − Q(s, a₀) ≥ 0. [B]</param>
public readonly record struct RefinedActions(Tensor Actions, Tensor Gain);
