using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class FastAdrGdTests
{
    static (Objective Objective, Tensor Starts, Box Box) Refinement(Tensor rows)
    {
        var (critic, observations, actions) = Golden.Critic(ScalarType.Float32);
        var starts = actions.index_select(0, rows);
        return (new(critic.Given(observations.index_select(0, rows))), starts, Box.Ball(starts, 1, -1, 1));
    }

    public static TheoryData<string, AdrGdOptions> Variants => new()
    {
        { "refinement", AdrGdOptions.ActionRefinement },
        {
            "noise every iteration", AdrGdOptions.ActionRefinement with
            { PerturbEvery = 1, PerturbThreshold = 10, PerturbNoise = 0.5 }
        },
        {
            "dual update and resets", AdrGdOptions.ActionRefinement with
            { PenaltyLearningRate = 0.5, PenaltyDecay = 0.01, PenaltyTolerance = 1e-4, ResetPatternEvery = 7 }
        },
        { "no constraint on x", AdrGdOptions.ActionRefinement with { ConstraintOnInput = false } },
        { "no constraint on η", AdrGdOptions.ActionRefinement with { ConstraintOnPattern = false, PerturbEvery = 3 } },
        { "no normaliser", AdrGdOptions.ActionRefinement with { Normaliser = Normaliser.None } },
    };

    [Theory]
    [MemberData(nameof(Variants))]
    public void Maximize_OneProblem_FollowsThePlainVersion(string variant, AdrGdOptions options)
    {
        for (var row = 0L; row < 8; row++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(11);
            using var same = new Generator(11);
            var (objective, starts, box) = Refinement(tensor(new[] { row }));

            var plain = new AdrGd(options, generator).Maximize(objective, starts, box, trace: true);
            var fast = new FastAdrGd(options, same).Maximize(objective, starts, box, trace: true);

            // 15 iterations: after that rounding has chosen other neurons here and there, and the paths part.
            var apart = (plain.Trace!.Values - fast.Trace!.Values).narrow(0, 0, 15).abs().flatten().data<float>().ToArray();
            Assert.True(apart.Max() < 1e-4, $"{variant}, state {row}: traces part by {string.Join(' ', apart)}");
            Assert.Equal(plain.StartValue.ToDouble(), fast.StartValue.ToDouble(), 5);
            Assert.Equal(plain.Value.ToDouble(), fast.Value.ToDouble(), 2e-2);
        }
    }

    [Fact]
    public void Maximize_RandomNetworks_FollowsThePlainVersion()
    {
        for (var seed = 0UL; seed < 10; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            using var same = new Generator(11);
            using var other = new Generator(11);
            // Sizes that are no multiple of a vector; a first layer whose inputs are all free; slow steps, to compare for long.
            var network = RandomProblem.Network(generator, ScalarType.Float32, 5, 37, 21, 1);
            var starts = RandomProblem.Points(generator, ScalarType.Float32, 1, 5);
            var options = AdrGdOptions.ActionRefinement with { LearningRate = 0.02 };
            var box = Box.Between(-1, 1, starts);

            var plain = new AdrGd(options, same).Maximize(new(network), starts, box, trace: true);
            var fast = new FastAdrGd(options, other).Maximize(new(network), starts, box, trace: true);

            Assert.True(plain.Trace!.Values.narrow(0, 0, 15).allclose(fast.Trace!.Values.narrow(0, 0, 15), 1e-4, 1e-3), $"seed {seed}");
        }
    }

    [Fact]
    public void Maximize_Batch_IsNeverWorseAndInsideTheBox()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Refinement(arange(64));

        var found = new FastAdrGd(AdrGdOptions.ActionRefinement, generator).Maximize(objective, starts, box, trace: true);

        Assert.True(found.Gain.ge(0).all().item<bool>());
        Assert.True(found.Gain.gt(0).any().item<bool>());
        Assert.True(found.X.ge(box.Lower).all().item<bool>());
        Assert.True(found.X.le(box.Upper).all().item<bool>());
        Assert.True(found.Value.allclose(objective.Value(found.X), 1e-6, 1e-6));
        Assert.Equal([100, 64], found.Trace!.Values.shape);
        // What the incremental form believes is the network's value up to its drift.
        Assert.True(maximum(found.Trace.Values.amax(0), found.StartValue).allclose(found.Value, 1e-5, 1e-5));
    }

    [Fact]
    public void Maximize_EmptyBall_ReturnsTheStart()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, _) = Refinement(arange(4));

        var found = new FastAdrGd(AdrGdOptions.ActionRefinement, generator)
            .Maximize(objective, starts, Box.Ball(starts, 0, -1, 1));

        Assert.True(found.X.IsSameAs(starts));
        Assert.True(found.Gain.eq(0).all().item<bool>());
    }

    [Fact]
    public void Maximize_WeightsMove_NewInstanceSeesThem()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var generator = new Generator(1);
        var optimizer = new FastAdrGd(AdrGdOptions.ActionRefinement with { PerturbNoise = 0 }, generator);
        var (critic, observations, actions) = Golden.Critic(ScalarType.Float32);
        var start = actions.narrow(0, 0, 1);
        var box = Box.Ball(start, 1, -1, 1);
        Tensor Trace(ReluNetwork network) =>
            optimizer.Maximize(new(network.Given(observations.narrow(0, 0, 1))), start, box, trace: true).Trace!.Values;

        var before = Trace(critic);
        critic.Layers[1].Weight.mul_(1.5);
        var after = Trace(new ReluNetwork(critic.Layers));

        Assert.False(after.allclose(before, 1e-2, 1e-2));
        Assert.True(after.allclose(Trace(new ReluNetwork(critic.Layers)), 0, 0));
    }

    [Fact]
    public void Construct_OptionsOfTheSurrogateForm_SaysWhatIsAllowed()
    {
        using var generator = new Generator(1);
        var message = Assert.Throws<ArgumentException>(() => new FastAdrGd(AdrGdOptions.RandomSmall, generator)).Message;

        Assert.Contains("FirstTerm Surrogate", message, StringComparison.Ordinal);
        Assert.Contains("Use AdrGd", message, StringComparison.Ordinal);
    }

    [Fact]
    public void Maximize_DeeperNetwork_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float32, 5, 8, 8, 8, 1);
        var start = zeros(1, 5);

        Assert.False(FastAdrGd.Supports(new Objective(network)));
        Assert.Throws<ArgumentException>(() => new FastAdrGd(AdrGdOptions.ActionRefinement, generator)
            .Maximize(new(network), start, Box.Between(-1, 1, start)));
    }
}
