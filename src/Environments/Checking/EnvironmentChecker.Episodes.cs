namespace RL.Environments;

/// <summary>The order of calls, and how episodes begin and end.</summary>
public static partial class EnvironmentChecker
{
    static string? CheckStepBeforeReset(Func<int, IVectorEnvironment> make)
    {
        using var environment = make(1);
        return Throws<InvalidOperationException>(() => environment.Step(new SpaceBuffer(environment.ActionSpace, 1)));
    }

    static string? CheckOutcome(Func<int, IVectorEnvironment> make, int steps)
    {
        using var player = new Player(make(2));
        var before = new SpaceBuffer(player.Environment.ObservationSpace, 2);
        for (var step = 1; step <= steps; step++)
        {
            player.Environment.Observations.CopyTo(before);
            var outcome = player.Step(resetFinished: false);
            if (!outcome.Observations.Bytes.SequenceEqual(before.Bytes))
            {
                return $"step {step}: the outcome's observations are not those from before the step.";
            }

            if (!outcome.Actions.Bytes.SequenceEqual(player.Actions.Bytes))
            {
                return $"step {step}: the outcome's actions are not those given.";
            }

            if (!outcome.NextObservations.Bytes.SequenceEqual(player.Environment.Observations.Bytes))
            {
                return $"step {step}: what the environment shows is not what the outcome says comes next.";
            }

            player.Environment.ResetFinished();
        }

        return null;
    }

    static string? CheckEnds(Func<int, IVectorEnvironment> make)
    {
        using var player = new Player(make(1));
        var limit = player.Environment.Spec.MaxEpisodeSteps;
        if (limit < 1)
        {
            return $"the time limit is {limit}.";
        }

        // Tasks that terminate early under random actions never reach the limit: what can be seen is that nothing is cut before it.
        var length = 0;
        for (var step = 1; step <= Math.Min(limit ?? 1000, MaxLimit); step++)
        {
            var outcome = player.Step();
            length++;
            if (outcome.Terminated[0] && outcome.Truncated[0])
            {
                return $"step {length} of an episode is both.";
            }

            if (limit is not null && outcome.Truncated[0] != (!outcome.Terminated[0] && length == limit))
            {
                return $"step {length} of an episode says truncated = {outcome.Truncated[0]}; the limit is {limit}.";
            }

            length = outcome.IsFinished(0) ? 0 : length;
        }

        return null;
    }

    static string? CheckFinished(Func<int, IVectorEnvironment> make)
    {
        using var player = new Player(make(2));
        var environment = player.Environment;
        for (var step = 1; step <= MaxLimit; step++)
        {
            var outcome = player.Step(resetFinished: false);
            if (!outcome.IsFinished(0) && !outcome.IsFinished(1))
            {
                continue;
            }

            if (Throws<InvalidOperationException>(() => environment.Step(player.Actions)) is { } problem)
            {
                return problem;
            }

            environment.ResetFinished();
            for (var copy = 0; copy < 2; copy++)
            {
                var isSame = RowBytes(outcome.NextObservations, copy).SequenceEqual(RowBytes(environment.Observations, copy));
                if (isSame == outcome.IsFinished(copy))
                {
                    return isSame ? $"finished copy {copy} was not reset." : $"copy {copy} was reset but had not finished.";
                }
            }

            environment.Step(player.Actions);
            return null;
        }

        return null; // nothing ever finishes: there is nothing to break
    }

    static string? CheckAllocation(Func<int, IVectorEnvironment> make, int steps)
    {
        using var player = new Player(make(2));
        for (var step = 0; step < steps; step++)
        {
            player.Step(); // whatever is made once is made here
        }

        // The runtime itself allocates on the thread now and then, when it compiles a method again: never in each of three rounds.
        var allocated = long.MaxValue;
        for (var round = 0; round < 3 && allocated > 0; round++)
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var step = 0; step < steps; step++)
            {
                player.Step();
            }

            allocated = Math.Min(allocated, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        return allocated == 0 ? null : $"{steps} steps allocated {allocated} bytes.";
    }
}
