using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt.Tests;

public sealed class BoxProgramTests
{
    static readonly double[] _lower = [-1, -1, -1, -1], _upper = [1, 2, 1, 0.5];

    /// <summary>Half-spaces, all of which hold at x = 0 if <paramref name="slack"/> ≥ 0.</summary>
    static (BoxProgram Program, double[][] Normals, double[] Offsets) Random(Generator generator, int halfSpaces, double slack)
    {
        var normals = new ColumnMatrix<double>(halfSpaces, 4);
        var numbers = RandomProblem.Points(generator, ScalarType.Float64, halfSpaces, 4).data<double>().ToArray();
        var offsets = (rand(halfSpaces, dtype: float64, generator: generator) * slack).data<double>().ToArray();
        var program = new BoxProgram(4);
        for (var k = 0; k < halfSpaces; k++)
        {
            for (var d = 0; d < 4; d++)
            {
                normals[d][k] = numbers[(4 * k) + d];
            }
        }
        for (var k = 0; k < halfSpaces; k++)
        {
            program.Add(normals, k, offsets[k], 1);
        }
        return (program, [.. numbers.Chunk(4)], offsets);
    }

    static double Dot(double[] a, double[] b) => a.Zip(b, (left, right) => left * right).Sum();

    [Fact]
    public void Maximize_RandomPrograms_IsFeasibleAndMeetsItsOwnBound()
    {
        for (var seed = 0UL; seed < 300; seed++)
        {
            using var scope = NewDisposeScope();
            using var generator = new Generator(seed);
            var (program, normals, offsets) = Random(generator, 1 + (int)(seed % 12), 0.3);
            var a = RandomProblem.Points(generator, ScalarType.Float64, 1, 4).data<double>().ToArray();

            var bound = program.Maximize(a, _lower, _upper);

            // A feasible point whose value is the dual bound: the maximum, by weak duality.
            var x = program.X;
            Assert.Equal(bound, Dot(a, x), 1e-8);
            Assert.All(x.Zip(_lower), pair => Assert.True(pair.First >= pair.Second));
            Assert.All(x.Zip(_upper), pair => Assert.True(pair.First <= pair.Second));
            Assert.All(normals.Zip(offsets), plane => Assert.True(Dot(plane.First, x) + plane.Second >= -1e-8, $"seed {seed}"));
        }
    }

    [Fact]
    public void Maximize_NothingIsFeasible_IsMinusInfinity()
    {
        var normals = new ColumnMatrix<double>(1, 4);
        normals[1][0] = 1;
        var program = new BoxProgram(4);
        program.Add(normals, 0, -0.5, 1);       // x₁ ≥ 0.5
        program.Add(normals, 0, 0.25, -1);      // x₁ ≤ −0.25

        Assert.Equal(double.NegativeInfinity, program.Maximize([1, 1, 1, 1], _lower, _upper));
    }
}
