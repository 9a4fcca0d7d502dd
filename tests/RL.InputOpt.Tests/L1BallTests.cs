using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class L1BallTests
{
    static (L1Ball Ball, Tensor X) Cut(ulong seed, bool isCut = true)
    {
        using var generator = new Generator(seed);
        var centers = rand(50, 4, dtype: float64, generator: generator);
        return (isCut ? new(centers, 0.7, 0, 1) : new(centers, 0.7), randn(50, 4, dtype: float64, generator: generator) * 2);
    }

    /// <summary>Against the definition of a projection: no point of the region is nearer.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Project_FindsTheNearestPoint(bool isCut)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(3);
        var (ball, x) = Cut(1, isCut);

        var nearest = ball.Project(x);

        AssertInside(ball, nearest);
        Assert.True(ball.Project(nearest).IsSameAs(nearest));
        var toNearest = x - nearest;
        for (var i = 0; i < 200; i++)
        {
            // (x − p)·(y − p) ≤ 0 for every point y of a convex set says that p is the projection of x.
            var other = ball.Sample(x, generator);
            AssertInside(ball, other);
            Assert.True((bool)(toNearest * (other - nearest)).sum(1).le(1e-9).all());
        }
    }

    [Theory]
    [InlineData(20)]
    [InlineData(0.5)]
    [InlineData(1e-6)]
    [InlineData(0)]
    public void Project_Float32_NeverLeavesTheBall(double radius)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var centers = rand(100, 300, generator: generator);
        var far = centers + (randn(100, 300, generator: generator) * Math.Max(radius, 1e-3));
        foreach (var ball in new[] { new L1Ball(centers, radius), new L1Ball(centers, radius, 0, 1) })
        {
            foreach (var x in new[] { ball.Project(far), ball.Sample(centers, generator) })
            {
                var norm = (x.to(float64) - centers.to(float64)).abs().sum(1);
                Assert.True((bool)norm.le(radius).all(), $"{norm.max().ToDouble():R} of {radius:R}");
                Assert.True(ball.Project(x).IsSameAs(x), "a point of the ball moves");
            }

            var reached = (ball.Project(far).to(float64) - centers.to(float64)).abs().sum(1);
            Assert.True((bool)reached.ge((radius * (1 - 1e-4)) - 1e-5).all(), $"{reached.min().ToDouble():R} of {radius:R}");
        }
    }

    /// <summary>What is left is a direction that stays inside, and nothing is at the maximum along a gradient (but for rounding at an end of the range).</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Inward_IsFeasibleAndLeadsNowhereFromTheMaximum(bool isCut)
    {
        using var scope = NewDisposeScope();
        var (ball, g) = Cut(6, isCut);

        var surface = ball.Project(ball.Centers + (g * 10));
        var (_, other) = Cut(7);
        var inward = ball.Inward(surface, other);
        var moved = surface + (inward * 1e-9);
        Assert.True((bool)(moved - ball.Centers).abs().sum(1).le(ball.Radius + 1e-12).all());
        Assert.True((bool)(inward * other).sum(1).ge(-1e-12).all());

        // The point nearest to one far out along a gradient has the largest product with it.
        var maximum = ball.Project(ball.Centers + (g * 1e6));
        var further = ball.Project(maximum + (ball.Inward(maximum, g) * 1e-3));
        Assert.True((bool)(g * (further - maximum)).sum(1).le(1e-12).all());
        if (!isCut)
        {
            Assert.True(ball.Inward(maximum, g).abs().max().ToDouble() < 1e-12);
        }
    }

    [Fact]
    public void Construct_BadValues_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var optimizer = new ProjectedGradient(new(), generator);
        var objective = new Objective(RandomProblem.Network(generator, ScalarType.Float32, 3, 4, 1));

        Assert.Throws<ArgumentOutOfRangeException>(() => new L1Ball(zeros(1, 3), -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new L1Ball(zeros(1, 3), double.NaN));
        Assert.Throws<ArgumentOutOfRangeException>(() => new L1Ball(zeros(1, 3), 1, 2, 1));
        Error.Says(() => optimizer.Maximize(objective, zeros(1, 3), new L1Ball(zeros(1, 3), 1, 0.5, 1)), "L1Ball: centres", "0.5 to 1");
        Error.Says(() => optimizer.Maximize(objective, zeros(2, 3), new L1Ball(zeros(3, 3), 1)), "[3×3]", "[2×3]");
    }

    static void AssertInside(L1Ball ball, Tensor x)
    {
        Assert.True((bool)(x - ball.Centers).abs().sum(1).le(ball.Radius).all());
        Assert.True((bool)x.ge(ball.Low).logical_and(x.le(ball.High)).all());
    }
}
