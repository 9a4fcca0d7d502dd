namespace RL.Environments;

/// <summary>What is observed and rewarded, and in which spaces.</summary>
public static partial class EnvironmentChecker
{
    static string? CheckSpaces(Func<int, IVectorEnvironment> make)
    {
        using var environment = make(1);
        (string, Space)[] spaces = [("observation", environment.ObservationSpace), ("action", environment.ActionSpace)];
        foreach (var (name, space) in spaces)
        {
            if (space.FindFault() is { } fault)
            {
                return $"the {name} space {fault}";
            }
        }

        return environment.ActionSpace is BoxSpace { IsBounded: false } unbounded ? $"the action space is {unbounded}." : null;
    }

    static string? CheckValues(Func<int, IVectorEnvironment> make, int steps)
    {
        using var player = new Player(make(2));
        for (var step = 0; step <= steps; step++)
        {
            for (var copy = 0; copy < 2; copy++)
            {
                if (Violation(player.Environment.Observations, copy) is { } violation)
                {
                    return $"after {step} steps, copy {copy}: {violation}";
                }
            }

            var outcome = player.Step();
            if (!double.IsFinite(outcome.Rewards[0]) || !double.IsFinite(outcome.Rewards[1]))
            {
                return $"the rewards of step {step + 1} are {outcome.Rewards[0]} and {outcome.Rewards[1]}.";
            }
        }

        return null;
    }

    static string? CheckRewardTerms(Func<int, IVectorEnvironment> make, int steps)
    {
        using var player = new Player(make(2));
        var terms = player.Environment.RewardTerms.Count;
        for (var step = 1; step <= steps && terms > 0; step++)
        {
            var outcome = player.Step();
            for (var copy = 0; copy < 2; copy++)
            {
                var sum = 0.0;
                foreach (var term in outcome.RewardTerms.AsSpan(copy * terms, terms))
                {
                    sum += term;
                }

                if (!(Math.Abs(sum - outcome.TaskRewards[copy]) <= 1e-9 * Math.Max(1, Math.Abs(sum))))
                {
                    return $"step {step}, copy {copy}: the terms sum to {sum}, the reward is {outcome.TaskRewards[copy]}.";
                }
            }
        }

        return null;
    }

    static string? Violation(SpaceBuffer observations, int copy)
    {
        for (var i = 0; i < observations.Space.Size; i++)
        {
            if (!double.IsFinite(observations.Get(copy, i)))
            {
                return $"Element {i} is {observations.Get(copy, i)}; allowed: finite numbers.";
            }
        }

        return observations.Space.FindViolation(observations, copy);
    }
}
