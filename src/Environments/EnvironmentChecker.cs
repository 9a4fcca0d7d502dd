namespace RL.Environments;

/// <summary>One promise of the contract and whether it is kept.</summary>
/// <param name="Passed">It is kept.</param>
/// <param name="Sentence">The promise, and what was seen instead if it is broken.</param>
/// <param name="IsSkipped">It could not be checked; the sentence says why.</param>
public sealed record CheckResult(bool Passed, string Sentence, bool IsSkipped = false);

/// <summary>
/// Checks that an environment keeps the contract of <see cref="IVectorEnvironment"/>, in the spirit of Gymnasium's and
/// Stable-Baselines3's env_checker: it plays with random actions and reports in sentences.
/// </summary>
public static class EnvironmentChecker
{
    const ulong Seed = 12345;

    // Longer time limits are not waited for.
    const int MaxLimit = 10_000;

    /// <summary>Checks the environment that <paramref name="make"/> makes.</summary>
    /// <param name="make">Number of copies → a fresh environment. Called several times; what it makes is disposed of.</param>
    /// <param name="steps">Steps that the trajectory checks play.</param>
    /// <returns>A result per promise, in a fixed order.</returns>
    public static IReadOnlyList<CheckResult> Check(Func<int, IVectorEnvironment> make, int steps = 200)
    {
        ArgumentNullException.ThrowIfNull(make);
        ArgumentOutOfRangeException.ThrowIfLessThan(steps, 1);
        return
        [
            Run("The spaces are sane: not empty, low ≤ high, a box of actions is bounded.", () => CheckSpaces(make)),
            Run("Stepping before the first reset throws InvalidOperationException.", () => CheckStepBeforeReset(make)),
            Run("Observations lie in their space and are finite; rewards are finite.", () => CheckValues(make, steps)),
            Run("The same seed gives the same trajectory, bit for bit.", () => CheckDeterminism(make, steps)),
            Run("Copies differ, and copy i of Reset(seed) is copy 0 of Reset(seed + i), unless an option fixes all chance.", () => CheckCopies(make)),
            Run("A step reports what was seen, done and seen next, and resets nothing.", () => CheckOutcome(make, steps)),
            Run(
                "Terminated and truncated exclude each other, and truncation comes at the time limit and only there.",
                () => CheckEnds(make)),
            Run(
                "Stepping a finished copy throws InvalidOperationException; ResetFinished resets the finished copies and no "
                + "other.",
                () => CheckFinished(make)),
            Run("A saved and loaded environment goes on bit-identically.", () => CheckSaveLoad(make, steps)),
            Run("The state of another number of copies is refused with InvalidDataException.", () => CheckForeignState(make)),
            Run("A step allocates no managed memory.", () => CheckAllocation(make, steps)),
            Run("The reward terms sum to the reward.", () => CheckRewardTerms(make, steps)),
            Run(
                "An action that is no action (NaN, infinite, not one of a discrete space) is refused with ArgumentException "
                + "and moves nothing.",
                () => CheckBadActions(make)),
            Run(
                "Actions outside of a box's bounds are taken as they are or clipped by the task, never refused.",
                () => CheckOutside(make)),
        ];
    }

    static CheckResult Run(string promise, Func<string?> check)
    {
        string? problem;
        try
        {
            problem = check();
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            problem = $"{exception.GetType().Name}: {exception.Message}";
        }

        return new CheckResult(problem is null, problem is null ? promise : $"{promise} But: {problem}");
    }

    static string? CheckSpaces(Func<int, IVectorEnvironment> make)
    {
        using var environment = make(1);
        (string, Space)[] spaces = [("observation", environment.ObservationSpace), ("action", environment.ActionSpace)];
        foreach (var (name, space) in spaces)
        {
            switch (space)
            {
                case { Size: 0 }:
                    return $"the {name} space is empty.";
                case BoxSpace box when box.Low.Length != box.Size || box.High.Length != box.Size:
                    return $"the {name} space has {box.Size} elements, but {box.Low.Length} low, {box.High.Length} high bounds.";
                case BoxSpace box when box.Low.Zip(box.High).Any(bounds => !(bounds.First <= bounds.Second)):
                    return $"the {name} space has a low bound above its high bound: {box}.";
                case DiscreteSpace { Count: < 1 }:
                    return $"the {name} space has no value.";
            }
        }

        return environment.ActionSpace is BoxSpace { IsBounded: false } unbounded ? $"the action space is {unbounded}." : null;
    }

