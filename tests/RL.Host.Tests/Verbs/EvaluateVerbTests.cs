using System.Text.Json;
using RL.InputOpt;

namespace RL.Host.Tests;

public sealed class EvaluateVerbTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public EvaluateVerbTests()
    {
        Assert.Equal(0, new TestConsole().Run(
            "train", "ppo", "procgen:maze", "--runs", _folder.Path, "--name", "a", "--quiet", "--steps", "16", "network=small",
            "rollout_steps=8", "minibatches=1", "epochs=1", "env.num_levels=3", "env.distribution_mode=easy", "evaluation_episodes=2"));
        File.Copy(Path.Combine(_folder.Path, "a", RunFolder.PolicyName), Policy);
    }

    string Policy => _folder.File("exported.safetensors");

    public void Dispose() => _folder.Dispose();

    JsonElement Evaluate(params string[] arguments)
    {
        var console = new TestConsole();
        Assert.Equal(0, console.Run(["evaluate", "--json", "--runs", _folder.Path, .. arguments]));
        return JsonDocument.Parse(console.Out).RootElement;
    }

    void TrainTd3(string name) => Assert.Equal(0, new TestConsole().Run(
        "train", "td3", "Pendulum-v1", "--runs", _folder.Path, "--name", name, "hidden_layers=8", "--steps", "20", "evaluation_episodes=1"));

    [Fact]
    public void Run_PolicyFile_PlaysAsTheRun()
    {
        var (run, file) = (Evaluate("a"), Evaluate(Policy));
        Assert.Equal(run.GetProperty("returns").ToString(), file.GetProperty("returns").ToString());
        Assert.Equal(run.GetProperty("lengths").ToString(), file.GetProperty("lengths").ToString());
        Assert.Equal("exported.safetensors", file.GetProperty("policy").GetString());
    }

    [Fact]
    public void Run_Explore_DrawsActionsTheSameWayEachTime()
    {
        var (first, second) = (Evaluate(Policy, "--explore", "--episodes", "4"), Evaluate(Policy, "--explore", "--episodes", "4"));
        Assert.Equal(first.GetProperty("lengths").ToString(), second.GetProperty("lengths").ToString());
        Assert.NotEqual(Evaluate(Policy, "--episodes", "4").GetProperty("lengths").ToString(), first.GetProperty("lengths").ToString());
    }

    [Fact]
    public void Run_ExploreWithWarmUp_ReturnsTwo()
    {
        TrainTd3("b");
        Assert.Equal(2, _console.Run("evaluate", "b", "--runs", _folder.Path, "--explore"));
        Assert.Contains("--explore needs a stochastic policy; that of td3 is deterministic", _console.Error);
    }

    [Fact]
    public void Run_Refine_ActsByTheCriticTheSameWayEachTime()
    {
        TrainTd3("c");
        var (plain, refined) = (Evaluate("c"), Evaluate("c", "--refine", "refine.evaluate.method=adr-gd", "refine.evaluate.radius=0.5"));
        Assert.NotEqual(plain.GetProperty("returns").ToString(), refined.GetProperty("returns").ToString());
        Assert.True(refined.GetProperty("gain").GetDouble() > 0);
        Assert.Equal(
            refined.ToString(), Evaluate("c", "--refine", "agent.refine.evaluate.method=adr-gd", "agent.refine.evaluate.radius=0.5").ToString());
        // A refinement that may not change anything is the greedy policy, to the bit.
        Assert.Equal(
            plain.GetProperty("returns").ToString(), Evaluate("c", "--refine", "refine.evaluate.radius=0").GetProperty("returns").ToString());
    }

    [Theory]
    [InlineData("--refine needs a critic of actions, which ppo does not have; allowed: agents with refine.*", "--refine")]
    [InlineData("--explore and --refine exclude each other; allowed: one of them", "--explore", "--refine")]
    [InlineData("refine.explore.radius=0.5 cannot be changed after training; allowed: env.*", "refine.explore.radius=0.5")]
    public void Run_RefineThatCannotBe_ReturnsTwo(string expected, params string[] arguments)
    {
        Assert.Equal(2, _console.Run(["evaluate", Policy, .. arguments]));
        Assert.Contains(expected, _console.Error);
    }

    [Fact]
    public void Run_OptionsOfTheTask_CanBeChanged()
    {
        Assert.Equal(3, Evaluate(Policy, "env.num_levels=0", "env.start_level=0", "--episodes", "3").GetProperty("returns").GetArrayLength());
        Assert.Equal(2, _console.Run("evaluate", Policy, "env.num_levels=-1"));
        Assert.Contains("env.num_levels is -1; allowed: an integer, 0 or more", _console.Error);
    }

    [Theory]
    [InlineData("agent.network=impala cannot be changed after training; allowed: env.*, training.device", "agent.network=impala")]
    [InlineData("--best and --checkpoint choose between the policies of a run; ", "--best")]
    public void Run_WhatAFileCannotHave_ReturnsTwo(string expected, string argument)
    {
        Assert.Equal(2, _console.Run("evaluate", Policy, argument));
        Assert.Contains(expected, _console.Error);
    }

    [Fact]
    public void Run_NoFile_ReturnsTwo()
    {
        Assert.Equal(2, _console.Run("evaluate", _folder.File("none.safetensors")));
        Assert.Contains("There is no file", _console.Error);
    }

    [Fact]
    public void Run_NoSafetensors_ReturnsTwo()
    {
        File.WriteAllText(Policy, "no");
        Assert.Equal(2, _console.Run("evaluate", Policy));
        Assert.Contains("is not a readable safetensors file", _console.Error);
    }

    [Fact]
    public void Run_FileWithoutOptions_SaysWhatIsMissing()
    {
        SafeTensors.Write(Policy, SafeTensors.Read(Policy), new Dictionary<string, string> { ["agent"] = "ppo" });
        Assert.Equal(2, _console.Run("evaluate", Policy));
        Assert.Contains("is not a policy file: its metadata has agent; allowed: a file whose metadata has 'options'", _console.Error);
    }

    [Fact]
    public void Run_TensorMissing_ReturnsTwo()
    {
        var (tensors, metadata) = (SafeTensors.Read(Policy), SafeTensors.ReadMetadata(Policy));
        tensors.Remove("policy.head.bias");
        SafeTensors.Write(Policy, tensors, metadata);
        Assert.Equal(2, _console.Run("evaluate", Policy));
        Assert.Contains("exported.safetensors: The tensor policy.head.bias is missing.", _console.Error);
    }
}
