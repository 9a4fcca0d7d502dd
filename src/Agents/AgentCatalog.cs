using RL.Environments;

namespace RL.Agents;

/// <summary>An agent that can be chosen by name.</summary>
/// <param name="Name">As on the command line.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="DefaultOptions">Its options record with the default values.</param>
/// <param name="Create">Makes it: options (of the type of <paramref name="DefaultOptions"/>), observation space, action space, training options, clock.</param>
public sealed record AgentEntry(
    string Name, string Summary, object DefaultOptions, Func<object, Space, Space, TrainingOptions, TimeProvider, IAgent> Create);

/// <summary>Every agent by name.</summary>
public static class AgentCatalog
{
    /// <summary>The agents, in alphabetical order.</summary>
    public static IReadOnlyDictionary<string, AgentEntry> Entries { get; } = new AgentEntry[]
    {
        new("ddpg", "Deep deterministic policy gradient (Lillicrap et al. 2016)", new DdpgOptions(),
            (options, observations, actions, training, clock) => new Ddpg((DdpgOptions)options, observations, actions, training, clock)),
        new("maxq", "Q-learning in continuous actions without an actor: argmax by an input optimiser", new MaxQOptions(),
            (options, observations, actions, training, clock) => new MaxQ((MaxQOptions)options, observations, actions, training, clock)),
        new("ppo", "Proximal policy optimisation (Schulman et al. 2017)", new PpoOptions(),
            (options, observations, actions, training, _) => new Ppo((PpoOptions)options, observations, actions, training)),
        new("sac", "Soft actor-critic with automatic temperature (Haarnoja et al. 2018)", new SacOptions(),
            (options, observations, actions, training, clock) => new Sac((SacOptions)options, observations, actions, training, clock)),
        new("td3", "Twin delayed DDPG (Fujimoto et al. 2018)", new Td3Options(),
            (options, observations, actions, training, clock) => new Td3((Td3Options)options, observations, actions, training, clock)),
    }.ToDictionary(entry => entry.Name);
}
