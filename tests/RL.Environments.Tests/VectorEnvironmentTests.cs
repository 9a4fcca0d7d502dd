namespace RL.Environments.Tests;

public class VectorEnvironmentTests
{
    [Fact]
    public void Reset_Seeds_CopyIIsSeededWithSeedPlusI()
    {
        using var environment = EnvironmentCatalog.Make("CartPole-v1", 3);
        environment.Reset(10);
        for (var i = 0; i < 3; i++)
        {
            var random = new Pcg64(10 + (ulong)i);
            var expected = new float[4];
            foreach (ref var value in expected.AsSpan())
            {
                value = (float)random.Uniform(-0.05, 0.05);
            }

            Assert.Equal(expected, environment.Observations.Row<float>(i).ToArray());
        }
    }

    [Fact]
    public void ResetFinished_GoesOnWithTheCopysGenerator()
    {
        using var environment = EnvironmentCatalog.Make("CartPole-v1");
        environment.Reset(3);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        while (!environment.Step(actions).Terminated[0])
        {
        }

        environment.ResetFinished();
        var random = new Pcg64(3);
        for (var i = 0; i < 4; i++)
        {
            random.NextDouble();
        }

        Assert.Equal((float)random.Uniform(-0.05, 0.05), environment.Observations.Row<float>(0)[0]);
    }

    [Fact]
    public void Step_CartPolePushedLeft_TerminatesAndIsNotTruncated()
    {
        using var environment = EnvironmentCatalog.Make("CartPole-v1");
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        var steps = 0;
        StepOutcome outcome;
        do
        {
            outcome = environment.Step(actions);
            steps++;
            Assert.Equal(1, outcome.Rewards[0]);
        }
        while (!outcome.IsFinished(0));
        Assert.True(outcome.Terminated[0]);
        Assert.False(outcome.Truncated[0]);
        Assert.InRange(steps, 8, 11);
        var exception = Assert.Throws<InvalidOperationException>(() => environment.Step(actions));
        Assert.Contains("copy 0", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Step_PendulumAtItsTimeLimit_IsTruncatedAndNotTerminated()
    {
        using var environment = EnvironmentCatalog.Make("Pendulum-v1", 2);
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 2);
        for (var step = 1; step <= 200; step++)
        {
            var outcome = environment.Step(actions);
            Assert.Equal([false, false], outcome.Terminated);
            Assert.Equal([step == 200, step == 200], outcome.Truncated);
        }
    }

    [Fact]
    public void Step_ActionNotANumber_NamesCopyAndElement()
    {
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5", 2);
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 2);
        actions.Row<float>(1)[4] = float.NaN;
        var exception = Assert.Throws<ArgumentException>(() => environment.Step(actions));
        Assert.Contains("copy 1, element 4, is NaN", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Step_ActionsOfAnotherSpace_AreRefused()
    {
        using var environment = EnvironmentCatalog.Make("Pendulum-v1");
        environment.Reset(0);
        Assert.Throws<ArgumentException>(() => environment.Step(new SpaceBuffer(environment.ActionSpace, 2)));
        Assert.Throws<ArgumentException>(() => environment.Step(new SpaceBuffer(new DiscreteSpace(2), 1)));
    }

    [Fact]
    public void Step_ActionOutsideTheBox_IsNotClippedInTheControlCost()
    {
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5");
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        actions.Values<float>().Fill(2);
        Assert.Equal(-0.1 * (6 * 4), environment.Step(actions).RewardTerms[1], 1e-12);
    }

    [Theory]
    [InlineData("Ant-v5")]
    [InlineData("CartPole-v1")]
    public void Load_StateOfAnotherIdOrOptionsOrCutShort_Throws(string id)
    {
        var bytes = new MemoryStream();
        using (var environment = EnvironmentCatalog.Make("HalfCheetah-v5"))
        {
            environment.Reset(0);
            environment.Save(new BinaryWriter(bytes));
        }

        bytes.Position = 0;
        using var other = EnvironmentCatalog.Make(id);
        Assert.Throws<InvalidDataException>(() => other.Load(new BinaryReader(bytes)));

        bytes.Position = 0;
        using var weighted = EnvironmentCatalog.Make("HalfCheetah-v5", 1, new HalfCheetahOptions { CtrlCostWeight = 1 });
        Assert.Throws<InvalidDataException>(() => weighted.Load(new BinaryReader(bytes)));

        using var same = EnvironmentCatalog.Make("HalfCheetah-v5");
        var cut = new MemoryStream(bytes.ToArray()[..^1]);
        Assert.Throws<InvalidDataException>(() => same.Load(new BinaryReader(cut)));
    }
}
