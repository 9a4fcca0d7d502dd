using RL.Environments;

namespace RL.Agents;

/// <summary>An agent whose actions can be refined by its critic.</summary>
public interface IRefinable
{
    /// <summary>
    /// Plays as an enhanced agent: a* of every copy that <paramref name="isPlaying"/>, μ(s) of the others. Nothing of the agent changes.
    /// </summary>
    /// <param name="observations">[N × observation]</param>
    /// <param name="actions">[N × action], written.</param>
    /// <param name="isPlaying">Whose actions are refined [N].</param>
    /// <returns>Σ Q(s, a*) − Q(s, μ(s)) over those copies.</returns>
    /// <exception cref="InvalidOperationException">The agent was made with refine.evaluate.method=none.</exception>
    double ActRefined(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying);
}

/// <summary>Options of an agent that is <see cref="IRefinable"/>.</summary>
public interface IRefinableOptions
{
    /// <summary>Refinement of actions by a critic.</summary>
    RefinementOptions Refine { get; }
}