    static string? CheckStepBeforeReset(Func<int, IVectorEnvironment> make)
    {
        using var environment = make(1);
        return Throws<InvalidOperationException>(() => environment.Step(new SpaceBuffer(environment.ActionSpace, 1)));
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

    static string? CheckDeterminism(Func<int, IVectorEnvironment> make, int steps)
    {
        using var first = new Player(make(2));
        using var second = new Player(make(2));
        return Difference(first, second, steps);
    }

    static string? CheckCopies(Func<int, IVectorEnvironment> make)
    {
        using var pair = make(2);
        using var single = make(1);
        if (pair.HasFixedSeed)
        {
            return null;
        }

        pair.Reset(Seed);
        var rowBytes = pair.Observations.Bytes.Length / 2;
        for (var copy = 0; copy < 2; copy++)
        {
            single.Reset(Seed + (ulong)copy);
            if (!pair.Observations.Bytes.Slice(copy * rowBytes, rowBytes).SequenceEqual(single.Observations.Bytes))
            {
                return $"copy {copy} of Reset({Seed}) starts otherwise than copy 0 of Reset({Seed + (ulong)copy}).";
            }
        }

        return pair.Observations.Bytes[..rowBytes].SequenceEqual(pair.Observations.Bytes[rowBytes..])
            ? "both copies start with the same observation."
            : null;
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

    static string? CheckSaveLoad(Func<int, IVectorEnvironment> make, int steps)
    {
        using var original = new Player(make(2));
        for (var step = 0; step < steps; step++)
        {
            original.Step();
        }

        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        original.Environment.Save(writer);
        bytes.Position = 0;

        using var restored = new Player(make(2), original.Random);
        using var reader = new BinaryReader(bytes);
        restored.Environment.Load(reader);
        if (bytes.Position != bytes.Length)
        {
            return $"{bytes.Length} bytes were saved, but {bytes.Position} loaded.";
        }

        return original.Environment.Observations.Bytes.SequenceEqual(restored.Environment.Observations.Bytes)
            ? Difference(original, restored, steps)
            : "the observations right after loading differ.";
    }

    static string? CheckForeignState(Func<int, IVectorEnvironment> make)
    {
        using var pair = new Player(make(2));
        using var single = make(1);
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        pair.Environment.Save(writer);
        bytes.Position = 0;
        using var reader = new BinaryReader(bytes);
        return Throws<InvalidDataException>(() => single.Load(reader));
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

    static string? CheckBadActions(Func<int, IVectorEnvironment> make)
    {
        using var player = new Player(make(2));
        var environment = player.Environment;
        player.Step();
        var before = environment.Observations.Bytes.ToArray();
        double[] bad = environment.ActionSpace switch
        {
            DiscreteSpace discrete => [-1, discrete.Count],
            BoxSpace { ElementType: ElementType.Float32 or ElementType.Float64 } => [double.NaN, double.PositiveInfinity],
            _ => [],
        };
        foreach (var value in bad)
        {
            player.Sample();
            player.Actions.Set(1, environment.ActionSpace.Size - 1, value);
            if (Throws<ArgumentException>(() => environment.Step(player.Actions)) is { } problem)
            {
                return $"action {value}: {problem}";
            }

            if (!environment.Observations.Bytes.SequenceEqual(before))
            {
                return $"action {value} was refused, but the observations changed.";
            }
        }

        player.Sample();
        environment.Step(player.Actions);
        return null;
    }

    static string? CheckOutside(Func<int, IVectorEnvironment> make)
    {
        using var player = new Player(make(1));
        if (player.Environment.ActionSpace is not BoxSpace { ElementType: ElementType.Float32 or ElementType.Float64 } box)
        {
            return null;
        }

        for (var i = 0; i < box.Size; i++)
        {
            player.Actions.Set(0, i, (2 * box.High[i]) - box.Low[i]);
        }

        var outcome = player.Environment.Step(player.Actions);
        return double.IsFinite(outcome.Rewards[0])
            ? Violation(outcome.NextObservations, 0)
            : $"the reward is {outcome.Rewards[0]}.";
    }

    // Plays both and compares everything they show.
    static string? Difference(Player first, Player second, int steps)
    {
        for (var step = 1; step <= steps; step++)
        {
            var (a, b) = (first.Step(), second.Step());
            var what =
                !a.NextObservations.Bytes.SequenceEqual(b.NextObservations.Bytes) ? "observations"
                : !a.Rewards.AsSpan().SequenceEqual(b.Rewards) ? "rewards"
                : !a.Terminated.AsSpan().SequenceEqual(b.Terminated) ? "terminated"
                : !a.Truncated.AsSpan().SequenceEqual(b.Truncated) ? "truncated"
                : !first.Environment.Observations.Bytes.SequenceEqual(second.Environment.Observations.Bytes) ? "new episodes"
                : null;
            if (what is not null)
            {
                return $"{what} differ in step {step}.";
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

    static string? Throws<TException>(Action action)
        where TException : Exception
    {
        try
        {
            action();
            return "nothing was thrown.";
        }
        catch (TException)
        {
            return null;
        }
    }

    static Span<byte> RowBytes(SpaceBuffer buffer, int row)
    {
        var length = buffer.Bytes.Length / buffer.Count;
        return buffer.Bytes.Slice(row * length, length);
    }

    // An environment and whoever draws its random actions.
    sealed class Player : IDisposable
    {
        public Player(IVectorEnvironment environment)
        {
            Environment = environment;
            Actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
            environment.Reset(Seed);
        }

        public Player(IVectorEnvironment environment, Pcg64 random)
            : this(environment)
        {
            using var bytes = new MemoryStream();
            using var writer = new BinaryWriter(bytes);
            random.Save(writer);
            bytes.Position = 0;
            using var reader = new BinaryReader(bytes);
            Random.Load(reader);
        }

        public IVectorEnvironment Environment { get; }

        public SpaceBuffer Actions { get; }

        public Pcg64 Random { get; } = new(Seed, 1);

        public void Sample()
        {
            for (var copy = 0; copy < Environment.Count; copy++)
            {
                Environment.ActionSpace.Sample(Random, Actions, copy);
            }
        }

        public StepOutcome Step(bool resetFinished = true)
        {
            Sample();
            var outcome = Environment.Step(Actions);
            if (resetFinished)
            {
                Environment.ResetFinished();
            }

            return outcome;
        }

        public void Dispose() => Environment.Dispose();
    }
}
