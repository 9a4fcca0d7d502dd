namespace RL.Environments.Tests;

public class ProcgenEnvironmentTests
{
    public static TheoryData<string> Games => ["coinrun", "fruitbot", "bigfish", "maze", "leaper"];

    [Fact]
    public void Mt19937_KnownSeeds_GivesTheKnownNumbers()
    {
        var generator = new Mt19937();
        generator.Seed(0);
        uint[] drawn = [generator.Next(), generator.Next(), generator.Next(), generator.Next()];
        Assert.Equal([2357136044, 2546248239, 3071714933, 3626093760], drawn);
        generator.Seed(5489);
        Assert.Equal(3499211612, generator.Next());
    }

    [Theory]
    [InlineData(0, 0, new[] { 1263407424, 566770259, 1116137690, 715427579 })]
    [InlineData(0, 200, new[] { 71, 106, 137, 26 })]
    [InlineData(1, 0, new[] { 1028862084, 1350755646, 171461426, 1650001247 })]
    [InlineData(1, 200, new[] { 84, 46, 73, 94 })]
    public void Reset_RandSeed_PlaysTheOriginalsLevels(int randSeed, int levels, int[] expected)
    {
        using var environment = Make(new CoinRunOptions { RandSeed = randSeed, NumLevels = levels }, 4);
        environment.Reset(99);
        Assert.Equal(expected, environment.Copies.Select(Level));
        environment.Reset(3); // the option has the last word
        Assert.Equal(expected, environment.Copies.Select(Level));
    }

    [Fact]
    public void Reset_NumLevels_PlaysNoOthers()
    {
        using var environment = Make(new MazeOptions { NumLevels = 3, StartLevel = 40 }, 32);
        environment.Reset(1);
        Assert.Equal([40, 41, 42], environment.Copies.Select(Level).Distinct().Order());
    }

    [Fact]
    public void Reset_Exploration_IsOneHardLevel()
    {
        using var exploration = Make(new MazeOptions { DistributionMode = DistributionMode.Exploration }, 1);
        using var hard = Make(new MazeOptions { NumLevels = 1, StartLevel = 158988835 }, 1);
        exploration.Reset(1);
        hard.Reset(2);
        Assert.Equal(158988835, Level(exploration.Copies[0]));
        Assert.Equal(hard.Observations.Bytes, exploration.Observations.Bytes);
    }

    [Fact]
    public void Step_TimeLimit_TruncatesAndDoesNotTerminate()
    {
        using var environment = Make(new MazeOptions(), 2);
        environment.Reset(1);
        for (var step = 1; step <= 500; step++)
        {
            var outcome = Step(environment, 4);
            Assert.Equal([step == 500, step == 500], outcome.Truncated);
            Assert.Equal([false, false], outcome.Terminated);
        }
    }

    [Fact]
    public void Step_EndOfALevel_ShowsItsLastFrame()
    {
        // Straight ahead until a wall ends it: the last frame still shows this level, scrolled on.
        using var environment = Make(new FruitBotOptions { UseMonochromeAssets = true, UseBackgrounds = false }, 1);
        environment.Reset(1);
        var level = Level(environment.Copies[0]);
        StepOutcome outcome;
        do
        {
            outcome = Step(environment, 4);
        }
        while (!outcome.IsFinished(0));

        Assert.True(outcome.Terminated[0]);
        Assert.Equal(level, Level(environment.Copies[0]));
        Assert.False(outcome.Observations.Bytes.SequenceEqual(outcome.NextObservations.Bytes));
        environment.ResetFinished();
        Assert.NotEqual(level, Level(environment.Copies[0]));
    }

