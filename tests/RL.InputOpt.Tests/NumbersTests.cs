using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

/// <summary>What is infinite or not a number: refused by name by every method, or answered by a finite value.</summary>
public sealed class NumbersTests
{
    public static TheoryData<string> Names => [.. InputOptimizerCatalog.Entries.Keys];

    static ReluNetwork Network(double lastBias = 0) => new(
    [
        new(tensor(new[] { 1f, -0.5f, 0.25f, 1, -1, 0.5f }, [3, 2]), tensor(new[] { 0.1f, 0.2f, 0.3f })),
        new(tensor(new[] { 1f, -1, 0.5f, 0, 1, 1, 1, 1, 1 }, [3, 3]), tensor(new[] { 0f, 0, (float)lastBias })),
    ]);

    static Tensor Point(float first, float second) => tensor(new[] { first, second }, [1, 2]);

    static InputOptimum Maximize(string name, IReluNetwork network, Score score, Tensor start, Region region)
    {
        using var generator = new Generator(3);
        return InputOptimizerCatalog.Create(name, 40, generator).Maximize(new(network, score), start, region, trace: true);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_WhatIsNotANumber_IsNamed(string name)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var (start, box, nan) = (zeros(1, 2), Box.Between(-1, 1, zeros(1, 2)), full([1, 2], float.NaN));
        foreach (var score in new[] { Score.Weighted(ones(3)), Score.AwayFrom(zeros(1, dtype: int64)) })
        {
            Error.Says(() => Maximize(name, Network(), score, Point(float.NaN, 0), box), "Starts", "finite");
            Error.Says(() => Maximize(name, Network(), score, Point(0, float.PositiveInfinity), box), "Starts", "finite");
            Error.Says(() => Maximize(name, Network(), score, start, new EuclideanBall(nan, 1)), "EuclideanBall.Centers");
            Error.Says(() => Maximize(name, Network(), score, start, new Box(nan, ones(1, 2))), "Box.Lower");
            Error.Says(() => Maximize(name, Network(double.NaN), score, start, box), "Bias of layer 2");
            Error.Says(() => Maximize(name, Network(double.PositiveInfinity), score, start, box), "Bias of layer 2", "+∞");
            foreach (var layer in new[] { 0, 1 })
            {
                var network = Network();
                network.Layers[layer].Weight[0].fill_(float.NaN);
                Error.Says(() => Maximize(name, network, score, start, box), $"Weight of layer {layer + 1}");
                Error.Says(() => Maximize(name, PartialNetwork.Of(network, []), score, start, box), $"Weight of layer {layer + 1}");
            }
            using var module = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 3)).Drawn(1);
            var ofModule = new ReluModule(module, [2]);
            module.named_parameters().First().parameter.fill_(float.NaN);
            Error.Says(() => Maximize(name, ofModule, score, start, box), "Parameter", "0.weight");
        }
        Error.Says(() => Maximize(name, Network(), Score.Weighted(tensor(new[] { 1f, float.NaN, 1 })), start, box), "NaN at the start of problem 0");
        Error.Says(() => Maximize(name, Network().Given(Point(float.NaN, 0).narrow(1, 0, 1)), Score.Weighted(ones(3)), zeros(1, 1), Box.Between(-1, 1, zeros(1, 1))),
            "fixed inputs");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_AnInfiniteRegion_IsNamed(string name)
    {
        using var scope = NewDisposeScope();
        var start = zeros(1, 2);
        foreach (var score in new[] { Score.Weighted(ones(3)), Score.AwayFrom(zeros(1, dtype: int64)) })
        {
            Error.Says(() => Maximize(name, Network(), score, start, Box.Ball(start, double.PositiveInfinity)), "Box.Lower", "finite");
            Error.Says(() => Maximize(name, Network(), score, start, Box.Between(-1, double.PositiveInfinity, start)), "Box.Upper", "finite");
            Error.Says(() => Maximize(name, Network(), score, start, Box.Between(-3e38, 3e38, start)), "Box", "width");
            Error.Says(() => Maximize(name, Network(), score, start, new EuclideanBall(start, double.PositiveInfinity)), "radius", "finite");
        }
        // An infinite ball within a finite range is a box.
        var range = Maximize(name, Network(), Score.Weighted(ones(3)), start, Box.Ball(start, double.PositiveInfinity, -1, 1));
        Assert.True((bool)range.X.abs().le(1).all());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_AMaskedClass_IsAsIfItWereNotThere(string name)
    {
        using var scope = NewDisposeScope();
        var label = zeros(1, dtype: int64);
        var start = zeros(1, 2);
        var (masked, two) = (Network(double.NegativeInfinity), Network());
        two = new([two.Layers[0], new(two.Layers[1].Weight.narrow(0, 0, 2), two.Layers[1].Bias.narrow(0, 0, 2))]);
        foreach (var score in new[] { Score.Margin(label), Score.AwayFrom(label) })
        {
            foreach (var region in new Region[] { Box.Between(-1, 1, start), new EuclideanBall(start, 1) })
            {
                var found = Maximize(name, masked, score, start, region);
                var expected = Maximize(name, two, score, start, region);

                Assert.True((bool)found.Trace!.Values.isfinite().all());
                Assert.Equal(expected.StartValue.ToDouble(), found.StartValue.ToDouble(), 1e-6);
                Assert.Equal(expected.Value.ToDouble(), found.Value.ToDouble(), 1e-4);
            }
        }
        Assert.True((bool)Score.Dlr(label).Value(tensor(new[] { 1f, 0.5f, float.NegativeInfinity }, [1, 3])).isfinite().all());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_WhatIsMissingOrOfAnotherType_IsNamed(string name)
    {
        using var scope = NewDisposeScope();
        var (start, box, score) = (zeros(1, 2), Box.Between(-1, 1, zeros(1, 2)), Score.Weighted(ones(3)));
        using var generator = new Generator(3);
        var optimizer = InputOptimizerCatalog.Create(name, 5, generator);
        Error.Says(() => optimizer.Maximize(null!, start, box), "objective");
        Error.Says(() => optimizer.Maximize(new(Network(), score), null!, box), "starts");
        Error.Says(() => optimizer.Maximize(new(Network(), score), start, null!), "region");
        Error.Says(() => optimizer.Maximize(new(Network(), score), start, new Box(null!, ones(2))), "Box.Lower", "missing");
        // A product of both types would end the process, and spans would read one as the other.
        Error.Says(() => Maximize(name, Network(), Score.Weighted(ones(3, dtype: float64)), start, box), "Score weights", "Float64", "Float32");
        Error.Says(() => Maximize(name, Network(), Score.SquaredDistance(ones(3, dtype: float64)), start, box), "Targets", "Float64", "Float32");
    }

    // 0·∞ in the padding of a layer was taken for neurons, of which lists were longer than their arrays: the heap was overwritten.
    [Theory]
    [MemberData(nameof(Names))]
    public void Maximize_WhatOverflowsOnTheWay_IsNeverWorseThanTheStartAndLeavesMemoryWhole(string name)
    {
        using var scope = NewDisposeScope();
        var start = full([1, 2], 0.1f);
        foreach (var weights in new[] { ones(3) * 2e38f, tensor(new[] { 3e38f, -3e38f, 3e38f }) })
        {
            var found = Maximize(name, Network(), Score.Weighted(weights), start, Box.Between(-1, 1, start));
            GC.Collect();
            Assert.True(found.Value.ToDouble() >= found.StartValue.ToDouble());
            Assert.True((bool)found.X.abs().le(1).all());
        }
    }

    [Fact]
    public void Constructors_WhatIsMissingOrDoesNotFit_IsNamed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (network, start) = (Network(), zeros(1, 2));
        Error.Says(() => new Objective(null!, Score.Output()), "Network");
        Error.Says(() => new Objective(network, null!), "Score");
        Error.Says(() => Score.AwayFrom(null!), "labels");
        Error.Says(() => new SearchLimits { Target = double.NaN }, "Target");
        Error.Says(() => new ReluNetwork(null!), "layers");
        Error.Says(() => ReluNetwork.FromModule(null!), "module");
        Error.Says(() => network.Given(ones(1, 1, dtype: float64)), "Float64", "Float32");
        var (one, other) = (new ReluNetwork([new(ones(1, 2), zeros(1))]), new ReluNetwork([new(ones(1, 2, dtype: float64), zeros(1, dtype: float64))]));
        Error.Says(() => ReluNetwork.Minimum(one, other), "Float32", "Float64");
        var pgd = InputOptimizerCatalog.Create("pgd", 5, generator);
        Error.Says(() => SmallestRadius.Find(pgd, new(network, Score.Output()), tensor(1f), radius => Box.Ball(start, radius), [0.1], 0), "[B×InputShape]");
        Error.Says(() => SmallestRadius.Find(null!, new(network, Score.Output()), start, radius => Box.Ball(start, radius), [0.1], 0), "optimizer");
    }
}
