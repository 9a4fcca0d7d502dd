using System.Diagnostics;
using System.Globalization;
using System.Text.Json;

namespace RL.Host.Tests;

/// <summary>Ctrl-C in the middle of verbs that take long, in processes of their own.</summary>
public sealed class InterruptionTests(SwingRun run) : IClassFixture<SwingRun>, IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Starts a verb, and presses Ctrl-C when it has said something of which there will be more.</summary>
    (int Code, string Out, string Error) Interrupt(string until, params string[] arguments)
    {
        using var process = ChildProcess.Start(ChildProcess.Host, _folder.Path, arguments);
        List<string> said = [];
        while (!said.Exists(line => line.Contains(until, StringComparison.Ordinal)))
        {
            said.Add(process.StandardError.ReadLine() ?? throw new InvalidOperationException(string.Join('\n', said)));
        }

        using var kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
        var (code, output, error) = ChildProcess.Finish(process);
        return (code, output, string.Join('\n', said) + error);
    }

    [Fact]
    public void Evaluate_CtrlC_GivesTheEpisodesSoFar()
    {
        var (code, output, error) = Interrupt("episodes  mean return", "evaluate", "swing", "--runs", run.Runs, "--episodes", "100000", "--json");

        Assert.True(code == 130, error);
        var result = JsonDocument.Parse(output).RootElement;
        Assert.True(result.GetProperty("partial").GetBoolean());
        Assert.InRange(result.GetProperty("episodes").GetInt32(), 1, 99_999);
        Assert.Equal(result.GetProperty("episodes").GetInt32(), result.GetProperty("returns").GetArrayLength());
        Assert.Contains("Stopping; what is known so far follows.", error);
    }

    [Theory]
    [InlineData("pgd, ε = 0.1", "attack.json", "attack", "--episodes", "1", "--method", "pgd,adr-gd", "--epsilon", "0.1,0.2", "--passes", "5,100000")]
    [InlineData("ε = 0.001", "certificates.json", "certify", "--epsilon", "0.001,0.01,0.1,1,2,3", "--states", "5000", "--episodes", "1")]
    public void StudyOfAPolicy_CtrlC_WritesWhatIsDoneMarkedPartial(string until, string file, string verb, params string[] settings)
    {
        var (code, output, error) = Interrupt(until, [verb, "swing", "--runs", run.Runs, "--out", "out", .. settings]);

        Assert.True(code == 130, error);
        Assert.Contains("partial: stopped before the last", output);
        var document = JsonDocument.Parse(File.ReadAllText(_folder.File("out", file))).RootElement;
        Assert.True(document.GetProperty("partial").GetBoolean());
        Assert.InRange(document.GetProperty("results").GetArrayLength(), 1, 5);
    }

    [Fact]
    public void Ablation_CtrlC_GivesTheNetworksSoFar()
    {
        var (code, output, error) = Interrupt(
            "1/1,000 networks", "optimize", "ablation", "--nets", "1000", "--passes", "20", "--effort", "1", "--json", "out.json");

        Assert.True(code == 130, error);
        Assert.Matches(@"^partial: \d+ of 1000 networks \(small\)", output);
        var document = JsonDocument.Parse(File.ReadAllText(_folder.File("out.json"))).RootElement;
        Assert.True(document.GetProperty("partial").GetBoolean());
        Assert.All(document.GetProperty("methods").EnumerateArray(), method =>
            Assert.Equal(document.GetProperty("best").GetArrayLength(), method.GetProperty("values").GetArrayLength()));
    }

    /// <remarks>The critic has 512 hidden neurons, and a slice of it tens of thousands of regions.</remarks>
    [Fact]
    public void Regions_CtrlC_GivesTheRegionsSoFar()
    {
        var critic = Repository.File("tests/RL.InputOpt.Tests/golden/critic_td3_256.safetensors");
        var (code, output, error) = Interrupt(
            "% of the slice", "optimize", "regions", critic, "--slice", "0.1", "20*random:1", "20*random:2", "--json", "out.json", "--csv", "out.csv", "--plot", "out.png");

        Assert.True(code == 130, error);
        Assert.Matches(@"^partial, \d+\.\d\d ?% of the slice: .*: \d+ regions", output);
        var document = JsonDocument.Parse(File.ReadAllText(_folder.File("out.json"))).RootElement;
        Assert.True(document.GetProperty("partial").GetBoolean());
        Assert.InRange(document.GetProperty("covered").GetDouble(), 0, 0.999);
        Assert.Equal(document.GetProperty("regions").GetInt32(), File.ReadAllLines(_folder.File("out.csv")).Length - 1);
        Assert.True(File.Exists(_folder.File("out.png")));
    }

    [Fact]
    public void Film_CtrlC_IsWholeAsFarAsItGoes()
    {
        Assert.SkipUnless(
            Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(folder => File.Exists(Path.Combine(folder, "ffmpeg"))),
            "ffmpeg is not installed: it is needed for films only.");
        // HalfCheetah's episodes have 1,000 steps, which take some seconds.
        var (code, output, error) = Interrupt("steps recorded", "draw", "HalfCheetah-v5", "--video", "film.mp4");

        Assert.True(code == 130, error);
        Assert.Matches(@"^film.mp4 \(partial: the first \d+ frames\)", output);
        Assert.Equal("ftyp"u8, File.ReadAllBytes(_folder.File("film.mp4")).AsSpan(4, 4));
        Assert.Equal(_folder.File("film.mp4"), Assert.Single(Directory.GetFiles(_folder.Path)));
    }
}
