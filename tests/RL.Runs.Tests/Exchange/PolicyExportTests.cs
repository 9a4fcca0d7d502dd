using System.Text.Json;
using RL.Agents;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;

namespace RL.Runs.Tests;

public sealed class PolicyExportTests(ITestOutputHelper output) : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>Observations that benchmarks/scripts/exchange.sh asks for; null: as many, and of as many policies, as a test takes time for.</summary>
    static readonly int? _observations = int.TryParse(Environment.GetEnvironmentVariable("RL_EXCHANGE_OBSERVATIONS"), out var wanted) ? wanted : null;

    public static TheoryData<string, string, int, string[]> Policies
    {
        get
        {
            var policies = new TheoryData<string, string, int, string[]>
            {
                { "td3", "HalfCheetah-v5", 1000, ["normalize.observations=true"] },
                { "ddpg", "Pendulum-v1", 1000, [] },
                { "sac", "HalfCheetah-v5", 1000, ["normalize.observations=true", "normalize.observation_clip=2"] },
                { "ppo", "HalfCheetah-v5", 1000, ["activation=tanh"] },
                { "ppo", "CartPole-v1", 1000, [] },
                { "ppo", "procgen:coinrun", 4, ["network=impala"] },
            };
            if (_observations is not null)
            {
                policies.Add("td3", "Pendulum-v1", 1000, []);
                policies.Add("ddpg", "Hopper-v5", 1000, []);
                policies.Add("sac", "Humanoid-v5", 1000, ["normalize.observations=true"]);
                policies.Add("ppo", "Humanoid-v5", 1000, ["activation=tanh"]);
                policies.Add("ppo", "HalfCheetah-v5", 1000, ["normalize.observations=true"]);
                policies.Add("ppo", "procgen:coinrun", 1000, ["network=small"]);
                policies.Add("ppo", "procgen:coinrun", 1000, ["network=compact"]);
                policies.Add("ppo", "procgen:coinrun", 1000, ["network=nature"]);
            }

            return policies;
        }
    }

    [Theory]
    [MemberData(nameof(Policies))]
    public void Write_EveryAgentAndNetwork_PlaysTheSameInOnnxRuntime(string agent, string environment, int count, string[] assignments)
    {
        using var policy = TestPolicies.Untrained(agent, environment, assignments);
        using var task = policy.MakeEnvironment(4);
        count = _observations ?? count;
        var observations = TestPolicies.Observations(task, count);
        PolicyExport.Write(_folder.File("a.onnx"), policy, sampled: false);

        using var session = new OnnxSession(_folder.File("a.onnx"));
        var outputs = session.Run(observations);

        var expected = TestPolicies.Act(policy, observations);
        var difference = TestPolicies.LargestDifference(expected, outputs["action"]);
        if (policy.Network!.Head == PolicyHead.Logits)
        {
            var logits = TestPolicies.Outputs(policy, observations);
            difference = TestPolicies.LargestDifference(logits, outputs["logits"]);
            Assert.Equal(expected, outputs["action"]);
        }

        if (assignments is ["network=impala" or "network=compact"] && policy.Network.Network is ReluModule { Module: var module })
        {
            // Whose rounding it is: both beside the same network in float64, which the policy is from here on.
            var (ours, theirs) = (TestPolicies.Outputs(policy, observations), outputs["logits"]);
            module.to(torch.ScalarType.Float64);
            var exact = TestPolicies.Outputs(policy, observations, torch.ScalarType.Float64);
            output.WriteLine($"  from float64: ours {TestPolicies.LargestDifference(exact, ours):E1}, ONNX Runtime's {TestPolicies.LargestDifference(exact, theirs):E1}");
            Assert.InRange(TestPolicies.LargestDifference(exact, ours), 0, 2e-6 * Math.Max(1, exact.Max(Math.Abs)));
        }

        Assert.True(outputs.Values.Max(values => values.Distinct().Count()) > count / 2);
        output.WriteLine($"{agent} on {environment} {string.Join(' ', assignments)}: {count} observations, largest difference {difference:E1}, largest output {outputs.Values.Max(values => values.Max(Math.Abs)):F1}");
        // Logits are sums of larger numbers; those of impala, fifteen convolutions deep, have rounded the most often.
        Assert.True(difference <= (assignments is ["network=impala"] ? 2e-6 : 1e-6) * Math.Max(1, outputs.Values.Max(values => values.Max(Math.Abs))), $"{difference}");
    }

    [Fact]
    public void Write_TrainedPolicy_PlaysTheSameAndSaysWhatItIs()
    {
        using var policy = Policy.Load(Repository.File("models", "coinrun-easy-200.safetensors"));
        using var task = policy.MakeEnvironment(4);
        var observations = TestPolicies.Observations(task, _observations ?? 60);
        PolicyExport.Write(_folder.File("a.onnx"), policy, sampled: false, 25_000_000, new(9.5, 2, 100));

        using var session = new OnnxSession(_folder.File("a.onnx"));
        var outputs = session.Run(observations);

        output.WriteLine($"largest difference {TestPolicies.LargestDifference(TestPolicies.Outputs(policy, observations), outputs["logits"]):E1}");
        Assert.Equal(TestPolicies.Act(policy, observations), outputs["action"]);
        Assert.Equal(("procgen:coinrun", "ppo", "25000000", "9.5", "100"), (
            session.Metadata["task"], session.Metadata["agent"], session.Metadata["step"], session.Metadata["return"], session.Metadata["return_episodes"]));
        Assert.Equal((policy.ObservationSpace.ToString(), policy.ActionSpace.ToString()), (session.Metadata["observation_space"], session.Metadata["action_space"]));
        Assert.Equal("ppo", JsonDocument.Parse(session.Metadata["options"]).RootElement.GetProperty("agents")[0].GetString());
    }

    [Theory]
    [InlineData("sac", "Pendulum-v1")]
    [InlineData("ppo", "Pendulum-v1")]
    [InlineData("ppo", "CartPole-v1")]
    public void Write_Sampled_DrawsWhatThePolicyDrawsFromTheSameNoise(string agent, string environment)
    {
        const int count = 1000;
        using var policy = TestPolicies.Untrained(agent, environment);
        using var task = policy.MakeEnvironment(4);
        var observations = TestPolicies.Observations(task, count);
        PolicyExport.Write(_folder.File("a.onnx"), policy, sampled: true);
        var actions = new SpaceBuffer(policy.ActionSpace, count);
        policy.Act(observations, actions, new Pcg64(11));
        var random = new Pcg64(11);
        Array noise = policy.Network!.Head == PolicyHead.Logits
            ? Enumerable.Range(0, count).Select(_ => random.NextDouble()).ToArray()
            : Enumerable.Range(0, count * policy.ActionSpace.Size).Select(_ => (float)random.NextGaussian()).ToArray();

        using var session = new OnnxSession(_folder.File("a.onnx"));
        var drawn = session.Run(observations, noise)["action"];

        // Pendulum's actions are up to 2.
        Assert.InRange(TestPolicies.LargestDifference(TestPolicies.Numbers(actions), drawn), 0, 2e-6);
        Assert.NotEqual(TestPolicies.Act(policy, observations), drawn);
    }

    [Fact]
    public void Write_PolicyThatIsNoNetwork_IsRefusedAndLeavesNoFile()
    {
        using var searching = TestPolicies.Untrained("maxq", "Pendulum-v1", "hidden_layers=8");
        using var deterministic = TestPolicies.Untrained("td3", "Pendulum-v1", "hidden_layers=8");

        Assert.Contains("maxq cannot be exported", Assert.Throws<UserException>(() => PolicyExport.Write(_folder.File("a.onnx"), searching, false)).Message);
        Assert.Contains("td3 is deterministic", Assert.Throws<UserException>(() => PolicyExport.Write(_folder.File("a.onnx"), deterministic, true)).Message);
        Assert.Empty(Directory.GetFileSystemEntries(_folder.Path));
    }

    [Fact]
    public void Write_Files_PassTheChecker()
    {
        Python.SkipUnlessItHas("onnx");
        using var discrete = TestPolicies.Untrained("ppo", "CartPole-v1");
        using var normalized = TestPolicies.Untrained("sac", "HalfCheetah-v5", "normalize.observations=true");
        PolicyExport.Write(_folder.File("a.onnx"), discrete, false);
        PolicyExport.Write(_folder.File("b.onnx"), discrete, true);
        PolicyExport.Write(_folder.File("c.onnx"), normalized, false);
        PolicyExport.Write(_folder.File("d.onnx"), normalized, true);

        Python.Run("import sys, onnx\nfor file in sys.argv[1:]: onnx.checker.check_model(onnx.load(file), full_check=True)", Directory.GetFiles(_folder.Path));
    }
}
