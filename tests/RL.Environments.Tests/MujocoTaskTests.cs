namespace RL.Environments.Tests;

public class MujocoTaskTests
{
    [Theory]
    [InlineData("HalfCheetah-v5", 18)]
    [InlineData("Hopper-v4", 12)]
    [InlineData("Walker2d-v5", 18)]
    [InlineData("Ant-v4", 29)]
    [InlineData("Ant-v5", 107)]
    public void Options_PositionsIncluded_ObservationStartsWithThem(string id, int size)
    {
        object options = id[..3] switch
        {
            "Hal" => new HalfCheetahOptions { ExcludeCurrentPositionsFromObservation = false },
            "Hop" => new HopperOptions { ExcludeCurrentPositionsFromObservation = false },
            "Wal" => new Walker2dOptions { ExcludeCurrentPositionsFromObservation = false },
            _ when id.EndsWith('4') => new AntV4Options { ExcludeCurrentPositionsFromObservation = false },
            _ => new AntV5Options { ExcludeCurrentPositionsFromObservation = false },
        };
        using var whole = EnvironmentCatalog.Make(id, 1, options);
        using var usual = EnvironmentCatalog.Make(id);
        whole.Reset(1);
        usual.Reset(1);
        var left = size - usual.ObservationSpace.Size;
        Assert.Equal(size, whole.ObservationSpace.Size);
        Assert.Equal(usual.Observations.Row<double>(0).ToArray(), whole.Observations.Row<double>(0)[left..].ToArray());
    }

    [Fact]
    public void AntV4_WithContactForces_ObservesAndPaysForThem()
    {
        using var environment = EnvironmentCatalog.Make("Ant-v4", 1, new AntV4Options { UseContactForces = true });
        using var fifth = EnvironmentCatalog.Make("Ant-v5");
        environment.Reset(0);
        fifth.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        var isTouched = false;
        for (var step = 0; step < 50; step++)
        {
            var outcome = environment.Step(actions);
            var reference = fifth.Step(actions);
            Assert.Equal(27 + 84, environment.ObservationSpace.Size);
            // v4 also shows the world's row.
            Assert.Equal(
                reference.NextObservations.Row<double>(0)[27..].ToArray(),
                outcome.NextObservations.Row<double>(0)[(27 + 6)..].ToArray());
            Assert.Equal(reference.Rewards[0], outcome.Rewards[0]);
            isTouched |= outcome.RewardTerms[3] < 0;
        }

        Assert.True(isTouched, "the ant never touched the ground");
    }

    [Theory]
    [InlineData("Hopper", 1.0, 0.0)]
    [InlineData("Walker2d", 1.0, 0.0)]
    public void HealthyReward_OnTheTerminatingStep_IsPaidByV4Only(string task, double v4, double v5)
    {
        foreach (var (version, expected) in new[] { ("v4", v4), ("v5", v5) })
        {
            using var environment = EnvironmentCatalog.Make($"{task}-{version}");
            environment.Reset(0);
            var actions = new SpaceBuffer(environment.ActionSpace, 1);
            actions.Values<float>().Fill(1);
            StepOutcome outcome;
            do
            {
                outcome = environment.Step(actions);
                Assert.Equal(outcome.Terminated[0] ? expected : 1, outcome.RewardTerms[1]);
            }
            while (!outcome.IsFinished(0));
            Assert.True(outcome.Terminated[0]);
        }
    }

    [Fact]
    public void Hopper_NotTerminatingWhenUnhealthy_GoesOnWithoutTheHealthyReward()
    {
        using var environment = EnvironmentCatalog.Make("Hopper-v4", 1, new HopperOptions { TerminateWhenUnhealthy = false });
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        actions.Values<float>().Fill(1);
        var unhealthy = 0;
        for (var step = 0; step < 1000; step++)
        {
            var outcome = environment.Step(actions);
            Assert.False(outcome.Terminated[0]);
            Assert.Equal(step == 999, outcome.Truncated[0]);
            unhealthy += outcome.RewardTerms[1] == 0 ? 1 : 0;
        }

        Assert.True(unhealthy > 500);
    }

    [Fact]
    public void Ant_SavedWithinAnEpisode_KeepsTheLaggingPositionOfTheTorso()
    {
        // The forward reward of the first step after loading is (xpos after − xpos before) / dt with the lagging xpos before.
        using var original = EnvironmentCatalog.Make("Ant-v5");
        using var restored = EnvironmentCatalog.Make("Ant-v5");
        original.Reset(4);
        var actions = new SpaceBuffer(original.ActionSpace, 1);
        var random = new Pcg64(1);
        for (var step = 0; step < 100; step++)
        {
            original.ActionSpace.Sample(random, actions, 0);
            original.Step(actions);
            original.ResetFinished();
        }

        var bytes = new MemoryStream();
        original.Save(new BinaryWriter(bytes));
        bytes.Position = 0;
        restored.Load(new BinaryReader(bytes));
        Assert.Equal(original.Step(actions).RewardTerms, restored.Step(actions).RewardTerms);
    }

    [Fact]
    public void SumOfSquares_ManyElements_AddsInNumpysOrder()
    {
        // 8 running sums, combined in pairs: an order that plain summation does not give.
        double[] values = [1e8, 1, 1, 1, 1, 1, 1, 1, 1e-4];
        var s = values.Select(value => value * value).ToArray();
        var expected = (s[0] + s[1] + (s[2] + s[3])) + (s[4] + s[5] + (s[6] + s[7])) + s[8];
        Assert.Equal(expected, NumPy.SumOfSquares(values));
        Assert.Equal(300.0, NumPy.SumOfSquares(Enumerable.Repeat(1.0, 300).ToArray()));
    }
}
