namespace RL.Environments.Tests;

public class MujocoTaskTests
{
    [Fact]
    public void Warnings_UnstableCopy_ReachTheCallerWithItsId()
    {
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5", 2);
        environment.Reset(0);
        Assert.Empty(environment.Warnings);

        var copy = (MujocoEnvironment)((VectorEnvironment<double, float>)environment).Copies[1];
        copy.ResetToRecorded(new double[9], [double.NaN, 0, 0, 0, 0, 0, 0, 0, 0], new double[17]);
        environment.Step(new SpaceBuffer(environment.ActionSpace, 2));

        Assert.Contains(environment.Warnings, warning => warning.StartsWith("HalfCheetah-v5, copy 1: ", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("HalfCheetah-v5", 18)]
    [InlineData("Hopper-v4", 12)]
    [InlineData("Walker2d-v5", 18)]
    [InlineData("Ant-v4", 29)]
    [InlineData("Ant-v5", 107)]
    [InlineData("Humanoid-v4", 378)]
    [InlineData("Humanoid-v5", 350)]
    [InlineData("HumanoidStandup-v5", 350)]
    public void Options_PositionsIncluded_ObservationStartsWithThem(string id, int size)
    {
        object options = id[..3] switch
        {
            "Hal" => new HalfCheetahOptions { ExcludeCurrentPositionsFromObservation = false },
            "Hop" => new HopperOptions { ExcludeCurrentPositionsFromObservation = false },
            "Wal" => new Walker2dOptions { ExcludeCurrentPositionsFromObservation = false },
            "Hum" when id.Contains("Standup", StringComparison.Ordinal) =>
                new HumanoidStandupOptions { ExcludeCurrentPositionsFromObservation = false },
            "Hum" when id.EndsWith('4') => new HumanoidV4Options { ExcludeCurrentPositionsFromObservation = false },
            "Hum" => new HumanoidV5Options { ExcludeCurrentPositionsFromObservation = false },
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
    [InlineData("Humanoid", 5.0, 0.0)]
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
                Assert.Equal(outcome.Terminated[0] ? expected : v4, outcome.RewardTerms[1]);
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

    [Theory]
    [InlineData("Ant-v5")]
    [InlineData("Humanoid-v4")]
    [InlineData("Humanoid-v5")]
    public void Save_WithinAnEpisode_KeepsTheLaggingPosition(string id)
    {
        // The forward reward of the first step after loading is (x after − x before) / dt with the lagging x before: the torso's
        // (xpos) or the mass centre's (xipos).
        using var original = EnvironmentCatalog.Make(id);
        using var restored = EnvironmentCatalog.Make(id);
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
        var (expected, outcome) = (original.Step(actions), restored.Step(actions));
        Assert.Equal(expected.RewardTerms, outcome.RewardTerms);
        Assert.Equal(
            expected.NextObservations.Row<double>(0).ToArray(), outcome.NextObservations.Row<double>(0).ToArray());
    }

    [Fact]
    public void Humanoid_V5_ObservesV4sElementsButTheZeroOnes()
    {
        using var fourth = EnvironmentCatalog.Make("Humanoid-v4");
        using var fifth = EnvironmentCatalog.Make("Humanoid-v5");
        using var bare = EnvironmentCatalog.Make("Humanoid-v5", 1, new HumanoidV5Options
        {
            IncludeCinertInObservation = false,
            IncludeCvelInObservation = false,
            IncludeQfrcActuatorInObservation = false,
            IncludeCfrcExtInObservation = false,
        });
        IVectorEnvironment[] environments = [fourth, fifth, bare];
        var actions = new SpaceBuffer(fourth.ActionSpace, 1);
        actions.Values<float>().Fill(0.3f);
        foreach (var environment in environments)
        {
            environment.Reset(0);
            for (var step = 0; step < 40; step++)
            {
                environment.Step(actions);
                environment.ResetFinished();
            }
        }

        var all = fourth.Observations.Row<double>(0).ToArray();
        int[] zeros =
        [
            .. Enumerable.Range(45, 10), .. Enumerable.Range(185, 6), .. Enumerable.Range(269, 6), .. Enumerable.Range(292, 6),
        ];
        Assert.All(zeros, i => Assert.Equal(0, all[i]));
        Assert.Equal(all.Where((_, i) => !zeros.Contains(i)), fifth.Observations.Row<double>(0).ToArray());
        Assert.Equal(all[..45], bare.Observations.Row<double>(0).ToArray());
    }

    [Fact]
    public void HumanoidStandup_BothVersions_RewardHeightAndImpactAlike()
    {
        using var fourth = EnvironmentCatalog.Make("HumanoidStandup-v4");
        using var fifth = EnvironmentCatalog.Make(
            "HumanoidStandup-v5", 1, new HumanoidStandupOptions { ExcludeCurrentPositionsFromObservation = false });
        fourth.Reset(0);
        fifth.Reset(0);
        var actions = new SpaceBuffer(fourth.ActionSpace, 1);
        actions.Values<float>().Fill(0.5f);
        var impact = 0.0;
        for (var step = 0; step < 100; step++)
        {
            var (outcome, other) = (fourth.Step(actions), fifth.Step(actions));
            Assert.Equal(outcome.RewardTerms, other.RewardTerms);
            Assert.Equal(outcome.Rewards[0], other.Rewards[0]);
            var observation = outcome.NextObservations.Row<double>(0);
            Assert.Equal(observation[0] / 0.003, outcome.RewardTerms[0]); // z over the physics step
            Assert.Equal(-0.1 * (17 * 0.25), outcome.RewardTerms[1], 1e-12); // the motors' limit is 0.4
            var expected = 0.0;
            foreach (var force in observation[^84..])
            {
                expected += 0.5e-6 * force * force;
            }

            Assert.Equal(-Math.Min(expected, 10), outcome.RewardTerms[2], 1e-12);
            impact = Math.Min(impact, outcome.RewardTerms[2]);
        }

        Assert.True(impact < 0, "the humanoid never touched the ground");
    }

    [Theory]
    [InlineData("Pusher-v4")]
    [InlineData("Pusher-v5")]
    public void Pusher_Reward_IsOfTheDistancesBeforeTheStepInV4AndAfterItInV5(string id)
    {
        using var environment = EnvironmentCatalog.Make(id);
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        actions.Values<float>().Fill(0.5f);
        for (var step = 0; step < 50; step++)
        {
            var before = environment.Observations.Row<double>(0).ToArray();
            var outcome = environment.Step(actions);
            var observed = id.EndsWith('4') ? before : outcome.NextObservations.Row<double>(0).ToArray();
            var (tips, thing, goal) = (observed[14..17], observed[17..20], observed[20..23]);
            Assert.Equal(-Distance(thing, goal), outcome.RewardTerms[0], 1e-12);
            Assert.Equal(-0.1 * (7 * 0.25), outcome.RewardTerms[1], 1e-12);
            Assert.Equal(-0.5 * Distance(thing, tips), outcome.RewardTerms[2], 1e-12);
        }

        static double Distance(double[] a, double[] b) => Math.Sqrt(a.Zip(b, (x, y) => (x - y) * (x - y)).Sum());
    }

    [Fact]
    public void Pusher_Reset_PlacesTheObjectAwayFromTheGoal()
    {
        using var environment = EnvironmentCatalog.Make("Pusher-v5");
        for (var seed = 0UL; seed < 100; seed++)
        {
            environment.Reset(seed);
            var observation = environment.Observations.Row<double>(0);
            Assert.All(observation[..7].ToArray(), angle => Assert.Equal(0, angle));
            var (x, y) = (observation[17] - observation[20], observation[18] - observation[21]);
            Assert.True(Math.Sqrt((x * x) + (y * y)) > 0.17);
            Assert.InRange(x, -0.2, 0.2); // the first slide of the object moves along y
            Assert.InRange(y, -0.3, 0);
        }
    }

    [Fact]
    public void HumanoidV5_ContactCost_IsClippedToItsRange()
    {
        var options = new HumanoidV5Options { ContactCostWeight = 1e6, ContactCostMin = 2, ContactCostMax = 3 };
        using var environment = EnvironmentCatalog.Make("Humanoid-v5", 1, options);
        environment.Reset(0);
        var actions = new SpaceBuffer(environment.ActionSpace, 1);
        Assert.Equal(-2, environment.Step(actions).RewardTerms[3]); // in the air
        double contact;
        do
        {
            contact = environment.Step(actions).RewardTerms[3];
            environment.ResetFinished();
        }
        while (contact == -2);
        Assert.Equal(-3, contact);
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
