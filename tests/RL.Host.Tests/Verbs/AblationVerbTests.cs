using System.Text.Json;

namespace RL.Host.Tests;

public sealed class AblationVerbTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Ablation_TwoNetworks_PrintsTheTableAndWritesJsonAndPlots()
    {
        var (json, plot) = (_folder.File("ablation.json"), _folder.File("ablation"));

        Assert.True(0 == _console.Run(
            "optimize", "ablation", "--nets", "2", "--passes", "30", "reference_effort=1", "--json", json, "--plot", plot, "--events", _folder.File("events")), _console.Error);

        Assert.Contains("2 networks (small), 30 passes", _console.Out);
        Assert.Matches(@"adr-gd M4: no perturbation +-?\d+\.\d\d", _console.Out);
        var methods = JsonDocument.Parse(File.ReadAllText(json)).RootElement.GetProperty("methods");
        Assert.All(methods.EnumerateArray(), method => Assert.Equal(2, method.GetProperty("values").GetArrayLength()));
        Assert.All(["-passes.png", "-passes.svg", "-time.png", "-time.svg"], ending => Assert.True(File.Exists(plot + ending)));
        var events = Assert.Single(Directory.GetFiles(_folder.File("events")));
        Assert.All(["optimize/ablation_passes", "optimize/ablation_time"], tag => Assert.Single(EventReader.Value(events, tag)[8]));
    }

    [Fact]
    public void Ablation_Certify_PrintsWhatIsProven()
    {
        Assert.True(0 == _console.Run(
            "optimize", "ablation", "--nets", "1", "--passes", "30", "--effort", "1", "--certify", "0.2"), _console.Error);

        Assert.Matches(@"certified: no f above \d+\.\d\d on average; the maximum itself is proven for [01] of 1", _console.Out);
        Assert.Matches(@"gap to best +gap to bound", _console.Out);
    }

    [Theory]
    [InlineData("--net is absent; there is no such file.", "--net", "absent")]
    [InlineData("--nets is 0; allowed: 1 or more.", "--nets", "0")]
    [InlineData("--passes is -3; allowed: an integer from 1 to 10000000.", "--passes", "-3")]
    [InlineData("--effort is 0; allowed: an integer from 1 to 1000.", "--effort", "0")]
    [InlineData("--certify is -1; allowed: a number from 0 to 1000000.", "--certify", "-1")]
    [InlineData("--seed is -1; allowed: an integer, 0 or more.", "--seed", "-1")]
    public void Ablation_BadOptions_EndWith2BeforeAnythingRuns(string problem, params string[] options)
    {
        Assert.Equal(2, _console.Run(["optimize", "ablation", .. options]));
        Assert.Contains(problem, _console.Error);
        Assert.Empty(_console.Out);
    }
}
