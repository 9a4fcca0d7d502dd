using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class TensorAdrGdTests
{
    public static TheoryData<string> Presets => ["small", "large", "mnist", "refinement"];

    static AdrGdOptions Preset(string name) => name switch
    {
        "small" => AdrGdOptions.RandomSmall with { Iterations = 80 },
        "large" => AdrGdOptions.RandomLarge with { Iterations = 80 },
        "mnist" => AdrGdOptions.MnistRobust with { Iterations = 80 },
        _ => AdrGdOptions.ActionRefinement with { Iterations = 80 },
    };

    /// <summary>6 random problems in [−1, 1]⁷, with several outputs where the preset attacks a classifier.</summary>
    static (Objective Objective, Tensor Starts, Box Box) Problem(string preset, ScalarType dtype, ulong seed = 3)
    {
        using var generator = new Generator(seed);
        var attack = preset == "mnist";
        var network = RandomProblem.Network(generator, dtype, 7, 24, 20, attack ? 4 : 1);
        var starts = RandomProblem.Points(generator, dtype, 6, 7);
        var score = attack ? Score.AwayFrom(tensor(new long[] { 0, 1, 2, 3, 0, 1 })) : Score.Output();
        return (new(network, score), starts, Box.Ball(starts, 0.5, -1, 1));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Maximize_AnyPreset_StaysInTheBoxAndIsNeverWorseThanTheStart(string preset)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Problem(preset, ScalarType.Float32);

        var found = new TensorAdrGd(Preset(preset), generator).Maximize(objective, starts, box, trace: true);

        Assert.True(found.X.ge(box.Lower).all().item<bool>());
        Assert.True(found.X.le(box.Upper).all().item<bool>());
        Assert.True(found.StartValue.IsSameAs(objective.Value(starts)));
        Assert.True(found.Gain.ge(0).all().item<bool>());
        Assert.True(found.Gain.gt(0).any().item<bool>());
        Assert.True(found.Value.allclose(objective.Value(found.X), 1e-5, 1e-5));
        Assert.Equal(preset == "refinement" ? 80 : 160, found.GradientPasses);
        Assert.Equal([80, 6], found.Trace!.Values.shape);
        Assert.True(maximum(found.Trace.Values.amax(0), found.StartValue).IsSameAs(found.Value));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Maximize_SameSeed_SameResult(string preset)
    {
        using var scope = NewDisposeScope();
        var (objective, starts, box) = Problem(preset, ScalarType.Float32);
        // Threshold raised so that every layer is perturbed as often as it may be.
        var options = Preset(preset) with { PerturbThreshold = 10, PerturbNoise = 0.3 };
        Tensor Run(ulong seed)
        {
            using var generator = new Generator(seed);
            return new TensorAdrGd(options, generator).Maximize(objective, starts, box, trace: true).Trace!.Values;
        }

        Assert.True(Run(5).IsSameAs(Run(5)));
        Assert.False(Run(5).IsSameAs(Run(6)));
    }

    [Fact]
    public void Maximize_GeneratorStateRestored_Continues()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        using var other = new Generator(6);
        var (objective, starts, box) = Problem("small", ScalarType.Float32);
        var options = Preset("small") with { PerturbThreshold = 10 };
        new TensorAdrGd(options, generator).Maximize(objective, starts, box);
        other.set_state(generator.get_state());

        var first = new TensorAdrGd(options, generator).Maximize(objective, starts, box, trace: true);
        var second = new TensorAdrGd(options, other).Maximize(objective, starts, box, trace: true);

        Assert.True(first.Trace!.Values.IsSameAs(second.Trace!.Values));
    }

    [Theory]
    [MemberData(nameof(Presets))]
    public void Maximize_Batch_EqualsSingleProblems(string preset)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Problem(preset, ScalarType.Float64);
        var optimizer = new TensorAdrGd(Preset(preset) with { PerturbNoise = 0 }, generator);

        var batch = optimizer.Maximize(objective, starts, box, trace: true);
        for (var b = 0; b < 6; b++)
        {
            var score = preset == "mnist" ? Score.AwayFrom(tensor(new[] { b % 4L })) : Score.Output();
            var single = optimizer.Maximize(
                new(objective.Network, score), starts.narrow(0, b, 1),
                new Box(box.Lower.narrow(0, b, 1), box.Upper.narrow(0, b, 1)), trace: true);

            // The first 25 iterations: products of other shapes round otherwise, and the trajectories are chaotic.
            var (ours, alone) = (batch.Trace!.Values.narrow(1, b, 1), single.Trace!.Values);
            Assert.True(ours.narrow(0, 0, 25).allclose(alone.narrow(0, 0, 25), 1e-7, 1e-7));
        }
    }

    [Fact]
    public void Maximize_EmptyBall_ReturnsTheStart()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, _) = Problem("refinement", ScalarType.Float32);

        var found = new TensorAdrGd(Preset("refinement"), generator).Maximize(objective, starts, Box.Ball(starts, 0, -1, 1));

        Assert.True(found.X.IsSameAs(starts));
        Assert.True(found.Value.IsSameAs(found.StartValue));
    }

    [Fact]
    public void Maximize_NoIterations_ReturnsTheStart()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Problem("small", ScalarType.Float32);

        var found = new TensorAdrGd(AdrGdOptions.RandomSmall with { Iterations = 0 }, generator).Maximize(objective, starts, box);

        Assert.True(found.X.IsSameAs(starts));
    }

    [Fact]
    public void Maximize_StartOutsideTheBox_IsProjected()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Problem("small", ScalarType.Float32);

        var found = new TensorAdrGd(AdrGdOptions.RandomSmall with { Iterations = 0 }, generator).Maximize(objective, starts + 5, box);

        Assert.True(found.X.IsSameAs(box.Upper));
    }

    [Fact]
    public void Maximize_LinearNetwork_ReachesTheBestCorner()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = new ReluNetwork([new(tensor(new[] { 1f, -2f }, [1, 2]), zeros(1))]);
        var start = zeros(1, 2);

        var found = new TensorAdrGd(AdrGdOptions.RandomSmall with { Iterations = 20 }, generator)
            .Maximize(new(network), start, Box.Between(-1, 1, start));

        Assert.Equal(3, found.Value.ToDouble(), 6);
    }

    [Fact]
    public void Maximize_CallersScope_KeepsOnlyTheResult()
    {
        using var generator = new Generator(1);
        using var scope = NewDisposeScope();
        var (objective, starts, box) = Problem("small", ScalarType.Float32);
        var before = scope.DisposablesCount;

        new TensorAdrGd(Preset("small"), generator).Maximize(objective, starts, box);

        Assert.Equal(before + 3, scope.DisposablesCount);
    }

    [Fact]
    public void Maximize_StartsOfTheWrongShape_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (objective, starts, box) = Problem("small", ScalarType.Float32);
        var optimizer = new TensorAdrGd(Preset("small"), generator);

        Error.Says(() => optimizer.Maximize(objective, zeros(6, 5), box), "[6×5]", "[B×7]");
        Error.Says(() => optimizer.Maximize(objective, starts.to(float64), box), "Float64", "Float32");
        Error.Says(() => optimizer.Maximize(objective, starts, new Box(zeros(3, 7), zeros(3, 7))), "Lower", "[3×7]", "[6×7]");
        Error.Says(() => optimizer.Maximize(objective, starts, new Box(box.Upper, box.Lower)), "lower ≤ upper");
        Error.Says(() => optimizer.Maximize(objective, starts, new Box(box.Lower.to(float64), box.Upper)), "Float64", "Float32");
        Error.Says(() => optimizer.Maximize(
            new(objective.Network, Score.AwayFrom(zeros(6, dtype: int64) + 1)), starts, box), "1", "0 to 0");
        Error.Says(() => optimizer.Maximize(Problem("mnist", ScalarType.Float32).Objective with { Score = Score.Output() },
            starts, box), "4 outputs", "takes 1");
    }

    [Fact]
    public void Options_OutOfRange_NameThePropertyTheValueAndTheRange()
    {
        using var generator = new Generator(1);

        Error.Says(() => new TensorAdrGd(new() { Iterations = -3 }, generator), "AdrGdOptions.Iterations", "-3", "0 to 10000000");
        Error.Says(() => new TensorAdrGd(new() { LearningRate = double.NaN }, generator), "AdrGdOptions.LearningRate", "NaN");
        Error.Says(() => new TensorAdrGd(new() { Normaliser = (Normaliser)9 }, generator),
            "AdrGdOptions.Normaliser", "9", "GatedFloored");
        Error.Says(() => new TensorAdrGd(new() { PenaltyMin = 3, PenaltyMax = 2 }, generator), "PenaltyMin", "3", "2");
    }
}
