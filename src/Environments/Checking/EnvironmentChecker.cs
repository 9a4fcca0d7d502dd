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
public static partial class EnvironmentChecker
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
