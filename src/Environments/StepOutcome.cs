namespace RL.Environments;

/// <summary>
/// What one <see cref="IVectorEnvironment.Step"/> did, copy by copy: (s, a, r, s′) and how it ended. Buffers are reused by the next step.
/// </summary>
public sealed class StepOutcome
{
    /// <summary>Buffers for <paramref name="count"/> copies.</summary>
    public StepOutcome(Space observationSpace, Space actionSpace, int rewardTerms, int count, int measures = 0)
    {
        Observations = new SpaceBuffer(observationSpace, count);
        Actions = new SpaceBuffer(actionSpace, count);
        NextObservations = new SpaceBuffer(observationSpace, count);
        Rewards = new double[count];
        TaskRewards = Rewards;
        RewardTerms = new double[count * rewardTerms];
        Measures = new double[count * measures];
        Terminated = new bool[count];
        Truncated = new bool[count];
    }

    /// <summary>s: what was seen before the action.</summary>
    public SpaceBuffer Observations { get; }

    /// <summary>a: the actions as given.</summary>
    public SpaceBuffer Actions { get; }

    /// <summary>r, what is learned from. [Count]</summary>
    public double[] Rewards { get; }

    /// <summary>r as the task gave it: another array than <see cref="Rewards"/> only where those are normalised. [Count]</summary>
    public double[] TaskRewards { get; init; }

    /// <summary>The parts of the task's r, row after row. [Count × reward terms]</summary>
    public double[] RewardTerms { get; }

    /// <summary>What else the task says of the step, row after row. [Count × measures]</summary>
    public double[] Measures { get; }

    /// <summary>s′: what was seen after the action, also where the episode ended.</summary>
    public SpaceBuffer NextObservations { get; }

    /// <summary>The task ended here (a fall, a goal): there is no value beyond, so only this cuts a bootstrap. [Count]</summary>
    public bool[] Terminated { get; }

    /// <summary>The episode was cut off from outside (time limit): the value of s′ still counts. [Count]</summary>
    public bool[] Truncated { get; }

    /// <summary>True if copy <paramref name="copy"/> needs a reset.</summary>
    public bool IsFinished(int copy) => Terminated[copy] || Truncated[copy];
}
