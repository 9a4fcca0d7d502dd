namespace RL.Certification.Tests;

/// <summary>Octahedra have the corners that they should have, and cuts of groups hold.</summary>
public sealed class GroupCutsTests
{
    [Fact]
    public void Corners_DiamondOfTwo_AreThoseOfItsOrthants()
    {
        // |z₁| + |z₂| ≤ 2.
        var diamond = new Octahedron(2, _ => 2);
        for (var phases = 0; phases < 4; phases++)
        {
            var (x, y) = ((phases & 1) == 1 ? 2 : -2, (phases & 2) == 2 ? 2 : -2);
            Assert.Equal(new (double, double)[] { (0, 0), (0, y), (x, 0) }.Order(), diamond.Corners(phases).Select(z => (z[0], z[1])).Distinct().Order());
        }
    }

    [Fact]
    public void Corners_RandomOctahedra_EqualThoseOfAllPlanes()
    {
        var draws = new Draws(15);
        for (var i = 0; i < 5; i++)
        {
            // Bounds of sums over random points, so that the octahedron is not empty; some points make it flat.
            var (count, points) = (i % 3 == 0 ? 3 : 2, Enumerable.Range(0, 1 + draws.Next(6)).Select(_ => draws.Uniform(3, 1)).ToArray());
            double Bound(int[] s) => points.Max(point => s.Select((sign, d) => sign * point[d]).Sum());
            var octahedron = new Octahedron(count, Bound);
            for (var phases = 0; phases < 1 << count; phases++)
            {
                var own = octahedron.Corners(phases);
                var all = AllCorners(octahedron, Bound, phases);
                Assert.All(all, corner => Assert.Contains(own, z => Distance(z, corner) < 1e-9));
                Assert.All(own, corner => Assert.Contains(all, z => Distance(z, corner) < 1e-9));
                var a = draws.Uniform(count, 1);
                if (all.Count > 0)
                {
                    Assert.Equal(all.Max(z => z.Zip(a, (x, y) => x * y).Sum()), octahedron.Most(a, phases), 1e-9);
                    Assert.False(octahedron.IsEmpty(phases));
                }
            }
        }
    }

    [Fact]
    public void Add_TwoMaxAbs_PairsAreExact()
    {
        var example = RelaxationExamples.All.Single(known => known.Name == "two_max_abs");
        using var network = new NetworkProgram(LayerChain.Of(example.Graph), example.Lower, example.Upper).Build(null, solves: true);
        using var groups = new GroupCuts(network, 2, 10);
        var solution = network.Program.Maximize(network.Outputs[0], 1);
        Assert.Equal(4, solution.Bound, 1e-9);
        while (groups.Add(solution) > 0)
        {
            solution = network.Program.Maximize(network.Outputs[0], 1);
        }
        Assert.Equal(2, solution.Bound, 1e-9);
    }

    [Fact]
    public void Add_RandomNetworks_IsTighterThanSingleNeuronsAndHoldsAtSamples()
    {
        var draws = new Draws(16);
        var gained = 0.0;
        for (var i = 0; i < 4; i++)
        {
            var graph = RelaxationLadderTests.Random(draws, i < 2 ? ActivationFunction.Relu : ActivationFunction.LeakyRelu(0.25), 3, 6, 6, 1);
            using var network = new NetworkProgram(LayerChain.Of(graph), [-1, -1, -1], [1, 1, 1]).Build(null, solves: true);
            var single = network.Range(network.Outputs[0]);
            using var groups = new GroupCuts(network, 2 + (i % 2), 6);
            foreach (var sign in new[] { -1, 1 })
            {
                groups.Add(network.Program.Maximize(network.Outputs[0], sign));
            }
            var (least, most) = network.Range(network.Outputs[0]);
            gained += single.Upper - single.Lower - (most - least);
            for (var sample = 0; sample < 2000; sample++)
            {
                Assert.InRange(graph.Evaluate(draws.Uniform(3, 1))[0], least - 1e-12, most + 1e-12);
            }
        }
        Assert.True(gained > 0.1, $"Cuts gained {gained}.");
    }

    /// <summary>All points where as many planes as there are values meet and no plane is exceeded.</summary>
    static List<double[]> AllCorners(Octahedron octahedron, Func<int[], double> bound, int phases)
    {
        var n = octahedron.Count;
        List<(double[] Normal, double Bound)> planes = [.. octahedron.Directions.Select(s => (Array.ConvertAll(s, sign => (double)sign), bound(s)))];
        planes.AddRange(Enumerable.Range(0, n).Select(i => (Enumerable.Range(0, n).Select(d => d == i ? ((phases >> i & 1) == 1 ? -1.0 : 1.0) : 0).ToArray(), 0.0)));
        List<double[]> corners = [];
        foreach (var chosen in DisjunctiveHulls.Groups(planes.Count, n))
        {
            if (Solve([.. chosen.Select(i => planes[i])]) is { } z && planes.All(plane => plane.Normal.Zip(z, (a, b) => a * b).Sum() <= plane.Bound + 1e-9))
            {
                corners.Add(z);
            }
        }
        return corners;
    }

    /// <summary>Cramer's rule.</summary>
    static double[]? Solve((double[] Normal, double Bound)[] planes)
    {
        double[][] rows = [.. planes.Select(plane => plane.Normal)];
        var determinant = Determinant(rows);
        return Math.Abs(determinant) < 1e-12 ? null : [.. rows.Select((_, column) =>
            Determinant([.. planes.Select(plane => plane.Normal.Select((value, j) => j == column ? plane.Bound : value).ToArray())]) / determinant)];
    }

    static double Determinant(double[][] m) => m.Length == 2
        ? (m[0][0] * m[1][1]) - (m[0][1] * m[1][0])
        : (m[0][0] * ((m[1][1] * m[2][2]) - (m[1][2] * m[2][1]))) - (m[0][1] * ((m[1][0] * m[2][2]) - (m[1][2] * m[2][0])))
            + (m[0][2] * ((m[1][0] * m[2][1]) - (m[1][1] * m[2][0])));

    static double Distance(double[] a, double[] b) => a.Zip(b, (x, y) => Math.Abs(x - y)).Max();
}
