namespace RL.Environments;

/// <summary>
/// Plays the same actions in a built-in game and in a Procgen library, in monochrome, where both should show the same to the last
/// pixel.
/// </summary>
static class ProcgenConformance
{
    const int Copies = 4;
    const int Steps = 1500;
    const int RandSeed = 11;

    public static CheckResult Check(object given)
    {
        const string Promise = "The built-in game and the library that PROCGEN_LIB names agree in monochrome mode";
        if (!LibenvLibrary.IsNamed)
        {
            return new CheckResult(true, $"{Promise}: PROCGEN_LIB is not set.", IsSkipped: true);
        }

        if (LibenvLibrary.FindProblem() is { } problem)
        {
            return new CheckResult(false, $"{Promise}. But: {problem}");
        }

        var options = (ProcgenOptions)given with { RandSeed = RandSeed, UseMonochromeAssets = true, UseBackgrounds = false };
        try
        {
            return FindDifference(options) is { } difference
                ? new CheckResult(false, $"{Promise}. But: {difference}")
                : new CheckResult(true, $"{Promise}: {Copies} copies, {Steps} steps, every frame, reward, end and level seed.");
        }
        catch (ProcgenException exception)
        {
            return new CheckResult(false, $"{Promise}. But: {exception.Message}");
        }
    }

    static string? FindDifference(ProcgenOptions options)
    {
        using var ours = Make(options with { Backend = ProcgenBackend.Builtin });
        using var theirs = Make(options with { Backend = ProcgenBackend.Libenv });
        var actions = new SpaceBuffer(ours.ActionSpace, Copies);
        var random = new Pcg64(RandSeed);
        ours.Reset(0);
        theirs.Reset(0);
        for (var step = 0; ; step++)
        {
            for (var i = 0; i < Copies; i++)
            {
                if (!ours.Observations.Row<byte>(i).SequenceEqual(theirs.Observations.Row<byte>(i)))
                {
                    return $"the frames of copy {i} differ after {step} steps.";
                }

                var (mine, other) = ((IProcgenCopy)ours.Copies[i], (IProcgenCopy)theirs.Copies[i]);
                if (mine.LevelSeed != other.LevelSeed)
                {
                    return $"copy {i} plays level {mine.LevelSeed} and level {other.LevelSeed} after {step} steps.";
                }
            }

            if (step == Steps)
            {
                return null;
            }

            // Half of the copies hold a direction for a while, which leads further than pure chance.
            for (var i = 0; i < Copies; i++)
            {
                if (i % 2 == 0 || random.NextInt(6) == 0)
                {
                    actions.Row<int>(i)[0] = random.NextInt(15);
                }
            }

            var (a, b) = (ours.Step(actions), theirs.Step(actions));
            for (var i = 0; i < Copies; i++)
            {
                var (mine, other) = ((IProcgenCopy)ours.Copies[i], (IProcgenCopy)theirs.Copies[i]);
                if (a.Rewards[i] != b.Rewards[i] || a.IsFinished(i) != b.IsFinished(i)
                    || mine.PreviousLevelComplete != other.PreviousLevelComplete)
                {
                    return $"in step {step} copy {i} gives reward {a.Rewards[i]} and {b.Rewards[i]}, "
                        + $"finished {a.IsFinished(i)} and {b.IsFinished(i)}, "
                        + $"completed {mine.PreviousLevelComplete} and {other.PreviousLevelComplete}.";
                }
            }

            ours.ResetFinished();
            theirs.ResetFinished();
        }
    }

    static VectorEnvironment<byte, int> Make(ProcgenOptions options) =>
        (VectorEnvironment<byte, int>)EnvironmentCatalog.Make($"procgen:{options.Task.Name}", Copies, options);
}
