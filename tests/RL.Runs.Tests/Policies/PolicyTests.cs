using RL.Agents;
using RL.Environments;

namespace RL.Runs.Tests;

public sealed class PolicyTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    TrainingResult Train(string agent, string environment, params string[] assignments) => Training.Run(agent, environment, new()
    {
        Assignments = ["total_steps=40", "evaluation_episodes=3", .. assignments],
        Runs = _folder.Path,
        Name = "a",
    });

    public static TheoryData<string, string, string[]> Runs => new()
    {
        { "td3", "Pendulum-v1", ["hidden_layers=8", "start_steps=10", "batch_size=4"] },
        { "td3", "Pendulum-v1", ["hidden_layers=8", "start_steps=10", "batch_size=4", "refine.evaluate.method=sharp", "refine.evaluate.passes=5"] },
        { "ddpg", "HalfCheetah-v5", ["hidden_layers=8", "start_steps=10", "batch_size=4", "normalize.observations=true"] },
        { "sac", "Pendulum-v1", ["hidden_layers=8", "start_steps=10", "batch_size=4"] },
        { "maxq", "Pendulum-v1", ["hidden_layers=8", "start_steps=10", "batch_size=4", "act.passes=5"] },
        { "ppo", "CartPole-v1", ["rollout_steps=20", "minibatches=2", "epochs=1"] },
    };

    [Theory]
    [MemberData(nameof(Runs))]
    public void Act_EveryAgent_PlaysWhatTheEvaluationPlayed(string agent, string environment, string[] assignments)
    {
        using var trained = Train(agent, environment, assignments);
        using var policy = Policy.Load(trained.Folder!);

        Assert.Equal((agent, environment), (policy.Algorithm, policy.Environment.Id));
        Assert.Equal(trained.Last!.Mean, policy.Evaluate().Mean);
        Assert.Equal(policy.Evaluate().Returns, Play(policy, 3, isOneByOne: false));
        Assert.Equal(policy.Evaluate(1).Returns, Play(policy, 1, isOneByOne: true));
    }

    public static TheoryData<string, Action<Dictionary<string, TorchSharp.torch.Tensor>>, string> Spoilt => new()
    {
        { "NaN", tensors => tensors["policy.head.bias"][0] = double.NaN, "the tensor policy.head.bias has a value that is NaN or infinite" },
        { "no moments", tensors => _ = tensors.Remove("observations.mean") && tensors.Remove("observations.variance"), "lacks the moments" },
        { "no variance", tensors => tensors.Remove("observations.variance"), "observations.variance missing" },
        { "negative", tensors => tensors["observations.variance"] = TorchSharp.torch.tensor([-1d, 1, 1, 1]), "and negative" },
        { "float32", tensors => tensors["observations.mean"] = TorchSharp.torch.zeros(8), "observations.mean is Float32 [8]" },
        { "shape", tensors => tensors["observations.mean"] = TorchSharp.torch.zeros([2, 2], TorchSharp.torch.float64), "[2×2]" },
    };

    [Theory]
    [MemberData(nameof(Spoilt))]
    public void Load_FileWithoutUsableNumbers_NamesFileAndTensor(string what, Action<Dictionary<string, TorchSharp.torch.Tensor>> spoil, string expected)
    {
        using var trained = Train("ppo", "CartPole-v1", "rollout_steps=20", "minibatches=2", "epochs=1", "normalize.observations=true");
        using var scope = TorchSharp.torch.NewDisposeScope();
        var (file, spoilt) = (Path.Combine(trained.Folder!, RunFolder.PolicyName), _folder.File($"{what}.safetensors"));
        var tensors = InputOpt.SafeTensors.Read(file);
        using (TorchSharp.torch.no_grad())
        {
            spoil(tensors);
        }

        InputOpt.SafeTensors.Write(spoilt, tensors, InputOpt.SafeTensors.ReadMetadata(file));

        var error = Assert.Throws<UserException>(() => Policy.Load(spoilt)).Message;
        Assert.StartsWith(spoilt, error);
        Assert.Contains(expected, error);
    }

    // In the task's own observations: what a program of one's own would do.
    static List<double> Play(Policy policy, int episodes, bool isOneByOne)
    {
        using var environment = policy.MakeEnvironment(episodes);
        var actions = new SpaceBuffer(policy.ActionSpace, episodes);
        var (returns, isOver) = (new double[episodes], new bool[episodes]);
        environment.Reset(Seeds.Of(policy.Training.Seed, Purpose.Evaluation));
        var observation = new double[policy.ObservationSpace.Size];
        while (isOver.Contains(false))
        {
            policy.Act(environment.Observations, actions);
            for (var copy = 0; isOneByOne && copy < episodes; copy++)
            {
                environment.Observations.RowToDouble(copy, observation);
                var action = policy.Act<double>(observation);
                for (var i = 0; i < action.Length; i++)
                {
                    actions.Set(copy, i, action[i]);
                }
            }

            var outcome = environment.Step(actions);
            for (var copy = 0; copy < episodes; copy++)
            {
                returns[copy] += isOver[copy] ? 0 : outcome.TaskRewards[copy];
                isOver[copy] |= outcome.IsFinished(copy);
            }

            environment.ResetFinished();
        }

        return [.. returns];
    }

    [Fact]
    public void Act_Batch_IsTheSameAsOneByOne()
    {
        using var trained = Train("td3", "HalfCheetah-v5", "hidden_layers=8", "start_steps=10", "batch_size=4", "normalize.observations=true");
        using var environment = trained.Policy.MakeEnvironment(4);
        environment.Reset(1);
        var actions = new SpaceBuffer(trained.Policy.ActionSpace, 4);

        trained.Policy.Act(environment.Observations, actions);

        for (var row = 0; row < 4; row++)
        {
            var one = trained.Policy.Act<double>(environment.Observations.Row<double>(row));
            Assert.Equal(one.Select(a => (float)a), actions.Row<float>(row).ToArray(), (a, b) => Math.Abs(a - b) < 1e-6);
        }
    }

    [Fact]
    public void Act_Drawn_DependsOnTheGeneratorAlone()
    {
        using var trained = Train("ppo", "CartPole-v1", "rollout_steps=20", "minibatches=2", "epochs=1");
        double[] Draw(ulong seed)
        {
            var random = new Pcg64(seed);
            return [.. Enumerable.Range(0, 50).Select(_ => trained.Policy.Act<float>(new float[4], random)[0])];
        }

        Assert.Equal(Draw(1), Draw(1));
        Assert.NotEqual(Draw(1), Draw(2));
        Assert.Contains(0, Draw(1));
        Assert.Contains(1, Draw(1));
    }

    [Fact]
    public void Act_DrawnFromAPolicyThatDrawsNone_SaysSo()
    {
        using var trained = Train("td3", "Pendulum-v1", "hidden_layers=8");

        Assert.Contains(
            "The policy of td3 is deterministic",
            Assert.Throws<InvalidOperationException>(() => trained.Policy.Act<float>(new float[3], new Pcg64(1))).Message);
    }

    [Fact]
    public void Act_ObservationOfAnotherSize_NamesBothSizes()
    {
        using var trained = Train("td3", "Pendulum-v1", "hidden_layers=8");

        var error = Assert.Throws<ArgumentException>(() => trained.Policy.Act<float>(new float[4]));
        Assert.Contains("The observation has 4 elements; Pendulum-v1 has 3", error.Message);
    }

    [Theory]
    [InlineData("coinrun-easy-200")]
    [InlineData("fruitbot-easy-200")]
    [InlineData("fruitbot-plain-200")]
    public void Load_PublishedPolicy_ActsOnItsGame(string name)
    {
        using var policy = Policy.Load(Path.Combine(Repository.Root, "models", $"{name}.safetensors"));
        using var environment = policy.MakeEnvironment(2);
        environment.Reset(5);
        var actions = new SpaceBuffer(policy.ActionSpace, 2);

        policy.Act(environment.Observations, actions);

        Assert.Equal("ppo", policy.Algorithm);
        Assert.Equal(policy.Act<byte>(environment.Observations.Row<byte>(1))[0], actions.Get(1, 0));
    }

    [Fact]
    public void Load_Changes_AreTheTasksAlone()
    {
        using var trained = Train("td3", "Pendulum-v1", "hidden_layers=8");
        using var policy = Policy.Load(trained.Folder!, best: true, ["env.gravity=5"]);

        Assert.Equal(5, ((PendulumOptions)policy.EnvironmentOptions).Gravity);
        Assert.Contains(
            "cannot be changed after training", Assert.Throws<UserException>(() => Policy.Load(trained.Folder!, changes: ["batch_size=3"])).Message);
    }

    [Theory]
    [InlineData("nothing", "There is no run 'nothing'")]
    [InlineData("nothing.safetensors", "There is no file nothing.safetensors")]
    public void Load_NothingThere_SaysSo(string path, string expected) =>
        Assert.Contains(expected, Assert.Throws<UserException>(() => Policy.Load(path)).Message);

    [Theory]
    [InlineData("td3")]
    [InlineData("sac")]
    public void Attack_GivesBothPlays(string agent)
    {
        using var trained = Train(agent, "Pendulum-v1", "hidden_layers=8", "start_steps=10", "batch_size=4");

        var nothing = trained.Policy.Attack(new() { Method = "pgd", Epsilon = 0 });
        var pgd = trained.Policy.Attack(new() { Method = "pgd", Epsilon = 0.5, Passes = 5 });

        Assert.Equal(trained.Policy.Evaluate().Returns, nothing.Clean.Returns);
        Assert.Equal(nothing.Clean.Returns, nothing.Attacked.Evaluation.Returns);
        Assert.Equal(EpsilonUnit.MeasuredDeviation, pgd.Unit);
        Assert.True(pgd.Attacked.Loss > pgd.Attacked.CleanLoss, $"{pgd.Attacked.Loss} > {pgd.Attacked.CleanLoss}");
        Assert.Contains("Method is 'x'; allowed: noise", Assert.Throws<ArgumentException>(() => trained.Policy.Attack(new() { Method = "x" })).Message);
    }
}
