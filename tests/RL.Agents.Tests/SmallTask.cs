using RL.Environments;

namespace RL.Agents.Tests;

/// <summary>Spaces of a task with three numbers to see, whose only state leads to itself.</summary>
sealed class SmallTask(int actionSize)
{
    public BoxSpace Observations { get; } = BoxSpace.Uniform(ElementType.Float64, [3], double.NegativeInfinity, double.PositiveInfinity);

    public BoxSpace Actions { get; } = BoxSpace.Uniform(ElementType.Float32, [actionSize], -2, 2);

    public StepOutcome Outcome(double reward, bool terminated, bool truncated)
    {
        var outcome = new StepOutcome(Observations, Actions, 0, 1);
        outcome.Observations.Row<double>(0).Fill(0.5);
        outcome.NextObservations.Row<double>(0).Fill(0.5);
        outcome.Rewards[0] = reward;
        outcome.Terminated[0] = terminated;
        outcome.Truncated[0] = truncated;
        return outcome;
    }
}
