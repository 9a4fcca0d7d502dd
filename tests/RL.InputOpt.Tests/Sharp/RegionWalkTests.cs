using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class RegionWalkTests
{
    /// <summary>One pass and a polish of one, so that the walk does the work.</summary>
    static readonly SharpOptions _walkAlone = new() { Passes = 100, Starts = 1, ExploreSteps = 1, WalkShare = 0.9 };

    [Fact]
    public void Walk_AConcaveNetwork_EndsOnItsMaximumExactly()
    {
        // f(x) = −Σ wᵢ|xᵢ − cᵢ| in a box that holds c: 2ⁿ regions that meet in c.
        using var scope = NewDisposeScope();
        using var generator = new Generator(4);
        var c = tensor(new[] { 0.3, -0.2, 0.55 });
        var each = tensor(new double[] { 1, 0, 0, 0, 1, 0, 0, 0, 1 }, [3, 3]);
        var w = tensor(new double[] { -1, -3, -2 });
        var network = new ReluNetwork([new(cat([each, -each]), cat([-c, c])), new(cat([w, w]).unsqueeze(0), zeros(1, dtype: float64))]);
        var start = RandomProblem.Points(generator, ScalarType.Float64, 8, 3);
        var box = Box.Between(-1, 1, start);

        foreach (var optimizer in Both(generator, generator))
        {
            var found = optimizer.Maximize(new(network), start, box);

            Assert.True(found.Value.abs().max().ToDouble() < 1e-12, $"{found.Value.min().ToDouble()}");
        }
    }

    [Theory]
    [InlineData(3, 8, 8)]
    [InlineData(6, 32, 32)]
    [InlineData(4, 16, 16, 16)]
    [InlineData(5, 20)]
    public void Walk_Float64_PlainAndFastEndOnTheSameVertices(int inputs, params int[] hidden)
    {
        using var scope = NewDisposeScope();
        using var drawn = new Generator(7);
        var network = RandomProblem.Network(drawn, ScalarType.Float64, [inputs, .. hidden.Select(units => (long)units), 1]);
        var start = RandomProblem.Points(drawn, ScalarType.Float64, 10, inputs);
        var box = Box.Between(-1, 1, start);
        using var same = new Generator(1);
        using var other = new Generator(1);
        var (plain, fast) = (Both(same, other)[0].Maximize(new(network), start, box), Both(same, other)[1].Maximize(new(network), start, box));

        Assert.True(plain.X.allclose(fast.X, 1e-9, 1e-9));
        Assert.True(plain.Value.allclose(fast.Value, 1e-9, 1e-9));
        Assert.True((bool)plain.Gain.ge(0).all());
    }

    [Theory]
    [InlineData(3, 8, 8)]
    [InlineData(6, 32, 32)]
    [InlineData(4, 16, 16, 16)]
    public void Walk_AsManyRegionsAsItTakes_EndsWhereNothingCloseByIsBetter(int inputs, params int[] hidden)
    {
        using var scope = NewDisposeScope();
        using var drawn = new Generator(7);
        var network = RandomProblem.Network(drawn, ScalarType.Float64, [inputs, .. hidden.Select(units => (long)units), 1]);
        var start = RandomProblem.Points(drawn, ScalarType.Float64, 10, inputs);
        var box = Box.Between(-1, 1, start);

        var found = Search.Run(new(network), start, box, trace: false, limits: null, clock: null, search =>
        {
            search.Measure();
            SharpWalk.Run(search, 1000);
            search.Measure();
        });

        Assert.True((bool)found.Gain.ge(0).all());
        for (var row = 0; row < 10; row++)
        {
            var near = found.X[row].unsqueeze(0) + (RandomProblem.Points(drawn, ScalarType.Float64, 2000, inputs) * 1e-6);
            var best = ((IReluNetwork)network).Forward(box.Project(near)).max().ToDouble();
            Assert.True(best <= found.Value[row].ToDouble() + 1e-9, $"row {row}: {best} near {found.Value[row].ToDouble()}");
        }
    }

    [Fact]
    public void Walk_ScoreOrRegionThatIsNotLinear_IsLeftOut()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var network = RandomProblem.Network(generator, ScalarType.Float64, 3, 8, 3);
        var start = zeros(1, 3, dtype: float64);
        var box = Box.Between(-1, 1, start);

        Assert.True(SharpWalk.Serves(new(network, Score.Weighted(ones(3, dtype: float64))), box));
        Assert.False(SharpWalk.Serves(new(network, Score.AwayFrom(zeros(1, dtype: int64))), box));
        Assert.False(SharpWalk.Serves(new(network, Score.Weighted(ones(3, dtype: float64))), new EuclideanBall(start, 1)));
        Assert.Equal(0, SharpPlan.For(new(), 3, 1, walks: false).Regions);
        Assert.InRange(SharpPlan.For(new(), 3, 1, walks: true).Regions, 1, 8);
    }

    static IInputOptimizer[] Both(Generator first, Generator second) => [new TensorSharp(_walkAlone, first), new SpanSharp(_walkAlone, second)];
}
