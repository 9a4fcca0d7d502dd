using System.Security.Cryptography;
using System.Text.Json;

namespace RL.Host.Tests;

/// <summary>The example examples/own-environment, as its README has it.</summary>
public sealed class OwnEnvironmentTests : IDisposable
{
    static readonly string _assembly = Repository.File("artifacts", "bin", "OwnEnvironment", "release", "OwnEnvironment.dll");
    static readonly string _model = $"mujoco:{Path.Combine(Path.GetDirectoryName(_assembly)!, "slider.xml")}";

    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("PointMass-v0")]
    [InlineData("slider", "env.task=slide-to-target")]
    public void Check_TheExample_KeepsTheContract(string environment, params string[] options)
    {
        Assert.Equal(0, _console.Run(["check", environment == "slider" ? _model : environment, .. options, "--assembly", _assembly]));
        Assert.DoesNotContain("FAILED", _console.Out);
    }

    // In processes of their own: each begins with no assembly loaded.
    [Fact]
    public void Train_TheExample_LearnsAndIsEvaluatedOnceTheAssemblyIsTrusted()
    {
        string[] small = ["--runs", _folder.Path, "--steps", "3000", "start_steps=500", "hidden_layers=32,32",
            "actor_learning_rate=1e-3", "critic_learning_rate=1e-3", "batch_size=64", "evaluation_interval=1000", "--json", "--quiet"];
        var (code, output, error) = Run(["train", "td3", "PointMass-v0", "--name", "point", "--assembly", _assembly, .. small]);
        Assert.True(code == 0, error);
        // A point that nobody pushes stays where it starts: about −76 on average.
        Assert.True(JsonDocument.Parse(output).RootElement.GetProperty("best").GetProperty("mean").GetDouble() > -60, output);

        string[] evaluate = ["evaluate", "point", "--runs", _folder.Path, "--json"];
        var hash = Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(_assembly)));
        var policy = _folder.File("point", "policy.safetensors");
        foreach (var asking in new string[][]
        {
            evaluate, ["evaluate", policy], ["attack", policy], ["train", "--resume", "point", "--runs", _folder.Path, "--steps", "4000"],
            ["train", "td3", "Pendulum-v1", "--from", policy, "--runs", _folder.Path],
        })
        {
            (code, output, error) = Run(asking);
            Assert.Equal((2, ""), (code, output));
            Assert.Contains($"{_assembly} (SHA-256 {hash})", error);
            Assert.Contains($"--trust-assembly {_assembly}", error);
        }

        (code, output, error) = Run([.. evaluate, "--assembly", _assembly]);
        Assert.True(code == 0, error);
        Assert.Contains("\"episodes\":10", output);
        Assert.Equal(2, Run(evaluate).Code);

        (code, var trusted, error) = Run([.. evaluate, "--trust-assembly", _assembly]);
        Assert.True(code == 0, error);
        Assert.Contains(hash, error);
        Assert.Equal((0, trusted, ""), Run(evaluate));

        (code, output, error) = Run(["compare", "--runs", _folder.Path]);
        Assert.True(code == 0, error);
        Assert.Contains("PointMass-v0", output);
    }

    [Fact]
    public void LoadNamedByData_OfTheNameOfOneThatTheUserHasNamed_IsThatOne()
    {
        UserAssemblies.Load(_assembly);
        File.WriteAllText(_folder.File("OwnEnvironment.dll"), "MZ");
        Assert.Equal(_assembly, UserAssemblies.LoadNamedByData(_folder.File("OwnEnvironment.dll"), new TrustedAssemblies(_folder.File("trusted.json"))));
    }

    [Fact]
    public void Evaluate_TheModelHasChanged_IsCode2AndNamesIt()
    {
        var model = _folder.File("m.xml");
        File.Copy(_model["mujoco:".Length..], model);
        string[] train = ["train", "td3", $"mujoco:{model}", "env.task=slide-to-target", "--assembly", _assembly, "--runs", _folder.Path,
            "--name", "a", "--steps", "60", "start_steps=100", "hidden_layers=8", "evaluation_episodes=1", "--quiet"];
        Assert.Equal(0, new TestConsole().Run(train));
        Assert.Equal(0, new TestConsole().Run("evaluate", "a", "--runs", _folder.Path));

        File.AppendAllText(model, "<!-- not the same -->");

        Assert.Equal(2, _console.Run("evaluate", "a", "--runs", _folder.Path));
        Assert.Contains($"The model {model} has changed since the run began (SHA-256 ", _console.Error);
        Assert.Equal(2, new TestConsole().Run("train", "--resume", "a", "--runs", _folder.Path, "--steps", "80"));
    }

    (int Code, string Out, string Error) Run(string[] arguments)
    {
        using var process = ChildProcess.Start(
            ChildProcess.Host, _folder.Path, [("XDG_CONFIG_HOME", _folder.File("config"))], arguments);
        return ChildProcess.Finish(process);
    }

    [Fact]
    public void Draw_AModelOfOnesOwn_IsAnImage()
    {
        Assert.Equal(0, _console.Run(
            "draw", _model, "env.task=slide-to-target", "--assembly", _assembly, "--image", _folder.File("a.png"), "--size", "64x48"));
        Assert.True(File.Exists(_folder.File("a.png")));
    }

    [Theory]
    [InlineData("there is no such file", "check", "PointMass-v0", "--assembly", "nothing.dll")]
    [InlineData("env.task is ''; allowed:", "train", "td3", "mujoco:nothing.xml")]
    [InlineData("/nothing.xml.", "train", "td3", "mujoco:nothing.xml", "env.task=slide-to-target")]
    public void Run_UserError_IsCode2(string expected, params string[] arguments)
    {
        string[] more = arguments[0] == "train" ? ["--runs", _folder.Path, "--assembly", _assembly] : [];
        Assert.Equal(2, _console.Run([.. arguments, .. more]));
        Assert.Contains(expected, _console.Error);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Run_AssemblyWithoutEnvironments_SaysWhatItLacks()
    {
        Assert.Equal(2, _console.Run("list", "environments", "--assembly", typeof(OwnEnvironmentTests).Assembly.Location));
        Assert.Contains("no public class that implements RL.Environments.IEnvironmentSource", _console.Error);
    }
}
