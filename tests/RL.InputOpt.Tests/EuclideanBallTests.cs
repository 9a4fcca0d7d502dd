using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class EuclideanBallTests
{
    [Fact]
    public void Project_OutsideTheBall_GoesToTheNearestPoint()
    {
        using var scope = NewDisposeScope();
        var ball = new EuclideanBall(tensor(new[] { 1.0, 0 }, [1, 2]), 2);

        var inside = tensor(new[] { 1.5, -1 }, [1, 2]);
        Assert.True(ball.Project(inside).allclose(inside, 0, 0));
        Assert.True(ball.Project(tensor(new[] { 1.0, 7 }, [1, 2])).allclose(tensor(new[] { 1.0, 2 }, [1, 2])));
    }

    /// <summary>Against the definition of a projection: no point of the region is nearer.</summary>
    [Fact]
    public void Project_BallCutByARange_FindsTheNearestPointOfBoth()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var centers = rand(50, 4, dtype: float64, generator: generator);
        var ball = new EuclideanBall(centers, 0.7, 0, 1);
        var x = randn(50, 4, dtype: float64, generator: generator) * 2;

        var nearest = ball.Project(x);

        AssertInside(ball, nearest);
        var distance = (x - nearest).norm(1);
        for (var i = 0; i < 200; i++)
        {
            var other = ball.Sample(x, generator);
            AssertInside(ball, other);
            Assert.True((bool)(x - other).norm(1).ge(distance - 1e-9).all());
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(3e-3)]
    [InlineData(1e-6)]
    [InlineData(0)]
    public void Project_Float32_NeverLeavesTheBall(double radius)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(5);
        var centers = rand(200, 300, generator: generator);
        var far = centers + (randn(200, 300, generator: generator) * Math.Max(radius, 1e-3));
        foreach (var ball in new[] { new EuclideanBall(centers, radius), new EuclideanBall(centers, radius, 0, 1) })
        {
            foreach (var x in new[] { ball.Project(far), ball.Sample(centers, generator) })
            {
                var norm = (x.to(float64) - centers.to(float64)).norm(1);
                Assert.True((bool)norm.le(radius).all(), $"{norm.max().ToDouble():R} of {radius:R}");
                Assert.True(ball.Project(x).IsSameAs(x), "a point of the ball moves");
            }
            // Nor does it shrink by more than the rounding of the centres.
            var reached = (ball.Project(far).to(float64) - centers.to(float64)).norm(1);
            Assert.True((bool)reached.ge((radius * (1 - 1e-5)) - 1e-6).all(), $"{reached.min().ToDouble():R} of {radius:R}");
        }
    }

    [Fact]
    public void Construct_BadValues_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(0);
        var optimizer = new TensorProjectedGradient(new(), generator);
        var objective = new Objective(RandomProblem.Network(generator, ScalarType.Float32, 3, 4, 1));

        Assert.Throws<ArgumentOutOfRangeException>(() => new EuclideanBall(zeros(1, 3), -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new EuclideanBall(zeros(1, 3), 1, 2, 1));
        Error.Says(() => optimizer.Maximize(objective, zeros(1, 3), new EuclideanBall(zeros(1, 3), 1, 0.5, 1)), "centres", "0.5 to 1");
        Error.Says(() => optimizer.Maximize(objective, zeros(2, 3), new EuclideanBall(zeros(3, 3), 1)), "[3×3]", "[2×3]");
    }

    static void AssertInside(EuclideanBall ball, Tensor x)
    {
        Assert.True((bool)(x - ball.Centers).norm(1).le(ball.Radius + 1e-9).all());
        Assert.True((bool)x.ge(ball.Low).logical_and(x.le(ball.High)).all());
    }
}
