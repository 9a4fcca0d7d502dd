using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public class MaxQTests
{
    static readonly SmallTask _task = new(actionSize: 2);

    static MaxQ NewAgent(MaxQOptions options) => new(options, _task.Observations, _task.Actions, new TrainingOptions(), TimeProvider.System);

    /// <summary>
    /// With transitions s → s of reward 1 − ‖a‖², Q's maximum is r/(1 − γ) at a = 0 if the future counts and r if it does not. With noise ε on the
    /// target's action it is 1 + γ (1 − E‖clip(ε, −1, 1)‖²)/(1 − γ): for σ̃ = ½ and two elements E‖·‖² = 0.46.
    /// </summary>
    [Theory]
    [InlineData(true, false, 0, 1.0)]
    [InlineData(false, true, 0, 2.0)]
    [InlineData(false, false, 0, 2.0)]
    [InlineData(false, false, 0.5, 1.54)]
    public void Learn_ABandit_FindsItsMaximum(bool terminated, bool truncated, double targetNoise, double expected)
    {
        using var agent = NewAgent(new MaxQOptions
        {
            HiddenLayers = [32], BatchSize = 32, Discount = 0.5, Tau = 0.2, CriticLearningRate = 1e-2, StartSteps = 0, Act = new() { Passes = 20 },
            TargetNoise = targetNoise, TargetNoiseClip = 10,
        });
        var random = new Pcg64(1);
        for (var i = 0; i < 500; i++)
        {
            var drawn = _task.Outcome(0, terminated, truncated);
            _task.Actions.Sample(random, drawn.Actions, 0);
            var action = drawn.Actions.Row<float>(0);
            drawn.Rewards[0] = 1 - (((action[0] * action[0]) + (action[1] * action[1])) / 4);
            agent.Observe(drawn);
        }

        var metrics = new RecordedMetrics();
        for (var i = 0; i < 600; i++)
        {
            agent.Learn(metrics);
        }

        var (outcome, actions) = (_task.Outcome(0, false, false), new SpaceBuffer(_task.Actions, 1));
        agent.Act(outcome.Observations, actions, explore: false);
        Assert.All(actions.Row<float>(0).ToArray(), element => Assert.Equal(0, element, 0.4f));
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var input = cat([full([1, 3], 0.5f), tensor(actions.Row<float>(0).ToArray()).reshape(1, 2) / 2], 1);
        var value = InputOpt.ReluNetwork.FromTensors(agent.Networks, "critic_1.net.").Forward(input).ToSingle();
        Assert.Equal(expected, value, 0.2);
    }

    [Fact]
    public void Act_Playing_IsAFunctionOfTheStateAlone()
    {
        using var agent = NewAgent(new MaxQOptions { HiddenLayers = [16, 16], StartSteps = 0, Act = new() { Passes = 10 } });
        var (three, one) = (new SpaceBuffer(_task.Observations, 3), new SpaceBuffer(_task.Observations, 1));
        three.Row<double>(1).Fill(0.7);
        one.Row<double>(0).Fill(0.7);
        var (all, again, alone) = (new SpaceBuffer(_task.Actions, 3), new SpaceBuffer(_task.Actions, 3), new SpaceBuffer(_task.Actions, 1));
        using var before = new MemoryStream();
        using var after = new MemoryStream();
        agent.Save(new BinaryWriter(before));

        agent.Act(three, all, explore: false);
        agent.Act(three, again, explore: false);
        agent.Act(one, alone, explore: false);
        agent.Save(new BinaryWriter(after));

        Assert.True(all.Bytes.SequenceEqual(again.Bytes));
        Assert.Equal(all.Row<float>(1).ToArray(), alone.Row<float>(0).ToArray());
        Assert.Equal(before.ToArray(), after.ToArray());
    }

    [Fact]
    public void Update_Certified_ReportsHowFarTheActionIsFromTheMaximum()
    {
        using var agent = NewAgent(new MaxQOptions
        {
            HiddenLayers = [8, 8], StartSteps = 0, CertifyEvery = 2, UpdateAt = UpdateAt.EpisodeEnd,
        });
        var (observations, actions, metrics) = (new SpaceBuffer(_task.Observations, 1), new SpaceBuffer(_task.Actions, 1), new RecordedMetrics());
        for (var step = 0; step < 4; step++)
        {
            agent.Act(observations, actions, explore: true);
            agent.Update(metrics);
        }

        var gaps = metrics.Scalars.Where(scalar => scalar.Tag == "refine/optimality_gap").Select(scalar => scalar.Value).ToList();
        Assert.Equal(2, gaps.Count);
        // 50 passes from two starts and a network of 16 neurons: the maximum, and proven to be.
        Assert.All(gaps, gap => Assert.InRange(gap, 0, 1e-4));
        Assert.All(metrics.Scalars.Where(scalar => scalar.Tag == "refine/proven"), scalar => Assert.Equal(1, scalar.Value));
    }

    [Fact]
    public void Constructor_DiscreteActions_SaysWhatIsAllowed() => Assert.Contains(
        "bounded box of float32",
        Assert.Throws<ArgumentException>(
            () => new MaxQ(new MaxQOptions(), _task.Observations, new DiscreteSpace(2), new TrainingOptions(), TimeProvider.System)).Message,
        StringComparison.Ordinal);
}
