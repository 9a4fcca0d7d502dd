using System.Text.Json;

namespace RL.Host.Tests;

public sealed class CertifyVerbTests(SwingRun run) : IClassFixture<SwingRun>, IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    string[] Certify(params string[] more) => ["certify", "swing", "--runs", run.Runs, .. more];

    [Fact]
    public void Certify_ContinuousActions_WritesTableJsonAndCurve()
    {
        var output = _folder.File("out");

        Assert.True(0 == _console.Run(Certify(
            "--epsilon", "0,0.0001,0.0002,0.02,5", "--states", "6", "--method", "crown,alpha,branch", "--seconds", "1", "--radius", "--episodes", "2",
            "--out", output)), _console.Error);

        Assert.Contains("6 states", _console.Out, StringComparison.Ordinal);
        Assert.Contains("certificates speak of the float32 program", _console.Out, StringComparison.Ordinal);
        Assert.Contains("certified radius", _console.Out, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(output, "certified.png")));
        var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "certificates.json"))).RootElement;
        var results = document.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(5, results.Count);
        // Intervals prove that too, but that the action moves much farther.
        Assert.All(results[2].GetProperty("states").EnumerateArray(), state => Assert.Equal("crown", state.GetProperty("method").GetString()));
        var steps = EventReader.Read(Directory.GetFiles(output, "events*").Single()).Where(item => item.Tag == "certify/certified").Select(item => item.Step);
        Assert.Equal([0, 100, 200, 20_000, 5_000_000], steps);
        // Of an observation that does not move, every action is certain.
        Assert.Equal(1, results[0].GetProperty("certified").GetDouble());
        foreach (var result in results)
        {
            Assert.Equal(1, result.GetProperty("certified").GetDouble() + result.GetProperty("open").GetDouble() + result.GetProperty("broken").GetDouble(), 1e-9);
            foreach (var state in result.GetProperty("states").EnumerateArray().Where(state => state.GetProperty("margin").ValueKind == JsonValueKind.Number))
            {
                Assert.True(state.GetProperty("margin").GetDouble() <= state.GetProperty("attack_margin").GetDouble() + 1e-5);
                Assert.True(state.GetProperty("action_lower")[0].GetDouble() <= state.GetProperty("action_upper")[0].GetDouble());
            }
        }
        Assert.All(document.GetProperty("radii").EnumerateArray(), radius => Assert.True(
            radius.GetProperty("attacked").ValueKind == JsonValueKind.Null
            || radius.GetProperty("certified").GetDouble() <= radius.GetProperty("attacked").GetDouble()));
    }

    [Fact]
    public void Certify_WholeEpisodesTwice_IsTheSameAndCountsEpisodes()
    {
        string[] Results(string folder)
        {
            Assert.True(0 == new TestConsole().Run(Certify("--epsilon", "0.001", "--whole-episodes", "2", "--out", _folder.File(folder))));
            var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.File(folder), "certificates.json"))).RootElement;
            Assert.Equal(2, document.GetProperty("whole_episodes").GetInt32());
            var result = document.GetProperty("results")[0];
            // Pendulum's episodes have 200 steps.
            Assert.Equal(400, result.GetProperty("states").GetArrayLength());
            Assert.InRange(result.GetProperty("certified_episodes").GetInt32(), 0, 2);
            return [.. result.GetProperty("states").EnumerateArray().Select(state => state.GetProperty("margin").GetRawText())];
        }

        Assert.Equal(Results("first"), Results("second"));
    }

    [Theory]
    [InlineData("--epsilon is -1", "--epsilon", "-1")]
    [InlineData("ε is 1E+300; allowed for images: 0 to 1, a share of their range; for others: 0 to 1000000000 standard deviations.", "--epsilon", "1e300")]
    [InlineData("--method is lp", "--method", "lp")]
    [InlineData("--states is 0", "--states", "0")]
    [InlineData("--attack is nothing", "--attack", "nothing")]
    public void Certify_BadSetting_IsRefusedBeforeAnythingIsWritten(string problem, params string[] more)
    {
        Assert.Equal(2, _console.Run(Certify([.. more, "--out", _folder.File("out")])));
        Assert.Contains(problem, _console.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(_folder.File("out")));
    }

    [Fact]
    public void Attack_Certify_ShowsWhatIsProvenBesideAttacks()
    {
        Assert.True(0 == _console.Run(
            "attack", "swing", "--runs", run.Runs, "--method", "pgd", "--epsilon", "0,0.05", "--episodes", "1", "--certify", "--out", _folder.File("out")), _console.Error);
        Assert.Matches(@"CPU ms/step +certified", _console.Out);
        var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(_folder.File("out"), "attack.json"))).RootElement;
        Assert.Equal(1, document.GetProperty("results")[0].GetProperty("certified").GetDouble());
    }
}
