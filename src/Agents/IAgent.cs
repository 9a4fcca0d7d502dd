using RL.Environments;
using TorchSharp;

namespace RL.Agents;

/// <summary>
/// A learning algorithm with everything it learns and remembers. One loop drives every agent (<see cref="TrainingLoop"/>);
/// the agent alone decides when to learn.
/// </summary>
public interface IAgent : IDisposable
{
    /// <summary>
    /// Chooses an action for every copy. With <paramref name="explore"/> the agent explores as its algorithm says (and its
    /// generators move on); without, it acts greedily and its state does not change.
    /// </summary>
    /// <param name="observations">[N × observation]</param>
    /// <param name="actions">[N × action], written.</param>
    /// <param name="explore">True while training.</param>
    void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore);

    /// <summary>Stores one step of every training copy.</summary>
    void Observe(StepOutcome outcome);

    /// <summary>Learns, if an update is due.</summary>
    /// <param name="metrics">Receives losses and other metrics.</param>
    void Update(IMetrics metrics);

    /// <summary>The networks by name ("actor.0.weight", …), as they are exported. The tensors stay the agent's.</summary>
    IReadOnlyDictionary<string, torch.Tensor> Networks { get; }

    /// <summary>Replaces the networks' values by <paramref name="tensors"/>, as read from an exported file.</summary>
    /// <exception cref="InvalidDataException">A tensor is missing, unknown or of another shape.</exception>
    void LoadNetworks(IReadOnlyDictionary<string, torch.Tensor> tensors);

    /// <summary>Writes the complete state: networks, optimisers, memory, generators, counters.</summary>
    void Save(BinaryWriter writer);

    /// <summary>Restores what <see cref="Save"/> wrote, into an agent made with the same options and spaces.</summary>
    /// <exception cref="InvalidDataException">The state is of another agent.</exception>
    void Load(BinaryReader reader);
}

/// <summary>Receives scalars. The tags are listed in docs/metrics.md.</summary>
public interface IMetrics
{
    /// <summary>One value of the series <paramref name="tag"/> at the current step.</summary>
    void Scalar(string tag, double value);

    /// <summary>
    /// Where to put the distributions of the update that is made just now; null if none are wanted, as of most updates. Whoever takes it
    /// fills it before the update ends.
    /// </summary>
    IHistograms? TakeHistograms() => null;
}

/// <summary>Receives the distributions of one update. The tags are listed in docs/metrics.md.</summary>
public interface IHistograms
{
    /// <summary>All values of a tensor or minibatch, in any order.</summary>
    void Add(string tag, ReadOnlySpan<float> values);
}
