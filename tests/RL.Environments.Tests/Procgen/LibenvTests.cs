using System.Runtime.InteropServices;

namespace RL.Environments.Tests;

/// <summary>The binding to a Procgen library, played with fake_libenv.c, which shows what it was told.</summary>
public sealed class LibenvTests : IDisposable
{
    const string Library = "libfake_libenv.so";

    // Whoever runs the tests may have a real one.
    static readonly string? _realLibrary = Environment.GetEnvironmentVariable("PROCGEN_LIB");
    static readonly string? _realAssets = Environment.GetEnvironmentVariable("PROCGEN_ASSETS");

    readonly string _folder = Directory.CreateTempSubdirectory("assets").FullName;

    public LibenvTests()
    {
        foreach (var folder in (string[])
            ["kenney", "misc_assets", "platform_backgrounds", "space_backgrounds", "topdown_backgrounds", "water_backgrounds"])
        {
            Directory.CreateDirectory(Path.Combine(_folder, folder));
        }

        Name(FakeLibrary, _folder);
    }

    public static TheoryData<string> Games => ["coinrun", "fruitbot", "bigfish", "maze", "leaper"];

    static string FakeLibrary { get; } = FindFake();

    public void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        Name(_realLibrary, _realAssets);
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Check_EveryGame_KeepsTheContract(string game)
    {
        var options = Libenv(game);
        var results = EnvironmentChecker.Check(count => EnvironmentCatalog.Make($"procgen:{game}", count, options), steps: 50);
        Assert.Equal("", string.Join("\n", results.Where(result => !result.Passed).Select(result => result.Sentence)));
    }

    [Fact]
    public void Make_EveryOption_ReachesTheLibrary()
    {
        using var environment = Make(Libenv("leaper") with
        {
            NumLevels = 200,
            StartLevel = 30,
            RandSeed = 8,
            DistributionMode = DistributionMode.Extreme,
            UseBackgrounds = false,
            UseMonochromeAssets = true,
            RestrictThemes = true,
            PaintVelInfo = true,
            UseSequentialLevels = true,
            CenterAgent = false,
        });
        environment.Reset(0);
        Assert.Equal(
            $"env_name=leaper;resource_root={_folder}/;num_levels=200;start_level=30;num_actions=15;rand_seed=8;num_threads=0;"
            + "distribution_mode=2;debug_mode=0;render_human=0;center_agent=0;use_backgrounds=0;use_generated_assets=0;"
            + "use_monochrome_assets=1;restrict_themes=1;paint_vel_info=1;use_sequential_levels=1;",
            Given());

        using var exploration = Make(Libenv("maze") with { DistributionMode = DistributionMode.Exploration });
        exploration.Reset(0);
        Assert.Contains("num_levels=1;start_level=158988835;", Given(), StringComparison.Ordinal);
        Assert.Contains("distribution_mode=1;", Given(), StringComparison.Ordinal);
    }

