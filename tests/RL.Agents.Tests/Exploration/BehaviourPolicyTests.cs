using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents.Tests;

public sealed class BehaviourPolicyTests : IDisposable
{
    const int Copies = 64;

    static readonly BoxSpace _observations = BoxSpace.Uniform(ElementType.Float64, [3], -1, 1);
    static readonly BoxSpace _actions = BoxSpace.Uniform(ElementType.Float32, [2], -2, 4);

    readonly Generator _initial = new(1);
    readonly Actor _actor;
    readonly ObservationInput _input = new(_observations, CPU);
    readonly ActionScaling _scaling = new(_actions);
    readonly SpaceBuffer _states = new(_observations, Copies);
    readonly SpaceBuffer _greedy = new(_actions, Copies);

    public BehaviourPolicyTests()
    {
        _actor = new Actor(3, 2, [8], _initial);
        for (var copy = 0; copy < Copies; copy++)
        {
            _states.Row<double>(copy).Fill(copy / (double)Copies);
        }

        var policy = Policy();
        policy.Act(_states, _greedy, explore: false);
    }

    public void Dispose()
    {
        _actor.Dispose();
        _input.Dispose();
        _initial.Dispose();
    }

    BehaviourPolicy Policy(double sigma = 0, long startSteps = 0, ExploreRefinement? refine = null, IActionRefiner? refiner = null) => new(
        _actor.call, null, _input, _scaling, new NoiseOptions { Sigma = sigma }, startSteps, refine ?? new(), refiner, refiner, CPU, new Pcg64(3, 0),
        TimeProvider.System);

    SpaceBuffer Act(BehaviourPolicy policy)
    {
        var actions = new SpaceBuffer(_actions, Copies);
        policy.Act(_states, actions, explore: true);
        return actions;
    }

    static IEnumerable<int> Different(SpaceBuffer one, SpaceBuffer other) =>
        Enumerable.Range(0, Copies).Where(copy => !one.Row<float>(copy).SequenceEqual(other.Row<float>(copy)));

    [Fact]
    public void ActWithoutExploring_OfTheActor_IsItsOutputScaledToTheBounds()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var outputs = _actor.call(_input.Of(_states)).data<float>().ToArray();
        var values = Enumerable.Range(0, Copies).SelectMany(copy => _greedy.Row<float>(copy).ToArray()).ToArray();

        for (var i = 0; i < outputs.Length; i++)
        {
            Assert.Equal(1 + (3 * outputs[i]), values[i], 1e-6f);
        }
    }

    [Fact]
    public void Act_AfterWarmUp_AddsNoiseWithinTheBounds()
    {
        var silent = Policy();
        var noisy = Policy(sigma: 5);

        Assert.Empty(Different(_greedy, Act(silent)));
        var actions = Act(noisy);
        Assert.Equal(Copies, Different(_greedy, actions).Count());
        Assert.All(Enumerable.Range(0, Copies), copy => Assert.All(actions.Row<float>(copy).ToArray(), value => Assert.InRange(value, -2, 4)));
    }

    [Fact]
    public void Act_DuringWarmUp_DrawsFromTheSpaceAndCountsTheSteps()
    {
        var policy = Policy(startSteps: Copies);

        Assert.Equal(Copies, Different(_greedy, Act(policy)).Count());
        Assert.Equal(Copies, policy.Steps);
        Assert.Empty(Different(_greedy, Act(policy)));
    }

    [Fact]
    public void Act_WithARefiner_RefinesTheShareThatIsAskedForAndAddsNoNoiseThere()
    {
        using var refiner = new ToTheUpperBound();
        var policy = Policy(sigma: 0.1, refine: new() { Share = 0.25 }, refiner: refiner);
        var metrics = new RecordedMetrics();

        var actions = Act(policy);
        policy.Report(metrics);

        var refined = Enumerable.Range(0, Copies).Where(copy => actions.Row<float>(copy).ToArray() is [4, 4]).ToList();
        Assert.InRange(refined.Count, Copies / 8, Copies / 2);
        Assert.Equal((double)refined.Count / Copies, metrics.Scalars.Single(scalar => scalar.Tag == "refine/share").Value);
        Assert.Equal(0.5, metrics.Scalars.Single(scalar => scalar.Tag == "refine/gain").Value, 1e-6);
    }

    [Fact]
    public void Act_BeforeTheRefinementStarts_RefinesNone()
    {
        using var refiner = new ToTheUpperBound();
        var policy = Policy(refine: new() { Share = 1, StartSteps = Copies }, refiner: refiner);

        Assert.Empty(Different(_greedy, Act(policy)));
        Assert.Equal(Copies, Different(_greedy, Act(policy)).Count());
    }

    [Fact]
    public void ActWithoutExploring_RefinedWhenPlaying_RefinesEveryCopy()
    {
        using var refiner = new ToTheUpperBound();
        var actions = new SpaceBuffer(_actions, Copies);

        Policy(refiner: refiner).Act(_states, actions, explore: false);

        Assert.All(Enumerable.Range(0, Copies), copy => Assert.Equal([4f, 4f], actions.Row<float>(copy).ToArray()));
    }

    [Fact]
    public void ActRefined_FewerCopiesThanBefore_RefinesThosePlaying()
    {
        using var refiner = new ToTheUpperBound();
        var policy = Policy(refiner: refiner);
        var (states, actions) = (new SpaceBuffer(_observations, 3), new SpaceBuffer(_actions, 3));

        var gain = policy.ActRefined(states, actions, [true, false, true]);

        Assert.Equal(1, gain, 1e-6);
        Assert.Equal([4f, 4f], actions.Row<float>(0).ToArray());
        Assert.NotEqual([4f, 4f], actions.Row<float>(1).ToArray());
        Assert.Equal([4f, 4f], actions.Row<float>(2).ToArray());
    }

    /// <summary>Refines every action to the upper corner of the action box, with a gain of a half.</summary>
    sealed class ToTheUpperBound : IActionRefiner
    {
        public RefinedActions Refine(Tensor observations, Tensor actions) =>
            new(ones_like(actions), full(actions.shape[0], 0.5f));

        public void Save(BinaryWriter writer)
        {
        }

        public void Load(BinaryReader reader)
        {
        }

        public void Dispose()
        {
        }
    }
}
