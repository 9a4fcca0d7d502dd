using RL.Agents;
using RL.Certification;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Runs.Tests;

/// <summary>The C# of the packages' READMEs: it is run here, and the READMEs have it line for line.</summary>
public sealed class PackageReadmeTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Environments_Snippet_StepsEveryCopy()
    {
        using var environment = EnvironmentCatalog.Make("HalfCheetah-v5", count: 4);
        var actions = new SpaceBuffer(environment.ActionSpace, environment.Count);
        var random = new Pcg64(1);
        environment.Reset(seed: 0);
        for (var step = 0; step < 1000; step++)
        {
            for (var copy = 0; copy < environment.Count; copy++)
            {
                environment.ActionSpace.Sample(random, actions, copy);
            }

            var outcome = environment.Step(actions);     // rewards, next observations, terminated and truncated apart
            environment.ResetFinished();
            Assert.Equal(step == 999, outcome.Truncated[3]);
        }
    }

    [Fact]
    public void InputOpt_Snippet_FindsMoreThanTheStart()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed: 1);
        using var module = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1));
        var network = ReluNetwork.FromModule(module);
        var start = zeros(1, 5);
        var box = RL.InputOpt.Box.Between(-1, 1, start);

        var sharp = new Sharp(new SharpOptions { Passes = 100 }, generator);
        using var found = sharp.Maximize(new Objective(network), start, box);
        Console.WriteLine($"{found.StartValue.ToDouble():F4} → {found.Value.ToDouble():F4}");
        Assert.True(found.Value.ToDouble() > found.StartValue.ToDouble() + 0.05);
    }

    [Fact]
    public void Certification_Snippet_ProvesTheMaximum()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(seed: 1);
        using var module = nn.Sequential(nn.Linear(5, 32), nn.ReLU(), nn.Linear(32, 1));
        var network = ReluNetwork.FromModule(module);
        var start = zeros(1, 5);
        var box = RL.InputOpt.Box.Between(-1, 1, start);

        using var found = new Sharp(new SharpOptions { Passes = 100 }, generator).Maximize(new Objective(network), start, box);
        var certifier = new OptimumCertifier(new CertifierOptions { MaxSeconds = 60 }, TimeProvider.System);
        var proof = certifier.Certify(network, box, found.X);
        Console.WriteLine($"between {proof.Value:F6} and {proof.UpperBound:F6}, proven: {proof.Proven}");
        Assert.True(proof.Proven);
        // The proof may have found a better input; SHARP's value is float32's.
        Assert.InRange(found.Value.ToDouble(), double.NegativeInfinity, proof.Value + 1e-4);
        Assert.InRange(proof.Value, double.NegativeInfinity, proof.UpperBound);
    }

    [Fact]
    public void Agents_Snippet_LearnsAndPlays()
    {
        using var environment = EnvironmentCatalog.Make("Pendulum-v1");
        var options = new Td3Options { HiddenLayers = [64, 64], StartSteps = 200 };
        using var agent = new Td3(
            options, environment.ObservationSpace, environment.ActionSpace, new TrainingOptions { Seed = 1 }, TimeProvider.System);
        var (actions, losses) = (new SpaceBuffer(environment.ActionSpace, 1), new Losses());
        environment.Reset(seed: 1);
        for (var step = 0; step < 500; step++)
        {
            agent.Act(environment.Observations, actions, explore: true);
            agent.Observe(environment.Step(actions));
            environment.ResetFinished();
            agent.Update(losses);
        }

        Console.WriteLine($"loss {losses.Last["loss/critic"]:F2}, return {Evaluation.Run(agent, environment, 5, seed: 7, step: 500).Mean:F1}");
        Assert.Equal(["loss/actor", "loss/critic", "value/q1"], losses.Last.Keys.Order());
    }

    [Fact]
    public void Runs_Snippet_TrainsLoadsAndAttacks()
    {
        using var result = Training.Run("ppo", "CartPole-v1", new TrainingSettings
        {
            Preset = "ppo-cartpole",
            Assignments = ["total_steps=10000", "evaluation_episodes=10"],
            Runs = _folder.File("runs"),
        });
        Console.WriteLine($"{result.Folder}: {result.Summary.Status}, return {result.Last!.Mean:F1}");

        using var policy = Policy.Load(result.Folder!);
        var action = policy.Act<float>([0, 0, 0.05f, 0]);
        var attack = policy.Attack(new ObservationAttackOptions { Method = "pgd", Epsilon = 0.3 }, episodes: 5);
        Assert.InRange(action[0], 0, 1);
        Assert.Equal(result.Last.Mean, policy.Evaluate().Mean);
        Assert.True(attack.Attacked.Flipped > 0);
    }

    [Theory]
    [InlineData("Agents", 2)]
    [InlineData("Certification", 1)]
    [InlineData("Environments", 1)]
    [InlineData("InputOpt", 1)]
    [InlineData("Runs", 1)]
    public void Readme_EverySnippet_IsRunHere(string project, int count) =>
        Snippets.AreRun(["src", project, "README.md"], count, "PackageReadmeTests.cs", ("_folder.File(\"runs\")", "\"runs\""));

    sealed class Losses : IMetrics
    {
        public Dictionary<string, double> Last { get; } = [];

        public void Scalar(string tag, double value) => Last[tag] = value;
    }
}
