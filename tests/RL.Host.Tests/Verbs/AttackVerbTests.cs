using System.Text.Json;
using System.Text.Json.Nodes;

namespace RL.Host.Tests;

/// <summary>A run to attack.</summary>
public sealed class SwingRun : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public SwingRun()
    {
        var console = new TestConsole();
        Assert.True(0 == console.Run(
            "train", "td3", "Pendulum-v1", "--runs", Runs, "--name", "swing", "--steps", "60", "start_steps=20",
            "hidden_layers=16,16", "evaluation_episodes=2"), console.Error);
    }

    public string Runs => _folder.Path;

    public void Dispose() => _folder.Dispose();
}

public sealed class AttackVerbTests(SwingRun run) : IClassFixture<SwingRun>, IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    string[] Attack(params string[] more) => ["attack", "swing", "--runs", run.Runs, .. more];

    JsonElement Evaluate(params string[] more)
    {
        var console = new TestConsole();
        Assert.Equal(0, console.Run(["evaluate", "swing", "--runs", run.Runs, "--json", .. more]));
        return JsonDocument.Parse(console.Out).RootElement;
    }

    static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    [Fact]
    public void Attack_SeveralMethods_WritesTableJsonAndCurvesOnTheEpisodesOfEvaluate()
    {
        var output = _folder.File("out");

        Assert.True(0 == _console.Run(Attack(
            "--method", "noise,fgsm,pgd,adr-gd", "--epsilon", "0,1/10", "--passes", "default,6", "--episodes", "3", "--seed", "4",
            "--budget", "30", "--out", output)), _console.Error);

        Assert.Matches(@"clean return -[\d,.]+ ± [\d.]+ over 3 episodes, seed 4; ε in units of the standard deviation in", _console.Out);
        Assert.Matches(@"6 +0\.1 +adr-gd +12 ", _console.Out);
        var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "attack.json"))).RootElement;
        var clean = document.GetProperty("clean");
        Assert.Equal(
            Numbers(Evaluate("--episodes", "3", "--seed", "4").GetProperty("returns")), Numbers(clean.GetProperty("returns")));
        var results = document.GetProperty("results").EnumerateArray().ToList();
        Assert.Equal(16, results.Count);
        foreach (var result in results)
        {
            var (method, isZero) = (result.GetProperty("method").GetString(), result.GetProperty("epsilon").GetString() == "0");
            var used = result.GetProperty("gradient_passes").GetDouble();
            Assert.Equal((method, result.GetProperty("budget").GetString()) switch
            {
                ("noise", _) => 0,
                ("fgsm", _) => 1,
                // An iteration of ADR-GD passes through the network and through its relaxation.
                ("adr-gd", "6") => 12,
                ("adr-gd", _) => 100,
                (_, "6") => 6,
                _ => 20,
            }, used);
            Assert.Equal(3 * 30, result.GetProperty("attacked_steps").GetInt64());
            var returns = Numbers(result.GetProperty("play").GetProperty("returns"));
            Assert.Equal(isZero, returns.SequenceEqual(Numbers(clean.GetProperty("returns"))));
        }

        var curve = EventReader.Read(Directory.GetFiles(Path.Combine(output, "pgd-6")).Single());
        Assert.Contains(curve, item => item is { Tag: "attack/return", Step: 100_000 });
        Assert.Equal(8, Directory.GetDirectories(output).Length);
        Assert.False(File.Exists(Path.Combine(output, "attack.png")));

        var again = new TestConsole();
        Assert.Equal(2, again.Run(Attack("--out", output)));
        Assert.Contains("holds results already", again.Error);
    }

    [Fact]
    public void Attack_InPieces_HasTheSameResultsInWorkerProcesses()
    {
        string Results(params string[] more)
        {
            var console = new TestConsole();
            string[] what = ["--method", "noise", "--epsilon", "0.1", "--episodes", "3", "--seed", "4", "--passes", "3", "--budget", "20", "--json"];
            Assert.True(0 == console.Run(Attack([.. what, "--out", _folder.File(string.Concat(more)), .. more])), console.Error);
            var document = JsonNode.Parse(console.Out)!;
            document["results"]!.AsArray().ToList().ForEach(result => result!.AsObject().Remove("milliseconds_per_step"));
            return document["clean"]!.ToJsonString() + document["results"]!.ToJsonString();
        }

        var pieces = Results("--shards", "2");
        Assert.NotEqual(Results(), pieces);
        Assert.Equal(pieces, Results("--shards", "2", "--workers", "2"));
    }

    [Theory]
    [InlineData("--shards is 4; allowed: 1 to 3", "--shards", "4", "--episodes", "3")]
    [InlineData("--certificate is given without --cluster", "--certificate", "a.pem")]
    [InlineData("--certificate is /no/such, which cannot be read", "--cluster", "localhost:1", "--certificate", "/no/such")]
    public void Attack_PiecesThatCannotBe_EndsWith2AndWritesNothing(string problem, params string[] more)
    {
        Assert.Equal(2, _console.Run(Attack([.. more, "--out", _folder.File("out")])));
        Assert.Contains(problem, _console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Attack_Json_IsOneLineAndGoesIntoTheRun()
    {
        Assert.True(0 == _console.Run(Attack(
            "--method", "fgsm", "--epsilon", "0.3", "--loss", "critic", "--budget", "5", "--confidence", "0.01", "--json")), _console.Error);

        var line = Assert.Single(_console.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var document = JsonDocument.Parse(line).RootElement;
        Assert.Equal("critic", document.GetProperty("loss").GetString());
        Assert.InRange(document.GetProperty("results")[0].GetProperty("attacked_steps").GetInt64(), 0, 10);
        var folder = Path.Combine(run.Runs, "swing", "attacks");
        var file = Assert.Single(Directory.GetFiles(folder, "attack.json", SearchOption.AllDirectories));
        var written = JsonDocument.Parse(File.ReadAllText(file)).RootElement;
        Assert.Equal(document.ToString(), JsonSerializer.Serialize(written, OptionsJson.Line));
    }

    [Fact]
    public void Attack_PolicyFileOfAGame_DrawsFramesAndPlaysTheLevelsAskedFor()
    {
        var trained = new TestConsole();
        Assert.True(0 == trained.Run(
            "train", "ppo", "procgen:fruitbot", "--runs", _folder.Path, "--name", "fruit", "--steps", "32", "copies=2", "network=small",
            "rollout_steps=16", "minibatches=1", "epochs=1", "evaluation_episodes=1", "distribution_mode=easy"), trained.Error);
        var file = _folder.File("fruitbot.safetensors");
        File.Copy(_folder.File("fruit", "policy.safetensors"), file);
        var output = _folder.File("out");
        string[] attack = ["attack", file, "--episodes", "1", "--method", "fgsm,pgd,adr-gd,sharp", "--passes", "4"];

        Assert.True(0 == _console.Run([.. attack, "--budget", "4", "--levels", "7-8", "--out", output]), _console.Error);

        Assert.Contains("ε in units of the range 0 to 255", _console.Out);
        var png = File.ReadAllBytes(Path.Combine(output, "attack.png"));
        Assert.Equal([0x89, (byte)'P', (byte)'N', (byte)'G'], png[..4]);
        var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(output, "attack.json"))).RootElement;
        Assert.Equal(8, document.GetProperty("results").GetArrayLength());
        foreach (var result in document.GetProperty("results").EnumerateArray())
        {
            Assert.True(result.GetProperty("loss").GetDouble() >= result.GetProperty("clean_loss").GetDouble());
        }

        var evaluated = new TestConsole();
        Assert.Equal(0, evaluated.Run(
            "evaluate", file, "env.start_level=7", "env.num_levels=2", "--episodes", "1", "--json"));
        Assert.Equal(
            Numbers(JsonDocument.Parse(evaluated.Out).RootElement.GetProperty("returns")),
            Numbers(document.GetProperty("clean").GetProperty("returns")));

        foreach (var (expected, options) in new (string, string[])[]
        {
            ("ε is 2; allowed for images: 0 to 1", ["--epsilon", "2"]),
            ("--levels is 9-7; allowed: all, or two seeds of levels like 500-999.", ["--levels", "9-7"]),
            ("The target is 15; allowed: one action from 0 to 14.", ["--target", "15"]),
            ("The ReLU layers are -4; allowed: -3 to 2.", ["--layers", "-4"]),
            ("The loss critic is for continuous actions", ["--loss", "critic"]),
            ("agent.clip=1 cannot be changed after training", ["agent.clip=1"]),
        })
        {
            var misused = new TestConsole();
            Assert.Equal(2, misused.Run([.. attack, .. options, "--out", _folder.File("none")]));
            Assert.Contains(expected, misused.Error);
            Assert.False(Directory.Exists(_folder.File("none")));
        }
    }

    [Theory]
    [InlineData("--method is pdg; did you mean pgd", "--method", "pdg")]
    [InlineData("--method is pgd,pgd; allowed: one or more, each once, of noise", "--method", "pgd,pgd")]
    [InlineData("--epsilon is 1/0; allowed: a list such as [0.5,1], each 0 or more, or null.", "--epsilon", "1/0")]
    [InlineData("--epsilon is much; allowed: a list", "--epsilon", "much")]
    [InlineData("--epsilon is -1; allowed: a list such as [0.5,1], each 0 or more", "--epsilon", "-1")]
    [InlineData("--passes is default,0; allowed: a list such as [256,256], each from 1 to", "--passes", "default,0")]
    [InlineData("--episodes is 0; allowed: 1 or more.", "--episodes", "0")]
    [InlineData("--seed is -1; allowed: 0 or more.", "--seed", "-1")]
    [InlineData("--loss is margn; did you mean margin?", "--loss", "margn")]
    [InlineData("The loss margin is for discrete actions", "--loss", "margin")]
    [InlineData("The target is 0, 1; allowed: 1 numbers from -1 to 1.", "--target", "0,1")]
    [InlineData("--explore needs a stochastic policy; that of td3 is deterministic.", "--explore")]
    [InlineData("--layers is x; allowed: a list such as [256,256], or null.", "--layers", "x")]
    [InlineData("The ReLU layers are 2; allowed: -2 to 1.", "--layers", "2")]
    [InlineData("--confidence is 2; allowed: a number from 0 to 1, or null.", "--confidence", "2")]
    [InlineData("--budget is -1; allowed: an integer, 0 or more, or null.", "--budget", "-1")]
    [InlineData("--momentum is 2; allowed: a number from 0 to 1.", "--momentum", "2")]
    [InlineData("--levels is 0-9, but Pendulum-v1 has no levels.", "--levels", "0-9")]
    [InlineData("Whole bytes are asked for, but the observations are not images.", "--whole-bytes")]
    public void Attack_BadOption_IsCode2AndNothingIsWritten(string expected, params string[] options)
    {
        var output = _folder.File("out");

        Assert.Equal(2, _console.Run(Attack(["--out", output, .. options])));

        Assert.Contains(expected, _console.Error);
        Assert.Empty(_console.Out);
        Assert.False(Directory.Exists(output));
    }

    [Fact]
    public void Attack_NoSuchRun_IsCode2()
    {
        Assert.Equal(2, _console.Run("attack", "nothing", "--runs", run.Runs));
        Assert.Contains("There is no run 'nothing'", _console.Error);
    }
}
