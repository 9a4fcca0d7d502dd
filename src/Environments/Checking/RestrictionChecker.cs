namespace RL.Environments;

/// <summary>
/// Steps a task with restricted actions beside the unrestricted one, which is given what the options of <see cref="BoxTaskOptions"/> and
/// <see cref="RestrictableTaskOptions"/> say an action comes to.
/// </summary>
static class RestrictionChecker
{
    const ulong Seed = 12345;
    const int Steps = 2000;

    /// <summary>Whether the options' promises are kept.</summary>
    /// <param name="make">Options → one copy.</param>
    /// <param name="options">Of the task.</param>
    /// <returns>Null if the options restrict nothing.</returns>
    public static CheckResult? Check(Func<object, IVectorEnvironment> make, object options)
    {
        if (options is not BoxTaskOptions box || !IsRestricted(box))
        {
            return null;
        }

        var promise = "Restricted actions: "
            + (box.ActionRange < 1 ? "beyond env.action_range one has the effect of the bound; " : "")
            + (Balls(box) is { } balls
                ? FormattableString.Invariant($"outside of all balls it is worth {RestrictedBalls.InvalidReward} and has the effect of {balls.InvalidAction}; ")
                : "")
            + "everything else is the unrestricted task's, bit for bit.";
        var (problem, valid) = Compare(make, box);
        return problem is null
            ? new CheckResult(true, FormattableString.Invariant($"{promise} ({Steps} steps, {valid} valid)"))
            : new CheckResult(false, $"{promise} But: {problem}");
    }

    static (string? Problem, int Valid) Compare(Func<object, IVectorEnvironment> make, BoxTaskOptions options)
    {
        using var restricted = make(options);
        using var plain = make(options is RestrictableTaskOptions balls
            ? balls with { ActionRange = 1, Restrict = ActionRestriction.None }
            : options with { ActionRange = 1 });
        if (SpaceProblem((BoxSpace)restricted.ActionSpace, (BoxSpace)plain.ActionSpace, options.ActionRange) is { } problem)
        {
            return (problem, 0);
        }

        var random = new Pcg64(Seed, 1);
        var (given, effective) = (new SpaceBuffer(restricted.ActionSpace, 1), new SpaceBuffer(plain.ActionSpace, 1));
        var (valid, isFirst) = (0, true);
        restricted.Reset(Seed);
        plain.Reset(Seed);
        for (var step = 1; step <= Steps; step++)
        {
            Draw(random, given);
            var isValid = Translate(given, effective, options, isFirst);
            var (mine, theirs) = (restricted.Step(given), plain.Step(effective));
            var reward = isValid ? theirs.Rewards[0] : RestrictedBalls.InvalidReward;
            if (mine.Rewards[0] != reward)
            {
                return ($"the reward of step {step} is {mine.Rewards[0]}; expected: {reward}.", valid);
            }

            if (!mine.NextObservations.Bytes.SequenceEqual(theirs.NextObservations.Bytes)
                || mine.Terminated[0] != theirs.Terminated[0] || mine.Truncated[0] != theirs.Truncated[0])
            {
                return ($"step {step} leads elsewhere.", valid);
            }

            valid += isValid ? 1 : 0;
            isFirst = mine.IsFinished(0);
            restricted.ResetFinished();
            plain.ResetFinished();
        }

        return (null, valid);
    }

    static string? SpaceProblem(BoxSpace space, BoxSpace whole, double share)
    {
        for (var i = 0; i < whole.Size; i++)
        {
            var (centre, half) = ((whole.Low[i] + whole.High[i]) / 2, share * (whole.High[i] - whole.Low[i]) / 2);
            if ((float)space.Low[i] != (float)(centre - half) || (float)space.High[i] != (float)(centre + half))
            {
                return FormattableString.Invariant(
                    $"element {i} of an action is from {space.Low[i]} to {space.High[i]}; expected: {centre - half} to {centre + half}.");
            }
        }

        return null;
    }

    /// <summary>Uniform in a box that is a tenth larger.</summary>
    static void Draw(Pcg64 random, SpaceBuffer actions)
    {
        var space = (BoxSpace)actions.Space;
        for (var i = 0; i < space.Size; i++)
        {
            var margin = (space.High[i] - space.Low[i]) / 20;
            actions.Row<float>(0)[i] = (float)random.Uniform(space.Low[i] - margin, space.High[i] + margin);
        }
    }

    /// <summary>Writes the action that the unrestricted task is to get.</summary>
    /// <returns>False if the action is invalid.</returns>
    static bool Translate(SpaceBuffer given, SpaceBuffer effective, BoxTaskOptions options, bool isFirst)
    {
        var (restricted, box) = ((BoxSpace)given.Space, (BoxSpace)effective.Space);
        var action = effective.Row<float>(0);
        var point = new double[action.Length];
        for (var i = 0; i < action.Length; i++)
        {
            var value = given.Row<float>(0)[i];
            action[i] = options.ActionRange < 1 ? Math.Clamp(value, (float)restricted.Low[i], (float)restricted.High[i]) : value;
            point[i] = (action[i] - box.Low[i]) / (box.High[i] - box.Low[i]);
        }

        if (Balls(options) is not { } balls || (isFirst && balls.IsFirstStepValid)
            || new ActionBalls(action.Length, balls.RestrictSize).Contain(point))
        {
            return true;
        }

        action.Fill(balls.InvalidAction);
        return false;
    }

    static bool IsRestricted(BoxTaskOptions options) => options.ActionRange < 1 || Balls(options) is not null;

    static RestrictableTaskOptions? Balls(BoxTaskOptions options) =>
        options is RestrictableTaskOptions { Restrict: ActionRestriction.Balls } balls ? balls : null;
}
