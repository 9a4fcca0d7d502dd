namespace RL.Agents;

/// <summary>Options of an agent that acts at random and does not learn for a while at first.</summary>
public interface IWarmUpOptions
{
    /// <summary>Environment steps of it.</summary>
    long StartSteps { get; }
}
