namespace RL.Host.Tests;

/// <summary>The scripts in the root.</summary>
public sealed class LauncherTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("rl")]
    [InlineData("check.sh")]
    [InlineData("build/setup.sh")]
    [InlineData(".ci/run")]
    public void Script_IsValidBash(string script)
    {
        var (code, _, error) = ChildProcess.Run("bash", Repository.Root, "-n", script);

        Assert.True(code == 0, error);
    }

    [Fact]
    public void Rl_ThroughASymlinkFromAnotherFolder_Starts()
    {
        File.CreateSymbolicLink(_folder.File("link"), Repository.File("rl"));

        var (code, output, error) = ChildProcess.Run(_folder.File("link"), _folder.Path, "--version");

        Assert.True(code == 0, error);
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", output);
        Assert.Empty(error);
    }

    [Fact]
    public void Rl_FailingVerb_PassesItsCodeOn() =>
        Assert.Equal(2, ChildProcess.Run(Repository.File("rl"), _folder.Path, "train", "td4", "Pendulum-v1").Code);

    // What is only listed starts in a moment: it loads neither libtorch nor MuJoCo.
    [Theory]
    [InlineData("list", "environments")]
    [InlineData("list", "agents")]
    [InlineData("list", "presets")]
    [InlineData("list", "options", "td3", "HalfCheetah-v5")]
    [InlineData("train", "--help")]
    public void Host_VerbThatOnlyShows_NeedsNoNativeLibrary(params string[] arguments)
    {
        using var process = ChildProcess.Start(
            ChildProcess.Host, _folder.Path, [("RL_NATIVE", _folder.File("nothing-is-here"))], arguments);
        var (code, output, error) = ChildProcess.Finish(process);

        Assert.True(code == 0, error);
        Assert.NotEmpty(output);
    }

    [Fact]
    public void TestProjects_AllOfThem_AreInTheSolution()
    {
        var solution = File.ReadAllText(Repository.File("rl.sln"));

        Assert.All(
            Directory.GetDirectories(Repository.File("tests"), "*.Tests"),
            folder => Assert.Contains($"{Path.GetFileName(folder)}.csproj", solution));
    }
}
