namespace RL.Environments.Tests;

public class NormalizedEnvironmentTests
{
    static readonly NormalizationOptions _both = new() { Observations = true, Rewards = true };

    static NormalizedEnvironment Make(string id, int count, NormalizationOptions options, RunningMoments? moments = null) =>
        new(EnvironmentCatalog.Make(id, count), options, moments);

    [Theory]
    [InlineData("HalfCheetah-v5")]
    [InlineData("CartPole-v1")]
    public void Check_BothNormalized_KeepsTheContract(string id)
    {
        var results = EnvironmentChecker.Check(count => Make(id, count, _both), steps: 100)
            // Copies share the statistics, so a copy is not what it would be alone.
            .Where(result => !result.Sentence.StartsWith("Copies differ", StringComparison.Ordinal));
        Assert.Equal("", string.Join("\n", results.Where(result => !result.Passed).Select(result => result.Sentence)));
    }

    [Fact]
    public void Step_AllSeenSoFar_ObservationsAreScaledByItsMomentsAndRewardsByTheReturnsDeviation()
    {
        var options = _both with { ObservationClip = 3, RewardClip = 0.9 };
        using var normalized = Make("HalfCheetah-v5", 2, options);
        using var task = EnvironmentCatalog.Make("HalfCheetah-v5", 2);
        var actions = new SpaceBuffer(task.ActionSpace, 2);
        var random = new Pcg64(5);
        normalized.Reset(1);
        task.Reset(1);
        var seen = new List<double[]> { task.Observations.Row<double>(0).ToArray(), task.Observations.Row<double>(1).ToArray() };
        var (returns, discounted) = (new List<double>(), new double[2]);
        for (var step = 0; step < 30; step++)
        {
            for (var copy = 0; copy < 2; copy++)
            {
                task.ActionSpace.Sample(random, actions, copy);
            }

            var (shown, expected) = (normalized.Step(actions), task.Step(actions));
            Assert.Equal(expected.Rewards, shown.TaskRewards);
            for (var copy = 0; copy < 2; copy++)
            {
                seen.Add(expected.NextObservations.Row<double>(copy).ToArray());
                discounted[copy] = (0.99 * discounted[copy]) + expected.Rewards[copy];
                returns.Add(discounted[copy]);
            }

            for (var copy = 0; copy < 2; copy++)
            {
                for (var i = 0; i < 17; i++)
                {
                    var (mean, variance) = Moments([.. seen.Select(vector => vector[i])]);
                    var value = (expected.NextObservations.Row<double>(copy)[i] - mean) / Math.Sqrt(variance + 1e-8);
                    Assert.Equal(Math.Clamp(value, -3, 3), shown.NextObservations.Row<float>(copy)[i], 1e-4);
                }

                var scaled = expected.Rewards[copy] / Math.Sqrt(Moments([.. returns]).Variance + 1e-8);
                Assert.Equal(Math.Clamp(scaled, -0.9, 0.9), shown.Rewards[copy], 1e-9);
            }
        }
    }

    [Fact]
    public void Step_FrozenMoments_AreUsedAndNotAddedTo()
    {
        using var training = Make("Hopper-v5", 2, _both);
        using var evaluation = Make("Hopper-v5", 2, _both, training.Moments);
        using var task = EnvironmentCatalog.Make("Hopper-v5", 2);
        var actions = new SpaceBuffer(training.ActionSpace, 2);
        training.Reset(0);
        training.Step(actions);
        var before = training.Moments.Mean.ToArray();
        evaluation.Reset(1);
        task.Reset(1);
        var (shown, expected) = (evaluation.Step(actions), task.Step(actions));
        Assert.Equal(before, training.Moments.Mean.ToArray());
        Assert.Equal(expected.Rewards, shown.Rewards);
        var value = (expected.NextObservations.Row<double>(1)[0] - before[0]) / Math.Sqrt(training.Moments.Variance(0) + 1e-8);
        Assert.Equal((float)Math.Clamp(value, -10, 10), shown.NextObservations.Row<float>(1)[0]);
    }

    [Fact]
    public void ResetFinished_ShowsTheFirstObservationsOfThoseThatFinished()
    {
        using var environment = Make("CartPole-v1", 3, _both);
        var actions = new SpaceBuffer(environment.ActionSpace, 3);
        actions.Row<int>(1)[0] = 1;
        environment.Reset(3);
        StepOutcome outcome;
        do
        {
            outcome = environment.Step(actions);
        }
        while (!Enumerable.Range(0, 3).Any(outcome.IsFinished) && outcome.NextObservations.Bytes.SequenceEqual(environment.Observations.Bytes));
        environment.ResetFinished();
        for (var copy = 0; copy < 3; copy++)
        {
            var isTheSame = outcome.NextObservations.Row<float>(copy).SequenceEqual(environment.Observations.Row<float>(copy));
            Assert.NotEqual(outcome.IsFinished(copy), isTheSame);
        }
    }

    [Fact]
    public void Load_OtherOptions_ThrowsInvalidData()
    {
        using var saved = Make("Hopper-v5", 1, _both);
        using var other = Make("Hopper-v5", 1, _both with { ObservationClip = 5 });
        saved.Reset(0);
        var bytes = new MemoryStream();
        saved.Save(new BinaryWriter(bytes));
        bytes.Position = 0;
        var exception = Assert.Throws<InvalidDataException>(() => other.Load(new BinaryReader(bytes)));
        Assert.Contains("ObservationClip = 5", exception.Message, StringComparison.Ordinal);
    }

    // As if 1e-4 values of mean 0 and variance 1 had been seen before.
    static (double Mean, double Variance) Moments(double[] values)
    {
        var count = values.Length + 1e-4;
        var mean = values.Sum() / count;
        return (mean, (values.Sum(value => (value - mean) * (value - mean)) + (1e-4 * (1 + (mean * mean)))) / count);
    }
}
