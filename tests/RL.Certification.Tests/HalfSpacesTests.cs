using RL.InputOpt;
using TorchSharp;

namespace RL.Certification.Tests;

public sealed class HalfSpacesTests
{
    static readonly double[] _lower = [-1, -1, -1, -1], _upper = [1, 2, 1, 0.5];

    static HalfSpaces Of(ColumnMatrix<double> normals, params (int Row, bool IsActive, double Offset)[] halfSpaces)
    {
        var node = new HalfSpaces(4, Rounding.Unit(100));
        node.Begin(_lower, _upper);
        foreach (var (row, isActive, offset) in halfSpaces)
        {
            node.Add(0, row, isActive, normals, offset);
        }
        return node;
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1e-20)]
    [InlineData(1e200)]
    public void Maximize_HalfSpacesAreApart_IsMinusInfinity(double scale)
    {
        var normals = new ColumnMatrix<double>(1, 4);
        normals[1][0] = scale;
        var node = Of(normals, (0, true, -0.5 * scale), (0, false, -0.25 * scale));     // x₁ ≥ 0.5, x₁ ≤ 0.25

        Assert.Equal(double.NegativeInfinity, node.Maximize([1, 1, 1, 1], 0).Bound);
    }

    [Theory]
    [InlineData(1.0)]
    [InlineData(1e-9)]
    [InlineData(1e9)]
    public void Maximize_HalfSpacesTouch_IsTheMaximumBetweenThem(double scale)
    {
        var normals = new ColumnMatrix<double>(1, 4);
        normals[1][0] = scale;
        var node = Of(normals, (0, true, -0.5 * scale), (0, false, -0.5 * scale));      // x₁ = 0.5

        var (bound, error) = node.Maximize([1, 1, 1, 1], 3);

        Assert.InRange(bound, 6, 6 + (2 * error));
        Assert.InRange(error, 0, 1e-11);
    }

    [Fact]
    public void Shrink_RandomHalfSpaces_KeepsEveryFeasiblePoint()
    {
        for (var seed = 0UL; seed < 100; seed++)
        {
            using var scope = torch.NewDisposeScope();
            using var generator = new torch.Generator(seed);
            var numbers = Rows.Numbers(RandomProblem.Points(generator, torch.ScalarType.Float64, 3, 5));
            var normals = new ColumnMatrix<double>(3, 4);
            for (var k = 0; k < 3; k++)
            {
                for (var d = 0; d < 4; d++)
                {
                    normals[d][k] = numbers[(5 * k) + d];
                }
            }
            double Offset(int k) => 0.1 * Math.Abs(numbers[(5 * k) + 4]);
            var node = Of(normals, (0, true, Offset(0)), (1, true, Offset(1)), (2, true, Offset(2)));
            var (lower, upper) = ((double[])_lower.Clone(), (double[])_upper.Clone());

            Assert.True(node.Shrink(lower, upper));

            var points = Rows.Numbers(RandomProblem.Points(generator, torch.ScalarType.Float64, 500, 4)).Chunk(4)
                .Where(x => x[3] <= 0.5 && Enumerable.Range(0, 3).All(
                    k => x.Select((number, d) => number * normals[d][k]).Sum() + Offset(k) >= 0));
            Assert.All(points, x =>
            {
                for (var d = 0; d < 4; d++)
                {
                    Assert.InRange(x[d], lower[d], upper[d]);
                }
            });
        }
    }
}
