namespace RL.Environments.Tests;

public class NonFiniteValueTests
{
    const int At = 3;

    [Theory]
    [InlineData(double.NaN, 1)]
    [InlineData(double.PositiveInfinity, 1)]
    [InlineData(double.NegativeInfinity, 1)]
    [InlineData(1e300, 1)]
    [InlineData(-3.5e38, 4)]
    public void Step_ObservationThatIsNoNumber_NamesStepCopyAndElement(double value, int threads)
    {
        using var environment = Make(value, double.NaN, threads, trouble: "observation");
        var exception = Failure(environment);
        Assert.Equal((At, 2, 5, value), (exception.Step, exception.Copy, exception.Element!.Value, exception.Value));
        Assert.Contains("element 5 of the observation of copy 2", exception.Message, StringComparison.Ordinal);
        Assert.Contains($"after step {At}", exception.Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => environment.Step(new SpaceBuffer(environment.ActionSpace, environment.Count)));
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.NegativeInfinity)]
    [InlineData(1e300)]
    public void Step_RewardThatIsNoNumber_NamesStepAndCopy(double value)
    {
        using var environment = Make(0, value, threads: 1, trouble: "reward");
        var exception = Failure(environment);
        Assert.Equal((At, 2, null, value), (exception.Step, exception.Copy, exception.Element, exception.Value));
        Assert.Contains("the reward of copy 2", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Reset_ObservationThatIsNoNumber_IsStep0()
    {
        using var environment = Make(double.NaN, 0, threads: 1, trouble: "reset");
        Assert.Equal(0, Assert.Throws<NonFiniteValueException>(() => environment.Reset(0)).Step);
    }

    [Theory]
    [InlineData(3.4e38)]
    [InlineData(-3.4e38)]
    [InlineData(1e-320)]
    public void Step_LargestAndSmallestNumbers_Pass(double value)
    {
        using var environment = Make(value, value, threads: 1, trouble: "both");
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        for (var step = 0; step <= At; step++)
        {
            environment.Step(actions);
        }
    }

    [Theory]
    [InlineData(0, 0, 0, "the action space is empty")]
    [InlineData(2, 1, -1, "element 0 is from 1 to -1")]
    [InlineData(2, double.NaN, 1, "element 0 is from NaN to 1")]
    public void Constructor_ActionSpaceWithoutValues_IsRefused(int size, double low, double high, string message)
    {
        var task = new Task(0, 0, "", BoxSpace.Uniform(ElementType.Float32, [size], low, high));
        var exception = Assert.Throws<ArgumentException>(
            () => new VectorEnvironment<double, float>(new EnvironmentSpec("Task", 10, null), null, [task]));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Create_EnvironmentOfAnotherKind_IsCheckedToo()
    {
        var entry = new EnvironmentEntry(
            new EnvironmentSpec("Other", 10, null), "own", "", new object(), (_, _, _) => new Other(MakeUnchecked()));
        using var environment = entry.Create(entry.DefaultOptions, 4, 1);
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        environment.Step(actions);
        environment.Step(actions);
        var saved = new MemoryStream();
        environment.Save(new BinaryWriter(saved));
        saved.Position = 0;
        using var restored = entry.Create(entry.DefaultOptions, 4, 1);
        restored.Load(new BinaryReader(saved));
        foreach (var each in new[] { environment, restored })
        {
            var exception = Assert.Throws<NonFiniteValueException>(() => each.Step(actions));
            Assert.Equal((At, 3, (int?)null), (exception.Step, exception.Copy, exception.Element));
        }
    }

    static VectorEnvironment<double, float> MakeUnchecked() => Make(0, 1, threads: 1, trouble: "");

    static VectorEnvironment<double, float> Make(double observation, double reward, int threads, string trouble) => new(
        new EnvironmentSpec("Task", 10, null), null,
        [.. Enumerable.Range(0, 4).Select(copy => new Task(observation, reward, copy == 2 ? trouble : "", BoxSpace.Uniform(ElementType.Float32, [1], -1, 1)))],
        threads: threads);

    static NonFiniteValueException Failure(IVectorEnvironment environment)
    {
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        for (var step = 1; step < At; step++)
        {
            environment.Step(actions);
        }

        return Assert.Throws<NonFiniteValueException>(() => environment.Step(actions));
    }

    // Seven numbers, of which the sixth is wrong at step At.
    sealed class Task(double observed, double rewarded, string trouble, Space actions) : SingleEnvironment<double, float>
    {
        int _step;

        public override Space ObservationSpace { get; } =
            BoxSpace.Uniform(ElementType.Float64, [7], double.NegativeInfinity, double.PositiveInfinity);

        public override Space ActionSpace { get; } = actions;

        public override IReadOnlyList<string> RewardTerms { get; } = ["r"];

        public override void Reset(Pcg64 random, Span<double> observation)
        {
            _step = 0;
            observation.Fill(trouble == "reset" ? observed : 0);
        }

        public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
        {
            _step++;
            observation.Fill(1);
            observation[5] = _step == At && trouble is "observation" or "both" ? observed : 1;
            rewardTerms[0] = _step == At && trouble is "reward" or "both" ? rewarded : 1;
            return new StepResult(rewardTerms[0], Terminated: false);
        }

        public override void Save(BinaryWriter writer) => writer.Write(_step);

        public override void Load(BinaryReader reader) => _step = reader.ReadInt32();
    }

    // Not a VectorEnvironment: one inside, with the reward of copy 3 spoilt in step At.
    sealed class Other(IVectorEnvironment inner) : IVectorEnvironment
    {
        int _step;

        public EnvironmentSpec Spec => inner.Spec;

        public int Count => inner.Count;

        public Space ObservationSpace => inner.ObservationSpace;

        public Space ActionSpace => inner.ActionSpace;

        public IReadOnlyList<string> RewardTerms => inner.RewardTerms;

        public SpaceBuffer Observations => inner.Observations;

        public void Reset(ulong seed) => inner.Reset(seed);

        public StepOutcome Step(SpaceBuffer actions)
        {
            var outcome = inner.Step(actions);
            outcome.Rewards[3] = ++_step == At ? double.NaN : 1;
            return outcome;
        }

        public void ResetFinished() => inner.ResetFinished();

        public void Save(BinaryWriter writer)
        {
            inner.Save(writer);
            writer.Write(_step);
        }

        public void Load(BinaryReader reader)
        {
            inner.Load(reader);
            _step = reader.ReadInt32();
        }

        public void Dispose() => inner.Dispose();
    }
}