    [Fact]
    public void Step_SequentialLevels_GoesOnAfterACompletedLevel()
    {
        using var environment = Make(
            new CoinRunOptions { DistributionMode = DistributionMode.Easy, UseSequentialLevels = true, NumLevels = 200 }, 16);
        environment.Reset(5);
        var completed = 0;
        for (var step = 0; step < 400; step++)
        {
            var before = environment.Copies.Select(Level).ToArray();
            var outcome = Step(environment, 8);
            for (var i = 0; i < environment.Count; i++)
            {
                if (outcome.Rewards[i] > 0)
                {
                    completed++;
                    Assert.False(outcome.IsFinished(i));
                    Assert.True(((IProcgenCopy)environment.Copies[i]).PreviousLevelComplete);
                    Assert.Equal(before[i] + 997, Level(environment.Copies[i]));
                }
            }

            environment.ResetFinished();
        }

        Assert.True(completed > 3);
        Assert.Null(environment.Spec.MaxEpisodeSteps);
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Step_ManyThreads_SameFramesAndNoAllocation(string game)
    {
        var entry = EnvironmentCatalog.Entries[$"procgen:{game}"];
        using var alone = (VectorEnvironment<byte, int>)EnvironmentCatalog.Make(entry.Spec.Id, 5);
        using var together = (VectorEnvironment<byte, int>)EnvironmentCatalog.Make(entry.Spec.Id, 5, null, threads: 3);
        alone.Reset(7);
        together.Reset(7);
        for (var step = 0; step < 100; step++)
        {
            Step(alone, step % 9);
            Step(together, step % 9);
            alone.ResetFinished();
            together.ResetFinished();
        }

        Assert.Equal(alone.Observations.Bytes, together.Observations.Bytes);

        var actions = new SpaceBuffer(alone.ActionSpace, alone.Count);
        var random = new Pcg64(2);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var step = 0; step < 1200; step++)
        {
            foreach (ref var action in actions.Values<int>())
            {
                action = random.NextInt(15);
            }

            alone.Step(actions);
            alone.ResetFinished();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Draw_NormalLook_IsColourfulAndDiffersFromMonochrome(string game)
    {
        var defaults = (ProcgenOptions)EnvironmentCatalog.Entries[$"procgen:{game}"].DefaultOptions;
        using var normal = Make(defaults, 3);
        using var black = Make(defaults with { UseBackgrounds = false }, 3);
        using var plain = Make(defaults with { UseBackgrounds = false, UseMonochromeAssets = true }, 3);
        foreach (var environment in (VectorEnvironment<byte, int>[])[normal, black, plain])
        {
            environment.Reset(1);
            Step(environment, 7);
        }

        Assert.Equal(normal.Copies.Select(Level), plain.Copies.Select(Level));
        Assert.True(Colours(normal) > Colours(plain));
        Assert.False(normal.Observations.Bytes.SequenceEqual(black.Observations.Bytes));
        Assert.True(Colours(plain) >= 2);
    }

    [Fact]
    public void Draw_RestrictThemes_ShowsOneLook()
    {
        // Hard levels of CoinRun differ in alien and ground; with black backgrounds the alien's colours are those of the first.
        using var varied = Make(new CoinRunOptions { UseBackgrounds = false }, 24);
        using var restricted = Make(new CoinRunOptions { UseBackgrounds = false, RestrictThemes = true }, 24);
        varied.Reset(1);
        restricted.Reset(1);
        Assert.True(CentralColours(varied) > 3);
        Assert.Equal(1, CentralColours(restricted));

        static int CentralColours(VectorEnvironment<byte, int> environment) => Enumerable.Range(0, environment.Count)
            .Select(i => Convert.ToHexString(environment.Observations.Row<byte>(i).Slice(3 * ((30 * 64) + 32), 3)))
            .Distinct().Count();
    }

    [Fact]
    public void Draw_PaintVelInfo_ShowsTheAgentsVelocity()
    {
        using var environment = Make(new BigFishOptions { PaintVelInfo = true }, 1);
        environment.Reset(1);
        Assert.Equal((127, 127), Squares());
        for (var step = 0; step < 20; step++)
        {
            Step(environment, 8);
        }

        var (x, y) = Squares();
        Assert.True(x > 150 || y > 150, $"{x} {y}");

        (int X, int Y) Squares()
        {
            var row = environment.Observations.Row<byte>(0);
            return (row[3 * 2], row[3 * 20]);
        }
    }

    [Theory]
    [InlineData(DistributionMode.Memory, 0, 0, "DistributionMode is Memory: coinrun has: easy, hard, exploration.")]
    [InlineData(DistributionMode.Exploration, 5, 0, "num_levels and start_level must be 0; they are 5 and 0")]
    [InlineData(DistributionMode.Easy, 2, int.MaxValue, "it may be 2147483645 at most")]
    [InlineData(DistributionMode.Easy, -1, 0, "NumLevels is -1")]
    public void Make_OptionsThatDoNotFit_AreRefused(DistributionMode mode, int levels, int start, string message)
    {
        var options = new CoinRunOptions { DistributionMode = mode, NumLevels = levels, StartLevel = start };
        var exception = Assert.Throws<ArgumentException>(() => Make(options, 1));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Make_EveryModeOfEveryGame_Plays()
    {
        foreach (var game in Games.Select(row => row.Data))
        {
            var defaults = (ProcgenOptions)EnvironmentCatalog.Entries[$"procgen:{game}"].DefaultOptions;
            foreach (var mode in defaults.Task.Modes)
            {
                foreach (var isCentred in (bool[])[true, false])
                {
                    using var environment = Make(defaults with { DistributionMode = mode, CenterAgent = isCentred }, 2);
                    environment.Reset(3);
                    for (var step = 0; step < 20; step++)
                    {
                        Step(environment, 8);
                        environment.ResetFinished();
                    }
                }
            }
        }
    }

    static VectorEnvironment<byte, int> Make(ProcgenOptions options, int count) =>
        (VectorEnvironment<byte, int>)EnvironmentCatalog.Make($"procgen:{options.Task.Name}", count, options);

    static StepOutcome Step(VectorEnvironment<byte, int> environment, int action)
    {
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        actions.Values<int>().Fill(action);
        return environment.Step(actions);
    }

    static int Level(SingleEnvironment<byte, int> copy) => ((IProcgenCopy)copy).LevelSeed;

    static int Colours(VectorEnvironment<byte, int> environment)
    {
        var bytes = environment.Observations.Bytes;
        var colours = new HashSet<int>();
        for (var i = 0; i < bytes.Length; i += 3)
        {
            colours.Add((bytes[i] << 16) | (bytes[i + 1] << 8) | bytes[i + 2]);
        }

        return colours.Count;
    }
}
