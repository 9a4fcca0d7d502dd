using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class Td3Tests
{
    static readonly SmallTask _task = new(actionSize: 1);

    static Td3 NewAgent(Td3Options options, TrainingOptions? training = null) =>
        new(options, _task.Observations, _task.Actions, training ?? new TrainingOptions(), TimeProvider.System);

    /// <summary>With one transition s → s of reward 1, Q is r/(1 − γ) if the future counts and r if it does not.</summary>
    [Theory]
    [InlineData(true, false, 1.0)]
    [InlineData(false, true, 2.0)]
    [InlineData(false, false, 2.0)]
    public void Learn_OnlyTerminationCutsTheBootstrap(bool terminated, bool truncated, double expected)
    {
        using var agent = NewAgent(new Td3Options
        {
            HiddenLayers = [16], BatchSize = 8, Discount = 0.5, Tau = 0.2, CriticLearningRate = 1e-2, StartSteps = 0, ReplayCapacity = 1,
        });
        agent.Observe(_task.Outcome(1, terminated, truncated));
        var metrics = new RecordedMetrics();
        for (var i = 0; i < 600; i++)
        {
            agent.Learn(metrics);
        }

        Assert.Equal(expected, metrics.Scalars.Last(s => s.Tag == "value/q1").Value, 0.1);
    }

    [Fact]
    public void Learn_PolicyDelay_MovesActorAndTargetsEverySecondUpdate()
    {
        using var agent = NewAgent(new Td3Options { HiddenLayers = [16], BatchSize = 8, StartSteps = 0 });
        agent.Observe(_task.Outcome(1, false, false));
        float[] Values(string name) => agent.Networks[name].data<float>().ToArray();
        var names = new[] { "actor.net.0.weight", "target_actor.net.0.weight", "target_critic_1.net.0.weight", "critic_1.net.0.weight" };

        var before = names.Select(Values).ToArray();
        agent.Learn(new RecordedMetrics());
        var first = names.Select(Values).ToArray();
        agent.Learn(new RecordedMetrics());
        var second = names.Select(Values).ToArray();

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal(before[i], first[i]);
            Assert.NotEqual(first[i], second[i]);
        }

        Assert.NotEqual(before[3], first[3]);
    }

    [Fact]
    public void Learn_CriticGradientsStayOn_AfterTheActorStep()
    {
        using var agent = NewAgent(new Td3Options { HiddenLayers = [16], BatchSize = 8, StartSteps = 0, PolicyDelay = 1 });
        agent.Observe(_task.Outcome(1, false, false));
        agent.Learn(new RecordedMetrics());
        Assert.True(agent.Networks["critic_1.net.0.weight"].requires_grad);
    }

    [Fact]
    public void Act_Greedy_ScalesToTheBoundsAndDoesNotExplore()
    {
        using var agent = NewAgent(new Td3Options { HiddenLayers = [16], StartSteps = 0 });
        var observations = new SpaceBuffer(_task.Observations, 2);
        observations.Row<double>(1).Fill(100);
        var (first, second) = (new SpaceBuffer(_task.Actions, 2), new SpaceBuffer(_task.Actions, 2));
        agent.Act(observations, first, explore: false);
        agent.Act(observations, second, explore: false);
        Assert.True(first.Bytes.SequenceEqual(second.Bytes));
        Assert.Equal(2, Math.Abs(first.Row<float>(1)[0]), 0.01);
    }

    [Fact]
    public void Act_SeveralActors_TakesTheActionThatTheCriticValuesHighest()
    {
        const int count = 200;
        using var agent = NewAgent(new Td3Options { HiddenLayers = [16], StartSteps = 0, Actors = 3 });
        var (observations, actions) = (new SpaceBuffer(_task.Observations, count), new SpaceBuffer(_task.Actions, count));
        var random = new Pcg64(0);
        foreach (ref var value in observations.Values<double>())
        {
            value = random.NextGaussian();
        }

        agent.Act(observations, actions, explore: false);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        Tensor Layer(string name, Tensor x) => nn.functional.linear(x, agent.Networks[$"{name}.weight"], agent.Networks[$"{name}.bias"]);
        Tensor Network(string name, Tensor x) => Layer($"{name}.net.1", Layer($"{name}.net.0", x).relu());
        var s = tensor(observations.Values<double>().ToArray(), [count, 3]).to(ScalarType.Float32);
        var candidates = Array.ConvertAll(["actor", "actor_2", "actor_3"], name => Network(name, s).tanh());
        var values = cat(Array.ConvertAll(candidates, a => Network("critic_1", cat([s, a], 1))), 1);
        var best = values.argmax(1, keepdim: true);
        var expected = cat(candidates, 1).gather(1, best) * 2;
        Assert.Equal(expected.data<float>().ToArray(), actions.Values<float>().ToArray(), (a, b) => Math.Abs(a - b) < 1e-5);
        // Each is the best somewhere, or nothing is shown.
        Assert.Equal(3, best.data<long>().ToArray().Distinct().Count());
        Assert.Null(agent.PolicyNetwork);
    }

    [Fact]
    public void Constructor_SeveralActorsThatAreGuided_SaysWhatIsAllowed()
    {
        var options = new Td3Options { Actors = 2, Refine = new() { Guide = new() { Method = "gradient" } } };
        Assert.Contains("allowed with agent.actors=2: none", Assert.Throws<ArgumentException>(() => NewAgent(options)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Act_WarmUp_IsUniformOverTheBounds()
    {
        using var agent = NewAgent(new Td3Options { HiddenLayers = [16], StartSteps = 1_000 });
        var (observations, actions) = (new SpaceBuffer(_task.Observations, 1), new SpaceBuffer(_task.Actions, 1));
        var drawn = new List<float>();
        for (var i = 0; i < 1_000; i++)
        {
            agent.Act(observations, actions, explore: true);
            drawn.Add(actions.Row<float>(0)[0]);
        }

        Assert.Equal(0, drawn.Average(), 0.15);
        Assert.InRange(drawn.Min(), -2, -1.9);
        Assert.InRange(drawn.Max(), 1.9, 2);
    }

    [Fact]
    public void New_SameSeed_HasTheSameWeights()
    {
        using var first = NewAgent(new Td3Options { HiddenLayers = [16] });
        using var second = NewAgent(new Td3Options { HiddenLayers = [16] });
        Assert.All(first.Networks, network =>
            Assert.Equal(network.Value.data<float>().ToArray(), second.Networks[network.Key].data<float>().ToArray()));
    }

    [Fact]
    public void Load_NetworksOfOtherDepth_ThrowsInvalidData()
    {
        using var one = NewAgent(new Td3Options { HiddenLayers = [16], ReplayCapacity = 1 });
        using var two = NewAgent(new Td3Options { HiddenLayers = [16, 16], ReplayCapacity = 1 });
        using var stream = new MemoryStream();
        using var writer = new BinaryWriter(stream);
        one.Save(writer);
        stream.Position = 0;
        using var reader = new BinaryReader(stream);
        var error = Assert.Throws<InvalidDataException>(() => two.Load(reader));
        Assert.Contains("network actor has 4 tensors; allowed: 6", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void LoadNetworks_ExportedElsewhere_ActsTheSame()
    {
        var options = new Td3Options { HiddenLayers = [16] };
        using var first = NewAgent(options);
        using var second = NewAgent(options, new TrainingOptions { Seed = 9 });
        second.LoadNetworks(first.Networks);
        foreach (var (name, value) in first.Networks)
        {
            Assert.Equal(value.data<float>().ToArray(), second.Networks[name].data<float>().ToArray());
        }

        var missing = first.Networks.Where(entry => entry.Key != "actor.net.0.bias").ToDictionary();
        Assert.Contains("actor.net.0.bias", Assert.Throws<InvalidDataException>(() => second.LoadNetworks(missing)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Constructor_DiscreteActions_SaysWhatIsAllowed()
    {
        var error = Assert.Throws<ArgumentException>(
            () => new Td3(new Td3Options(), _task.Observations, new DiscreteSpace(2), new TrainingOptions(), TimeProvider.System));
        Assert.Contains("Discrete(2)", error.Message, StringComparison.Ordinal);
        Assert.Contains("bounded box of float32", error.Message, StringComparison.Ordinal);
    }
}
