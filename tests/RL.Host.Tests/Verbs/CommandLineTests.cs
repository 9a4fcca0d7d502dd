using System.Diagnostics;
using System.Text.Json;

namespace RL.Host.Tests;

public sealed class CommandLineTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    string[] Train(params string[] more) =>
        ["train", "td3", "Pendulum-v1", "--runs", _folder.Path, "evaluation_episodes=1", "hidden_layers=8", "--steps", "60", .. more];

    [Fact]
    public void Run_NoArguments_ShowsHelpWithExamples()
    {
        Assert.Equal(0, _console.Run());
        Assert.Contains("./rl train td3 HalfCheetah-v5", _console.Out);
    }

    [Theory]
    [InlineData("train")]
    [InlineData("evaluate")]
    [InlineData("attack")]
    [InlineData("list")]
    [InlineData("list", "options")]
    [InlineData("check")]
    [InlineData("train-classifier")]
    [InlineData("optimize")]
    [InlineData("optimize", "classifier")]
    [InlineData("optimize", "landscape")]
    [InlineData("optimize", "relaxations")]
    [InlineData("optimize", "regions")]
    [InlineData("optimize", "reconstruct")]
    public void Run_HelpOfAVerb_ShowsExamples(params string[] verb)
    {
        Assert.Equal(0, _console.Run([.. verb, "--help"]));
        Assert.Contains("Examples:\n  ./rl ", _console.Out);
    }

    [Fact]
    public void Run_Version_PrintsIt()
    {
        Assert.Equal(0, _console.Run("--version"));
        Assert.Matches(@"^\d+\.\d+\.\d+\n$", _console.Out);
    }

    [Fact]
    public void Train_LogLevel_SaysHowMuchIsTold()
    {
        string Told(string level)
        {
            var console = new TestConsole();
            Assert.True(0 == console.Run(Train("--name", level, "--log-level", level, "log_interval=20")), console.Error);
            return console.Error;
        }

        Assert.Empty(Told("warning"));
        var (usual, debug, trace) = (Told("information"), Told("debug"), Told("trace"));
        Assert.DoesNotContain("checkpoint", usual);
        Assert.Contains("step 60: checkpoint written", debug);
        Assert.DoesNotContain("time/steps_per_second", debug);
        Assert.Matches(@"step 40: time/steps_per_second \d", trace);
        Assert.Equal(2, _console.Run(Train("--log-level", "loud")));
        Assert.Contains("--log-level is loud", _console.Error);
        Assert.Contains("Allowed: trace, debug, information, warning, error, none.", _console.Error);
        Assert.Equal(2, _console.Run(Train("--log-level", "debug", "--quiet")));
        Assert.Contains("--quiet and --log-level debug are both given", _console.Error);
    }

    // A header that a damaged file holds was quoted whole: 300,000 characters.
    [Fact]
    public void Run_ErrorThatQuotesAFile_HasALength()
    {
        var shape = string.Join(',', Enumerable.Repeat(1, 100_000));
        var header = "{\"a\":{\"dtype\":\"F32\",\"shape\":[" + shape + "],\"data_offsets\":[0,8]}}";
        var file = _folder.File("a.safetensors");
        File.WriteAllBytes(file, [.. BitConverter.GetBytes((long)header.Length), .. System.Text.Encoding.ASCII.GetBytes(header), .. new byte[8]]);
        Assert.Equal(2, _console.Run("evaluate", file));
        Assert.Contains(file, _console.Error);
        Assert.InRange(_console.Error.Length, 100, 4_100);
    }

    // Left out of `runs`, and suggested for itself by what was asked for it.
    [Fact]
    public void Runs_FolderThatMayNotBeRead_IsNamed()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/setpriv"), "needs setpriv: root may read everything");
        Assert.SkipUnless(
            !Environment.IsPrivilegedProcess || ChildProcess.Run("/usr/bin/setpriv", "/", "--reuid=65534", "test", "-x", ChildProcess.Host).Code == 0,
            "nobody but root may start the program here");
        Assert.True(0 == _console.Run(Train("--name", "mine", "--quiet")), _console.Error);
        var closed = _folder.File("mine");
        static void SetMode(string mode, string path) => Process.Start("chmod", [mode, path]).WaitForExit();
        SetMode("755", _folder.Path);
        SetMode("000", closed);
        try
        {
            (string Program, string[] Arguments) nobody = Environment.IsPrivilegedProcess
                ? ("/usr/bin/setpriv", ["--reuid=65534", "--regid=65534", "--clear-groups", ChildProcess.Host])
                : (ChildProcess.Host, []);
            var (code, output, error) = ChildProcess.Run(nobody.Program, "/", [.. nobody.Arguments, "runs", "--runs", _folder.Path]);
            Assert.True(code == 0, error);
            Assert.Contains($"unreadable: The folder {closed} may not be read by this user.", output);
            (code, _, error) = ChildProcess.Run(nobody.Program, "/", [.. nobody.Arguments, "evaluate", "mine", "--runs", _folder.Path]);
            Assert.Equal(2, code);
            Assert.Contains($"The folder {closed} may not be read by this user.", error);
        }
        finally
        {
            SetMode("700", closed);
        }
    }

    [Fact]
    public void LogLevel_OfAnotherVerb_SaysHowMuchIsTold()
    {
        Assert.True(0 == _console.Run(Train("--name", "run", "--quiet")), _console.Error);
        (string Out, string Error) Evaluate(string level)
        {
            var console = new TestConsole();
            Assert.True(0 == console.Run("evaluate", "run", "--runs", _folder.Path, "--episodes", "2", "--log-level", level), console.Error);
            return (console.Out, console.Error);
        }

        var (usual, warning, debug) = (Evaluate("information"), Evaluate("warning"), Evaluate("debug"));
        Assert.Equal((usual.Out, ""), warning);
        Assert.Equal(usual.Out, debug.Out);
        Assert.DoesNotContain("episode 1", usual.Error);
        Assert.Matches(@"^rl \d+\.\d+\.\d+: \./rl evaluate run .*\nepisode 1: return -.*\nepisode 2: return -.*\nexit code 0 after \d+\.\d s\n$", debug.Error);
    }

    [Theory]
    [InlineData("evaluate", "x")]
    [InlineData("optimize", "regions", "x")]
    [InlineData("worker", "--cluster", "localhost")]
    [InlineData("dashboard", "x")]
    [InlineData("train-classifier")]
    [InlineData("runs", "show", "x")]
    public void LogLevel_OfAnyVerb_IsChecked(params string[] verb)
    {
        Assert.Equal(2, _console.Run([.. verb, "--log-level", "loud"]));
        Assert.Contains("--log-level is loud. Allowed: trace, debug, information, warning, error, none.", _console.Error);
        Assert.Equal(2, _console.Run([.. verb, "--log-leve", "debug"]));
        Assert.Contains("did you mean --log-level?", _console.Error);
    }

    [Theory]
    [InlineData("There is no environment 'HalfCheeta-v5'; did you mean HalfCheetah-v5", "train", "td3", "HalfCheeta-v5")]
    [InlineData("There is no environment 'coinrun'; did you mean procgen:coinrun?", "train", "ppo", "coinrun")]
    [InlineData("There is no environment 'Hopper'; did you mean Hopper-v4 or Hopper-v5?", "train", "td3", "Hopper")]
    [InlineData("There is no agent 'td4'; did you mean td3?", "train", "td4", "Pendulum-v1")]
    [InlineData("There is no command or argument 'td3'; did you mean `./rl train td3 CartPole-v1 --steps 5`?", "td3", "CartPole-v1", "--steps", "5")]
    [InlineData("There is no command or argument 'CartPole-v1'; did you mean `./rl train AGENT CartPole-v1`?", "CartPole-v1")]
    [InlineData("train needs an agent and an environment, but got 'td3'", "train", "td3")]
    [InlineData("There is no option --stepz; did you mean --steps?", "train", "td3", "Pendulum-v1", "--stepz", "5")]
    [InlineData("agent.batch_size is 0; allowed: an integer from 1 to 1000000.", "train", "td3", "Pendulum-v1", "batch_size=0")]
    [InlineData("training.total_steps is 0; allowed: an integer, 1 or more.", "train", "td3", "Pendulum-v1", "--steps", "0")]
    [InlineData("training.device is cuda0; allowed: cpu, cuda or cuda:N (N from 0).", "train", "td3", "Pendulum-v1", "device=cuda0")]
    [InlineData("env.healthy_z_min is 3, env.healthy_z_max is 2: the first", "train", "td3", "Walker2d-v5", "env.healthy_z_min=3")]
    [InlineData("There is no run 'nothing'", "train", "--resume", "nothing")]
    [InlineData("--resume x takes agent, environment, --preset, --name and --from from the run", "train", "td3", "--resume", "x")]
    [InlineData("--resume x takes agent, environment, --preset, --name and --from from the run", "train", "--resume", "x", "--from", "y")]
    [InlineData("There is no run 'nothing'", "train", "td3", "Pendulum-v1", "--from", "nothing")]
    [InlineData("There is no file nothing.safetensors", "train", "td3", "Pendulum-v1", "--from", "nothing.safetensors")]
    [InlineData("td3 cannot be trained on CartPole-v1: The action space is Discrete(2); allowed: a bounded box of float32. Agents that can: ppo.", "train", "td3", "CartPole-v1")]
    [InlineData("There is no run 'nothing'", "evaluate", "nothing")]
    [InlineData("There is no environment 'Nope'", "check", "Nope")]
    [InlineData("distribution_mode is extreme: maze has: easy, hard, memory, exploration", "check", "procgen:maze", "distribution_mode=extreme")]
    [InlineData("there is no such file", "check", "Pendulum-v1", "--trace", "missing.json")]
    [InlineData("--name is 'a\\u000Ab'; it has a character that is not shown (U+000A)", "train", "td3", "Pendulum-v1", "--name", "a\nb")]
    [InlineData("There is no run 'a\\u001Bb'", "train", "--resume", "a\u001bb")]
    [InlineData("dance", "dance")]
    [InlineData("There is no option --quiet. See `./rl evaluate --help`", "evaluate", "x", "--quiet")]
    [InlineData("There is no option --episode; did you mean --episodes?", "attack", "x", "--episode", "3")]
    [InlineData("There is no option --trac; did you mean --trace?", "check", "Pendulum-v1", "--trac", "x")]
    [InlineData("There is no option --vdeo; did you mean --video?", "draw", "Pendulum-v1", "--vdeo", "x")]
    [InlineData("There is no option --plto; did you mean --plot?", "compare", "--plto", "x")]
    [InlineData("There is no option --epoch; did you mean --epochs?", "train-classifier", "--epoch", "3")]
    [InlineData("--episodes is many; allowed: a whole number.", "evaluate", "x", "--episodes", "many")]
    [InlineData("--episodes needs a value: N.", "evaluate", "x", "--episodes")]
    [InlineData("'y' is not of the form key=value.", "check", "Pendulum-v1", "y")]
    [InlineData("did you mean actor_learning_rate or critic_learning_rate or refine.adr_gd.learning_rate?\n", "train", "td3", "Pendulum-v1", "learning_rate=1e-3")]
    [InlineData("LibTorchPackage=libtorch-cuda", "train", "td3", "Pendulum-v1", "device=cuda")]
    [InlineData("a replay buffer of 100000000 transitions takes 16.5 GB", "train", "td3", "HalfCheetah-v5", "replay_capacity=1e8")]
    [InlineData("a rollout of training.copies × agent.rollout_steps = 25600000 steps takes 315.3 GB", "train", "ppo", "procgen:coinrun", "copies=100", "rollout_steps=256000")]
    [InlineData("evaluate --help", "evaluate")]
    public void Run_UserError_IsOneSentenceAndCode2AndNothingIsWritten(string expected, params string[] arguments)
    {
        string[] runs = arguments[0] == "train" ? ["--runs", _folder.Path] : [];

        Assert.Equal(2, _console.Run([.. arguments, .. runs]));
        Assert.StartsWith("rl: ", _console.Error);
        Assert.Contains(expected, _console.Error);
        Assert.Empty(_console.Out);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Train_Json_PrintsOneLineOnStandardOutput()
    {
        Assert.Equal(0, _console.Run(Train("--json", "--name", "a")));

        var line = Assert.Single(_console.Out.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        var result = JsonDocument.Parse(line).RootElement;
        Assert.Equal(("finished", 60), (result.GetProperty("status").GetString(), result.GetProperty("steps").GetInt32()));
        Assert.Contains("60/60 100.0%", _console.Error);
    }

    [Fact]
    public void Train_Quiet_PrintsNothingButTheResult()
    {
        Assert.Equal(0, _console.Run(Train("--quiet", "--name", "a")));

        Assert.Empty(_console.Error);
        Assert.Contains("a: finished at step 60", _console.Out);
    }

    [Fact]
    public void Train_NameThatIsTaken_IsCode2()
    {
        Assert.Equal(0, _console.Run(Train("--quiet", "--name", "a")));
        Assert.Equal(2, _console.Run(Train("--quiet", "--name", "a")));
        Assert.Contains("exists already", _console.Error);
    }

    [Fact]
    public void Train_ResumeOfAFinishedRun_SaysSoAndGoesFurtherWithMoreSteps()
    {
        _console.Run(Train("--quiet", "--name", "a"));

        Assert.Equal(0, _console.Run("train", "--resume", "a", "--runs", _folder.Path));
        Assert.Contains("The run is finished", _console.Error);
        Assert.Equal(0, _console.Run("train", "--resume", "a", "--runs", _folder.Path, "--steps", "80"));
        Assert.Contains("finished at step 80", _console.Out);
    }

    [Fact]
    public void Train_From_BeginsWithThePolicysNetworks()
    {
        _console.Run(Train("--quiet", "--name", "a"));

        // Another seed, and nothing learnt.
        Assert.Equal(0, new TestConsole().Run(Train("--quiet", "--name", "b", "--from", "a", "seed=3", "start_steps=60")));

        var (first, second) = (PolicyFile.Read(_folder.File("a", RunFolder.PolicyName)), PolicyFile.Read(_folder.File("b", RunFolder.PolicyName)));
        Assert.All(first.Networks, network => Assert.True(network.Value.bytes.SequenceEqual(second.Networks[network.Key].bytes), network.Key));
    }

    [Theory]
    [InlineData("--from {0} is a policy of td3; allowed: policies of ddpg", "train", "ddpg", "Pendulum-v1")]
    [InlineData("training.normalize.observations=false", "train", "td3", "Pendulum-v1", "normalize.observations=true")]
    [InlineData(".weight is [8, 3]; allowed: [16, 3].", "train", "td3", "Pendulum-v1", "hidden_layers=16")]
    public void Train_FromAPolicyOfAnotherKind_IsCode2AndWritesNothing(string expected, params string[] arguments)
    {
        _console.Run(Train("--quiet", "--name", "a"));
        var policy = _folder.File("a", RunFolder.PolicyName);
        var console = new TestConsole();

        Assert.Equal(2, console.Run([.. arguments, "--runs", _folder.Path, "--name", "b", "--from", policy]));

        Assert.Contains(expected.Replace("{0}", policy, StringComparison.Ordinal), console.Error);
        Assert.False(Directory.Exists(_folder.File("b")));
    }

    [Theory]
    [InlineData("normalize.observations=false")]
    [InlineData("normalize.observations=true")]
    public void Evaluate_ARun_RepeatsItsLastEvaluation(string option)
    {
        _console.Run(Train("--quiet", "--name", "a", option));
        var expected = EvaluationTable.Read(_folder.File("a")).Last().Mean;
        var console = new TestConsole();

        Assert.Equal(0, console.Run("evaluate", "a", "--runs", _folder.Path, "--json"));
        Assert.Equal(expected, JsonDocument.Parse(console.Out).RootElement.GetProperty("mean").GetDouble());
    }

    [Fact]
    public void Evaluate_ImpossibleNumberOfEpisodes_IsCode2()
    {
        _console.Run(Train("--quiet", "--name", "a"));

        Assert.Equal(2, _console.Run("evaluate", "a", "--runs", _folder.Path, "--episodes", "0"));
    }

    [Fact]
    public void List_EverySubject_ShowsWhatThereIs()
    {
        foreach (var (subject, expected) in new[] { ("environments", "HalfCheetah-v5"), ("agents", "td3"), ("presets", "td3-adr-gd-paper") })
        {
            var console = new TestConsole();
            Assert.Equal(0, console.Run("list", subject));
            Assert.Contains(expected, console.Out);
        }
    }

    [Fact]
    public void List_Options_ShowsDefaultRangeAndMeaning()
    {
        Assert.Equal(0, _console.Run("list", "options", "td3", "HalfCheetah-v5"));
        Assert.Matches(@"(?m)^agent\.batch_size +256 +an integer from 1 to 1000000 +N, transitions in a minibatch\.", _console.Out);
        Assert.Contains("env.", _console.Out);
        Assert.Contains("training.total_steps", _console.Out);
    }

    [Fact]
    public void Check_AGoodEnvironment_IsCode0()
    {
        Assert.Equal(0, _console.Run("check", "Pendulum-v1"));
        Assert.Contains("ok ", _console.Out);
        Assert.DoesNotContain("FAILED", _console.Out);
    }

    [Fact]
    public void Check_TraceOfAProcgenGame_IsCode0()
    {
        var file = Repository.File("tests/RL.Environments.Tests/golden/procgen/maze-easy-seed0-random.json.gz");
        Assert.Equal(0, _console.Run("check", "procgen:maze", "--trace", file));
        Assert.Contains("ok ", _console.Out);
        Assert.Contains("3200 steps; different frames 0", _console.Out);
    }

    [Fact]
    public void Check_FileThatIsNoTrace_IsCode2()
    {
        var file = _folder.File("trace.json");
        File.WriteAllText(file, "{}");

        Assert.Equal(2, _console.Run("check", "HalfCheetah-v5", "--trace", file));
        Assert.Contains("trace.json", _console.Error);
    }
}
