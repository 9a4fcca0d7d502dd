using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class BoxTests
{
    [Fact]
    public void Ball_NearTheEdge_IsCutToTheValidRange()
    {
        using var scope = NewDisposeScope();
        var box = Box.Ball(tensor(new[] { 0f, 0.75f, -1f }, [1, 3]), 0.5, -1, 1);

        Assert.Equal([-0.5f, 0.25f, -1f], box.Lower.data<float>().ToArray());
        Assert.Equal([0.5f, 1f, -0.5f], box.Upper.data<float>().ToArray());
    }

    [Fact]
    public void Between_LikeABatch_IsSharedByAllProblems()
    {
        using var scope = NewDisposeScope();
        var box = Box.Between(-1, 2, zeros(4, 3, dtype: float64));

        Assert.Equal([3], box.Lower.shape);
        Assert.Equal(ScalarType.Float64, box.Upper.dtype);
        Assert.Equal([-1, 2, 0.5], box.Project(tensor(new[] { -7, 3, 0.5 }, [1, 3])).data<double>().ToArray());
    }

    [Theory]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void Ball_BadRadius_Throws(double radius)
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => Box.Ball(zeros(1, 3), radius));
    }

    [Fact]
    public void Between_LowAboveHigh_Throws()
    {
        using var scope = NewDisposeScope();
        Assert.Throws<ArgumentOutOfRangeException>(() => Box.Between(1, -1, zeros(1, 3)));
    }
}
