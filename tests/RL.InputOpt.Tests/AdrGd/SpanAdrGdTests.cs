using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class SpanAdrGdTests
{
    static readonly NetworkKernel[] _kernels = [NetworkKernel.Dense, NetworkKernel.Incremental];

    static (Objective Objective, Tensor Starts, Box Box) Refinement(Tensor rows)
    {
        var (critic, observations, actions) = Golden.Critic(ScalarType.Float32);
        var starts = actions.index_select(0, rows);
        return (new(critic.Given(observations.index_select(0, rows))), starts, Box.Ball(starts, 1, -1, 1));
    }

    /// <summary>Every form: which first term, scale, normaliser and violation; and every switch.</summary>
    public static TheoryData<string, AdrGdOptions> Forms
    {
        get
        {
            var data = new TheoryData<string, AdrGdOptions>();
            var small = AdrGdOptions.RandomSmall with { LearningRate = 0.1, PatternLearningRate = 0.1 };
            foreach (var first in Enum.GetValues<FirstTerm>())
            {
                foreach (var scale in Enum.GetValues<FirstTermScale>())
                {
                    foreach (var normaliser in Enum.GetValues<Normaliser>())
                    {
                        var violation = scale == FirstTermScale.None ? Violation.Sum : Violation.Max;
                        data.Add($"{first} {scale} {normaliser} {violation}", small with
                        {
                            FirstTerm = first,
                            FirstTermScale = scale,
                            Normaliser = normaliser,
                            Violation = violation,
                        });
                    }
                }
            }
            data.Add("M1", small with { FirstTermOnPattern = false });
            data.Add("M2 on η", small with { ConstraintOnPattern = false });
            data.Add("M2 on x", small with { ConstraintOnInput = false });
            data.Add("M3", small with { Normaliser = Normaliser.None, FirstTermScale = FirstTermScale.None });
            data.Add("noise every iteration", small with { PerturbEvery = 1, PerturbThreshold = 10, PerturbNoise = 0.05 });
            data.Add("resets", small with { ResetPatternEvery = 4, PenaltyLearningRate = 0.5, PenaltyTolerance = 1e-4 });
            data.Add("large", AdrGdOptions.RandomLarge);
            data.Add("mnist", AdrGdOptions.MnistRobust);
            data.Add("refinement", AdrGdOptions.ActionRefinement with { PerturbThreshold = 1e-2 });
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void Maximize_EveryForm_FollowsThePlainVersion(string form, AdrGdOptions options)
    {
        foreach (var kernel in _kernels)
        {
            Follow(form, options with { Iterations = 25 }, kernel, ScalarType.Float64, 1e-7);
            Follow(form, options with { Iterations = 10 }, kernel, ScalarType.Float32, 1e-3);
        }
    }

    /// <summary>
    /// Networks of two and three hidden layers whose sizes are no multiple of a vector, one with two outputs and a weighted
    /// score.
    /// </summary>
    static void Follow(
        string form, AdrGdOptions options, NetworkKernel kernel, ScalarType dtype, double tolerance)
    {
        foreach (var sizes in new long[][] { [5, 37, 21, 1], [6, 22, 26, 19, 2] })
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(5);
            using var same = new Generator(11);
            using var other = new Generator(11);
            var network = RandomProblem.Network(generator, dtype, sizes);
            var score = sizes[^1] == 1 ? Score.Output() : Score.Weighted(tensor(new[] { 0.7, -0.4 }).to(dtype));
            var starts = RandomProblem.Points(generator, dtype, 1, sizes[0]);
            var box = Box.Between(-1, 1, starts);

            var plain = new TensorAdrGd(options, same).Maximize(new(network, score), starts, box, trace: true);
            var fast = new SpanAdrGd(options, other, kernel: kernel).Maximize(new(network, score), starts, box, trace: true);

            Assert.Equal(plain.Trace!.Passes, fast.Trace!.Passes);
            var apart = (plain.Trace.Values - fast.Trace.Values).abs() / plain.Trace.Values.abs().clamp(min: 1);
            Assert.True(apart.max().ToDouble() <= tolerance,
                $"{form}, {kernel}, {dtype}, [{string.Join('-', sizes)}]: {string.Join(' ', apart.to(float32).data<float>())}");
        }
    }

    [Theory]
    [InlineData(FirstTerm.Surrogate)]
    [InlineData(FirstTerm.Network)]
    public void Maximize_OutputsOf0_AreFiniteAndLeaveTheOtherProblemsAlone(FirstTerm first)
    {
        // f(x) = max(x₁ − 0.9, 0) + max(x₂ − 0.9, 0): 0 almost everywhere, 0.2 at the corner (1, 1).
        using var scope = NewDisposeScope();
        var corner = new ReluNetwork(
            [new(tensor(new[] { 1f, 0, 0, 1 }, [2, 2]), tensor(new[] { -0.9f, -0.9f })), new(ones(1, 2), zeros(1))]);
        var options = AdrGdOptions.MnistRobust with { FirstTerm = first };
        var starts = tensor(new[] { 0f, 0, 0.95f, 0.95f }, [2, 2]);
        var box = Box.Between(-1, 1, starts);
        foreach (var version in new Func<Generator, IInputOptimizer>[]
            { generator => new TensorAdrGd(options, generator), generator => new SpanAdrGd(options, generator) })
        {
            using var generator = new Generator(3);

            var found = version(generator).Maximize(new(corner), starts, box, trace: true);

            Assert.True((bool)found.Trace!.Values.isfinite().all());
            Assert.True((bool)found.X.isfinite().all());
            Assert.Equal(0.1, found.StartValue[1].ToDouble(), 1e-6);
            Assert.Equal(0.2, found.Value[1].ToDouble(), 1e-6);
            Assert.True(found.Value[0].ToDouble() >= 0);
        }
    }

    public static TheoryData<string, AdrGdOptions> Refinements => new()
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
        { "surrogate", AdrGdOptions.RandomSmall with { Iterations = 100, LearningRate = 0.1, PatternLearningRate = 0.1 } },
    };

    [Theory]
    [MemberData(nameof(Refinements))]
    public void Maximize_TrainedCritic_FollowsThePlainVersion(string variant, AdrGdOptions options)
    {
        foreach (var kernel in _kernels)
        {
            for (var row = 0L; row < 4; row++)
            {
                using var scope = NewDisposeScope();
                using var generator = new Generator(11);
                using var same = new Generator(11);
                var (objective, starts, box) = Refinement(tensor(new[] { row }));

                var plain = new TensorAdrGd(options, generator).Maximize(objective, starts, box, trace: true);
                var fast = new SpanAdrGd(options, same, kernel: kernel).Maximize(objective, starts, box, trace: true);

                // 10 iterations: after that rounding has chosen other neurons here and there, and the paths part.
                var apart = (plain.Trace!.Values - fast.Trace!.Values).narrow(0, 0, 10).abs().flatten().data<float>().ToArray();
                Assert.True(apart.Max() < 1e-4, $"{variant}, {kernel}, state {row}: traces part by {string.Join(' ', apart)}");
                Assert.Equal(plain.StartValue.ToDouble(), fast.StartValue.ToDouble(), 5);
                Assert.Equal(plain.Value.ToDouble(), fast.Value.ToDouble(), 3e-2);
            }
        }
    }

    [Fact]
    public void Maximize_Batch_IsNeverWorseAndInsideTheBox()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Refinement(arange(64));

        var found = new SpanAdrGd(AdrGdOptions.ActionRefinement, generator).Maximize(objective, starts, box, trace: true);

        Assert.True(found.Gain.ge(0).all().item<bool>());
        Assert.True(found.Gain.gt(0).any().item<bool>());
        Assert.True(found.X.ge(box.Lower).all().item<bool>());
        Assert.True(found.X.le(box.Upper).all().item<bool>());
        Assert.True(found.Value.allclose(objective.Value(found.X), 1e-6, 1e-6));
        Assert.Equal(100, found.GradientPasses);
        Assert.Equal([100, 64], found.Trace!.Values.shape);
        // What the incremental form believes is the network's value up to its drift.
        Assert.True(maximum(found.Trace.Values.amax(0), found.StartValue).allclose(found.Value, 1e-5, 1e-5));
    }

    [Fact]
    public void Maximize_SeveralStarts_FindsTheBestOfTheSingleRuns()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var options = AdrGdOptions.ActionRefinement with { PerturbNoise = 0 };
        var (objective, actions, box) = Refinement(arange(3));
        var starts = box.Lower.unsqueeze(1) + (rand([3, 5, 6], generator: generator) * (box.Upper - box.Lower).unsqueeze(1));

        var together = new SpanAdrGd(options, generator).Maximize(objective, starts, box, trace: true);

        for (var s = 0; s < 5; s++)
        {
            var single = new SpanAdrGd(options, generator).Maximize(objective, starts.select(1, s), box);
            Assert.True(together.Value.ge(single.Value - 1e-5).all().item<bool>());
            Assert.True(together.StartValue.ge(single.StartValue - 1e-5).all().item<bool>());
        }
        Assert.Equal([3, 6], together.X.shape);
        Assert.Equal(500, together.GradientPasses);
        Assert.Equal(500, together.Trace!.Passes[^1]);
        Assert.True(together.Value.allclose(objective.Value(together.X), 1e-6, 1e-6));
    }

    /// <summary>The noise of a run, given to another one, repeats it: in both versions, with either timing.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Maximize_NoiseFromElsewhere_IsAskedForWhereAndWhenOptionsSay(bool onMultiples)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var options = AdrGdOptions.ActionRefinement with
        {
            Iterations = 35, PerturbThreshold = 10, PerturbNoise = 0.3, PerturbOnMultiples = onMultiples, PerturbEvery = 10,
        };
        var (objective, starts, box) = Refinement(arange(1));
        var asked = new List<(int Iteration, int Layer)>();
        var drawn = new Dictionary<(int, int), Tensor>();
        Tensor Noise(int iteration, int layer, IReadOnlyList<long> shape)
        {
            asked.Add((iteration, layer));
            if (!drawn.TryGetValue((iteration, layer), out var noise))
            {
                noise = drawn[(iteration, layer)] = randn([.. shape], generator: generator).DetachFromDisposeScope();
            }
            return noise.clone();
        }

        var fast = new AdrGd(options, generator, noise: Noise).Maximize(objective, starts, box, trace: true);
        int[] times = onMultiples ? [9, 19, 29] : [10, 20, 30];
        Assert.Equal(times.SelectMany(t => new[] { (t, 0), (t, 1) }), asked);
        var again = new AdrGd(options, generator, noise: Noise).Maximize(objective, starts, box, trace: true);
        Assert.True(again.Trace!.Values.IsSameAs(fast.Trace!.Values));
        var plain = new TensorAdrGd(options, generator, noise: Noise).Maximize(objective, starts, box, trace: true);
        Assert.True(plain.Trace!.Values.narrow(0, 0, 10).allclose(fast.Trace.Values.narrow(0, 0, 10), 1e-4, 1e-4));
        Assert.Equal(3 * 6, asked.Count);
        foreach (var noise in drawn.Values)
        {
            noise.Dispose();
        }
    }

    [Fact]
    public void Maximize_EmptyBall_ReturnsTheStart()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, _) = Refinement(arange(4));

        var found = new SpanAdrGd(AdrGdOptions.ActionRefinement, generator)
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
        var optimizer = new SpanAdrGd(AdrGdOptions.ActionRefinement with { PerturbNoise = 0 }, generator);
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
    public void Maximize_ShapesChange_OneOptimizerServesAll()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        using var same = new Generator(1);
        var options = AdrGdOptions.RandomSmall with { Iterations = 20, PerturbNoise = 0 };
        var optimizer = new SpanAdrGd(options, generator);
        foreach (var (dtype, sizes) in new (ScalarType, long[])[]
            {
                (ScalarType.Float32, [4, 8, 1]), (ScalarType.Float64, [4, 8, 1]),
                (ScalarType.Float32, [3, 8, 7, 1]), (ScalarType.Float32, [3, 8, 7, 2]),
            })
        {
            var network = RandomProblem.Network(generator, dtype, sizes);
            var score = sizes[^1] == 1 ? Score.Output() : Score.Weighted(tensor(new[] { 1f, 2f }));
            var start = zeros(1, sizes[0], dtype: dtype);
            var box = Box.Between(-1, 1, start);

            var found = optimizer.Maximize(new(network, score), start, box);

            Assert.True(found.X.IsSameAs(new SpanAdrGd(options, same).Maximize(new(network, score), start, box).X));
        }
    }

    [Theory]
    [InlineData(nameof(NetworkKernel.Dense))]
    [InlineData(nameof(NetworkKernel.Incremental))]
    public void Maximize_MoreIterations_AllocateNothingMore(string kernel)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Refinement(arange(1));
        var refinement = AdrGdOptions.ActionRefinement with { PerturbThreshold = 1, PerturbEvery = 1 };
        foreach (var options in new[] { refinement, AdrGdOptions.RandomSmall, AdrGdOptions.MnistRobust })
        {
            Action Search(int iterations)
            {
                var optimizer = new SpanAdrGd(options with { Iterations = iterations }, generator, kernel: Enum.Parse<NetworkKernel>(kernel));
                return () => optimizer.Maximize(objective, starts, box).Dispose();
            }

            Assert.InRange(Allocation.PerIteration(Search, 10, 3000), double.MinValue, Allocation.SmallestObject / 2);
        }
    }
}
