using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>Which of the versions on tensors and on spans serves a call.</summary>
public sealed class SpanOptimizerTests
{
    static readonly AdrGdOptions _adrGd = AdrGdOptions.RandomSmall with { Iterations = 30 };
    static readonly SharpOptions _sharp = new() { Passes = 60 };
    static readonly ProjectedGradientOptions _gradient = ProjectedGradientOptions.Annealed(30) with { Restarts = 1 };

    /// <summary>A method by its public constructor, on spans, and on tensors.</summary>
    static (IInputOptimizer Chosen, SpanOptimizer Spans, IInputOptimizer Tensors) Versions(string method, Func<Generator> generator) =>
        method switch
        {
            "adr-gd" => (new AdrGd(_adrGd, generator()), new SpanAdrGd(_adrGd, generator()), new TensorAdrGd(_adrGd, generator())),
            "sharp" => (new Sharp(_sharp, generator()), new SpanSharp(_sharp, generator()), new TensorSharp(_sharp, generator())),
            _ => (
                new ProjectedGradient(_gradient, generator()), new SpanProjectedGradient(_gradient, generator()),
                new TensorProjectedGradient(_gradient, generator())),
        };

    [Theory]
    [InlineData("adr-gd")]
    [InlineData("sharp")]
    [InlineData("pgd")]
    public void Maximize_EveryProblem_IsServedByTheVersionForIt(string method)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var network = RandomProblem.Network(random, ScalarType.Float32, 6, 20, 16, 2);
        var wide = RandomProblem.Network(random, ScalarType.Float32, 25, 20, 16, 2);
        var linear = RandomProblem.Network(random, ScalarType.Float32, 6, 2);
        var module = nn.Sequential(nn.Linear(6, 20), nn.ReLU(), nn.Linear(20, 2)).Drawn(1);
        var weighted = Score.Weighted(tensor(new[] { 0.7f, -0.4f }));
        var start = RandomProblem.Points(random, ScalarType.Float32, 1, 6) * 0.1f;
        var box = Box.Between(-1, 1, start);
        (string What, Objective Objective, Tensor Start, Region Region, bool OnSpans)[] problems =
        [
            ("linear score in a box", new(network, weighted), start, box, true),
            ("float64", new(new ReluNetwork([.. network.Layers.Select(layer => new ReluLayer(layer.Weight.to(float64), layer.Bias.to(float64)))]),
                Score.Weighted(tensor(new[] { 0.7, -0.4 }))), start.to(float64), Box.Between(-1, 1, start.to(float64)), true),
            ("many inputs", new(wide, weighted), zeros(1, 25), Box.Between(-1, 1, zeros(1, 25)), true),
            ("ball", new(network, weighted), start, new EuclideanBall(start, 0.5), false),
            ("score that is not linear", new(network, Score.Margin(zeros(1, dtype: int64))), start, box, false),
            ("module", new(new ReluModule(module, [6]), weighted), start, box, false),
            ("no hidden layer", new(linear, weighted), start, box, false),
        ];
        foreach (var (what, objective, from, region, onSpans) in problems)
        {
            var (chosen, spans, tensors) = Versions(method, () => new(7));

            Assert.True(spans.Serves(objective, region) == onSpans, $"{method}, {what}");
            var expected = (onSpans ? spans : tensors).Maximize(objective, from, region, trace: true);
            var found = chosen.Maximize(objective, from, region, trace: true);
            Assert.True(found.X.IsSameAs(expected.X), $"{method}, {what}: x");
            Assert.True(found.Trace!.Values.IsSameAs(expected.Trace!.Values), $"{method}, {what}: trace");
        }
    }

    [Theory]
    [InlineData("adr-gd")]
    [InlineData("sharp")]
    [InlineData("pgd")]
    public void Maximize_AShapeThatDoesNotFit_SaysWhatIsAllowed(string method)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(1);
        var (chosen, _, _) = Versions(method, () => new(7));
        var objective = new Objective(RandomProblem.Network(random, ScalarType.Float32, 6, 20, 1));

        Error.Says(() => chosen.Maximize(objective, zeros(1, 5), Box.Between(-1, 1, zeros(1, 6))), "[1×5]", "[B×6]");
    }

    [Fact]
    public void Constructors_BadOptions_SayWhatIsAllowed()
    {
        using var random = new Generator(1);

        Error.Says(() => new AdrGd(new() { Steepness = 0 }, random), "AdrGdOptions.Steepness", "1 to");
        Error.Says(() => new Sharp(new() { Dilation = 0.5 }, random), "SharpOptions.Dilation", "1 to");
        Error.Says(() => new ProjectedGradient(new() { Momentum = 2 }, random), "ProjectedGradientOptions.Momentum", "0 to 1");
    }
}
