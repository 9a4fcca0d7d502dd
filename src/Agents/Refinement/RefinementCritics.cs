using RL.InputOpt;

namespace RL.Agents;

/// <summary>The critics that a refinement may maximise.</summary>
/// <param name="Online">Q₁.</param>
/// <param name="Targets">Q₁′, and Q₂′ where there are twins.</param>
sealed record RefinementCritics(Critic Online, params Critic[] Targets)
{
    /// <summary>The network of [s; a] that <see cref="RefinementOptions.Critic"/> names, with its weights as they are at each call.</summary>
    /// <exception cref="ArgumentException">The name is unknown, or the agent has no such critic.</exception>
    public Func<ReluNetwork> Named(string name) => name switch
    {
        "target" => () => ReluNetwork.FromModule(Targets[0].Net),
        "online" => () => ReluNetwork.FromModule(Online.Net),
        "minimum" when Targets.Length == 2 =>
            () => ReluNetwork.Minimum(ReluNetwork.FromModule(Targets[0].Net), ReluNetwork.FromModule(Targets[1].Net)),
        _ => throw new ArgumentException(
            $"agent.refine.critic is {name}; allowed: target, online{(Targets.Length == 2 ? ", minimum" : ", because the agent has one critic")}."),
    };
}
