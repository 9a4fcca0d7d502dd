using System.Text.Json;

namespace RL.Host.Tests;

public sealed class ExchangeVerbsTests : IDisposable
{
    static readonly string _fixtures = Repository.File("tests", "RL.Runs.Tests", "Exchange", "fixtures");

    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static string Succeed(params string[] arguments)
    {
        var console = new TestConsole();
        Assert.True(console.Run(arguments) == 0, console.Error);
        return console.Out;
    }

    static string Refuse(params string[] arguments)
    {
        var console = new TestConsole();
        Assert.Equal(2, console.Run(arguments));
        return console.Error;
    }

    [Theory]
    [InlineData("td3.zip", "HalfCheetah-v5", "critic")]
    [InlineData("ppo.zip", "Pendulum-v1", "default")]
    public void Import_PolicyOfStableBaselines_IsEvaluatedAttackedCertifiedAndExported(string file, string environment, string loss)
    {
        var policy = _folder.File("policy.safetensors");

        Assert.Contains("linear 8", Succeed("import", Path.Combine(_fixtures, file), "--environment", environment, "--out", policy));

        var played = JsonDocument.Parse(Succeed("evaluate", policy, "--episodes", "1", "--json")).RootElement;
        Assert.InRange(played.GetProperty("lengths")[0].GetInt32(), 200, 1000);
        Assert.Contains("pgd", Succeed("attack", policy, "--method", "pgd", "--passes", "2", "--loss", loss, "--epsilon", "0.1", "--episodes", "1", "--out", _folder.File("attack")));
        Assert.Contains(
            "2 states", Succeed("certify", policy, "--epsilon", "0.001", "--states", "2", "--episodes", "1", "--out", _folder.File("certificates")));
        Succeed("export", policy, _folder.File("policy.onnx"), "--episodes", "1");
        Succeed("import", _folder.File("policy.onnx"), "--environment", environment, "--out", _folder.File("again.safetensors"));
        var again = JsonDocument.Parse(Succeed("evaluate", _folder.File("again.safetensors"), "--episodes", "1", "--json")).RootElement;
        Assert.Equal(played.GetProperty("mean").GetDouble(), again.GetProperty("mean").GetDouble(), 1);
    }

    [Fact]
    public void Export_RunAndItsCheckpoint_SayTheirStepAndReturn()
    {
        Succeed(
            "train", "td3", "Pendulum-v1", "--runs", _folder.Path, "--name", "a", "--quiet", "hidden_layers=8", "start_steps=10", "batch_size=8", "--steps", "60",
            "evaluation_interval=40", "checkpoint_interval=40", "evaluation_episodes=1");

        JsonElement Export(params string[] more) => JsonDocument.Parse(Succeed(
            ["export", "a", _folder.File("a.onnx"), "--runs", _folder.Path, "--json", .. more])).RootElement;
        var (last, checkpoint) = (Export(), Export("--checkpoint", "40"));

        Assert.Equal((60, 40), (last.GetProperty("step").GetInt64(), checkpoint.GetProperty("step").GetInt64()));
        Assert.True(last.GetProperty("return").GetDouble() < 0);
        Assert.NotEqual(last.GetProperty("return").GetDouble(), checkpoint.GetProperty("return").GetDouble());
        Assert.Contains("--sampled needs a stochastic policy", Refuse("export", "a", _folder.File("b.onnx"), "--runs", _folder.Path, "--sampled"));
        Assert.Contains("a name that ends in .onnx", Refuse("export", "a", _folder.File("b.bin"), "--runs", _folder.Path));
        Assert.False(File.Exists(_folder.File("b.onnx")));
    }

    [Fact]
    public void Import_WhatIsMissingOrWrong_IsSaidBeforeAnythingIsWritten()
    {
        var zip = Path.Combine(_fixtures, "td3.zip");

        Assert.Contains("--environment is missing", Refuse("import", zip));
        Assert.Contains("there is no such file", Refuse("import", _folder.File("none.zip"), "--environment", "Pendulum-v1"));
        Assert.Contains("--activation is rely", Refuse("import", zip, "--environment", "HalfCheetah-v5", "--activation", "rely"));
        Assert.Contains("actor.mu.0 has weights", Refuse("import", zip, "--environment", "Pendulum-v1", "--out", _folder.File("a.safetensors")));
        Assert.Contains("ends in .safetensors", Refuse("import", zip, "--environment", "HalfCheetah-v5", "--out", _folder.File("a.zip")));
        Assert.Contains("Imported policies are not trained", Refuse("train", "imported", "Pendulum-v1", "--runs", _folder.Path));
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }
}