    [Fact]
    public void Reset_RandSeed_CopyIIsTheLibrarysEnvironmentI()
    {
        using var environment = Make(Libenv("coinrun") with { RandSeed = 5 }, 4);
        environment.Reset(0);
        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(i, environment.Observations.Row<byte>(i)[3]);
            Assert.Equal(((IProcgenCopy)environment.Copies[i]).LevelSeed & 255, environment.Observations.Row<byte>(i)[0]);
        }
    }

    [Fact]
    public void Step_EndOfALevel_StandsStillUntilTheReset()
    {
        using var environment = Make(Libenv("coinrun"));
        environment.Reset(0);
        var level = Level(environment);
        Assert.Equal(1, Step(environment, 7).Rewards[0]);
        var before = environment.Observations.Row<byte>(0).ToArray();
        Assert.Equal((1, 7), (before[1], before[2]));

        var outcome = Step(environment, 13);
        Assert.True(outcome is { Terminated: [true], Truncated: [false], Rewards: [0] });
        Assert.Equal(before, outcome.NextObservations.Row<byte>(0).ToArray());
        Assert.Equal(level, Level(environment));
        environment.ResetFinished();
        Assert.NotEqual(level, Level(environment));
        Assert.Equal((0, 13), (environment.Observations.Row<byte>(0)[1], environment.Observations.Row<byte>(0)[2]));

        outcome = Step(environment, 14);
        Assert.True(outcome is { Terminated: [true], Truncated: [false], Rewards: [10] });
        Assert.True(((IProcgenCopy)environment.Copies[0]).PreviousLevelComplete);
    }

    [Fact]
    public void Step_TimeLimit_IsTruncated()
    {
        using var environment = Make(Libenv("maze"));
        environment.Reset(0);
        for (var step = 1; step < 500; step++)
        {
            Assert.False(Step(environment, 1).IsFinished(0));
        }

        Assert.True(Step(environment, 1) is { Terminated: [false], Truncated: [true] });
    }

    [Fact]
    public void Step_SequentialLevels_GoesOn()
    {
        using var environment = Make(Libenv("maze") with { UseSequentialLevels = true });
        environment.Reset(0);
        for (var level = 0; level < 3; level++)
        {
            var before = Level(environment);
            for (var step = 0; step < 300; step++)
            {
                Assert.False(Step(environment, 1).IsFinished(0));
            }

            Assert.True(Step(environment, 14) is { Terminated: [false], Truncated: [false], Rewards: [10] });
            Assert.Equal(before + 997, Level(environment));
        }
    }

    [Fact]
    public void Check_LibraryThatPlaysOtherwise_IsFoundOut()
    {
        var result = ProcgenConformance.Check(Libenv("maze"));
        Assert.False(result.Passed);
        Assert.Contains("the frames of copy 0 differ after 0 steps", result.Sentence, StringComparison.Ordinal);
        Name(null, null);
        Assert.True(ProcgenConformance.Check(new MazeOptions()) is { Passed: true, IsSkipped: true });
    }

    [Theory]
    [MemberData(nameof(Games))]
    public void Check_RealLibrary_AgreesWithTheBuiltInGame(string game)
    {
        Assert.SkipWhen(_realLibrary is null, "PROCGEN_LIB names no Procgen library.");
        Name(_realLibrary, _realAssets);
        var result = ProcgenConformance.Check(EnvironmentCatalog.Entries[$"procgen:{game}"].DefaultOptions);
        Assert.True(result.Passed, result.Sentence);
    }

    [Fact]
    public void Make_NoLibrary_SaysWhatIsMissing()
    {
        AssertRefused(null, _folder, "PROCGEN_LIB is not set");
        AssertRefused("/none/libenv.so", _folder, "PROCGEN_LIB is /none/libenv.so; there is no such file");
        AssertRefused(FakeLibrary, null, "PROCGEN_ASSETS is not set");
        AssertRefused(FakeLibrary, "/none", "PROCGEN_ASSETS is /none; there is no folder kenney in it");
    }

    [Fact]
    public void Make_FileThatIsNoLibrary_IsRefused()
    {
        var file = Path.Combine(_folder, "libenv.so");
        File.WriteAllText(file, "no library");
        Name(file, _folder);
        Assert.Contains(file, Assert.Throws<ProcgenException>(() => Make(Libenv("maze"))).Message, StringComparison.Ordinal);
        Name(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libSystem.Native.so"), _folder);
        var exception = Assert.Throws<ProcgenException>(() => Make(Libenv("maze")));
        Assert.Contains("has no libenv_version", exception.Message, StringComparison.Ordinal);
    }

    static void AssertRefused(string? library, string? assets, string message)
    {
        Name(library, assets);
        var exception = Assert.Throws<ArgumentException>(() => Make(Libenv("coinrun")));
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }

    static void Name(string? library, string? assets)
    {
        Environment.SetEnvironmentVariable("PROCGEN_LIB", library);
        Environment.SetEnvironmentVariable("PROCGEN_ASSETS", assets);
    }

    static ProcgenOptions Libenv(string game) =>
        (ProcgenOptions)EnvironmentCatalog.Entries[$"procgen:{game}"].DefaultOptions with { Backend = ProcgenBackend.Libenv };

    static VectorEnvironment<byte, int> Make(ProcgenOptions options, int count = 1) =>
        (VectorEnvironment<byte, int>)EnvironmentCatalog.Make($"procgen:{options.Task.Name}", count, options);

    static StepOutcome Step(VectorEnvironment<byte, int> environment, int action)
    {
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        actions.Values<int>().Fill(action);
        return environment.Step(actions);
    }

    static int Level(VectorEnvironment<byte, int> environment) => ((IProcgenCopy)environment.Copies[0]).LevelSeed;

    static unsafe string Given()
    {
        var given = (delegate* unmanaged[Cdecl]<nint>)NativeLibrary.GetExport(NativeLibrary.Load(FakeLibrary), "fake_given");
        return Marshal.PtrToStringUTF8(given())!;
    }

    static string FindFake()
    {
        for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
        {
            var file = Path.Combine(parent.FullName, "artifacts", "native", Library);
            if (File.Exists(file))
            {
                return file;
            }
        }

        throw new FileNotFoundException($"{Library} is missing; ./check.sh builds it.");
    }
}
