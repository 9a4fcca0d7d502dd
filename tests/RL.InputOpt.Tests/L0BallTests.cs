using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class L0BallTests
{
    /// <summary>Against every choice of two of four elements.</summary>
    [Fact]
    public void Project_EqualsTheBestOfEveryChoiceOfElements()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var centers = rand(40, 4, dtype: float64, generator: generator);
        var ball = new L0Ball(centers, 2, 0, 1);
        var x = randn(40, 4, dtype: float64, generator: generator) * 1.5;
        var cut = x.clamp(0, 1);
        var nearest = ball.Project(x);
        AssertInside(ball, nearest);
        Assert.True(ball.Project(nearest).IsSameAs(nearest));

        for (var i = 0; i < 4; i++)
        {
            for (var j = 0; j < i; j++)
            {
                var point = centers.clone();
                foreach (var element in new[] { i, j })
                {
                    point[.., element] = cut[.., element];
                }

                Assert.True((bool)(x - nearest).norm(1).le((x - point).norm(1) + 1e-12).all());
            }
        }
    }

    [Fact]
    public void Ascent_GoesAlongTheElementsWithTheMostToGain()
    {
        using var scope = NewDisposeScope();
        var ball = new L0Ball(zeros(1, 4), 2, -1, 1);
        var g = tensor(new[] { 3f, -2f, 0.5f, 1f }, [1, 4]);

        // The first element is at its end, and the others may take its place.
        var at = tensor(new[] { 1f, 0f, 0f, 0f }, [1, 4]);
        Assert.True(ball.Ascent(at, g).IsSameAs(tensor(new[] { 0f, -1f, 0f, 1f }, [1, 4])));
        Assert.True(ball.Ascent(zeros(1, 4), g).IsSameAs(tensor(new[] { 1f, -1f, 0f, 0f }, [1, 4])));
    }

    [Fact]
    public void Inward_WhereAsManyDifferAsMay_KeepsTheirElementsAlone()
    {
        using var scope = NewDisposeScope();
        var ball = new L0Ball(zeros(1, 3), 1, -1, 1);
        var g = tensor(new[] { 1f, -2f, 3f }, [1, 3]);
        Assert.True(ball.Inward(zeros(1, 3), g).IsSameAs(g));
        Assert.True(ball.Inward(tensor(new[] { 0f, 0.5f, 0f }, [1, 3]), g).IsSameAs(tensor(new[] { 0f, -2f, 0f }, [1, 3])));
        Assert.True(ball.Inward(tensor(new[] { 0f, -1f, 0f }, [1, 3]), g).IsSameAs(zeros(1, 3)));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(3)]
    [InlineData(7)]
    public void Sample_ChangesAsManyElementsAsMay(int count)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(2);
        var ball = new L0Ball(zeros(6), count, -1, 1);
        var x = ball.Sample(zeros(200, 6), generator);
        Assert.True((bool)x.ne(0).sum(1).eq(Math.Min(count, 6)).all());
    }

    [Fact]
    public void Construct_BadValues_SaysWhatIsAllowed()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => new L0Ball(zeros(1, 3), -1, 0, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new L0Ball(zeros(1, 3), 1, 1, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new L0Ball(zeros(1, 3), 1, 0, double.PositiveInfinity));
    }

    static void AssertInside(L0Ball ball, Tensor x)
    {
        Assert.True((bool)x.ne(ball.Centers).sum(1).le(ball.Count).all());
        Assert.True((bool)x.ge(ball.Low).logical_and(x.le(ball.High)).all());
    }
}
