namespace RL.Certification.Tests;

/// <summary>Inputs on which something coincides, vanishes or overflows.</summary>
public sealed class DegenerateRegionTests
{
    [Fact]
    public void At_RepeatedNeurons_AreOneFacetOfBothAndFlipTogether()
    {
        var graph = RegionsGolden.OfLayers([([[1, 0], [2, 0], [0, 1]], [-0.5, -1, -0.5]), ([[1, 1, 1]], [0])]);
        var region = LinearRegion.At(graph, [0, 0], [-1, -1], [1, 1]);

        var shared = Assert.Single(region.Facets, facet => facet.HalfSpace.Neurons.Count == 2);
        Assert.Equal([new Neuron(0, 0), new Neuron(0, 1)], shared.HalfSpace.Neurons);
        Assert.Equal([true, true, false], region.Neighbour(shared).Pattern);
    }

    [Fact]
    public void At_DeadNeurons_AreConstantAndNoFacets()
    {
        var graph = RegionsGolden.OfLayers([([[0, 0], [1, 1]], [-0.5, 0.25]), ([[1, 1]], [0])]);
        var region = LinearRegion.At(graph, [0.5, 0.5], [-1, -1], [1, 1]);

        Assert.Equal([new Neuron(0, 0)], region.ConstantNeurons);
        Assert.Equal([new Neuron(0, 1)], region.Facets.SelectMany(facet => facet.HalfSpace.Neurons));
    }

    [Fact]
    public void At_NeuronsThatAreZeroEverywhere_AreConstantAndNotCritical()
    {
        // The first has no weights and no bias; the third reads the first alone.
        var graph = RegionsGolden.OfLayers([([[0, 0], [1, 1]], [0, -1]), ([[1, 0]], [0]), ([[1]], [0])]);
        var region = LinearRegion.At(graph, [0.5, 0.5], [-1, -1], [1, 1]);

        Assert.Equal([new Neuron(0, 0), new Neuron(1, 0)], region.ConstantNeurons);
        Assert.Equal([new Neuron(0, 1)], region.CriticalNeurons);
    }

    [Fact]
    public void At_APointOnABorder_NamesTheCriticalNeurons()
    {
        var graph = RegionsGolden.OfLayers([([[1, 0], [0, 1]], [-0.5, 0]), ([[1, 1]], [0])]);
        var region = LinearRegion.At(graph, [0.5, 0.25], [-1, -1], [1, 1]);

        Assert.Equal([new Neuron(0, 0)], region.CriticalNeurons);
        Assert.Equal([false, true], region.Pattern);
        Assert.Equal(0, region.Nearest!.Value.Distance);
    }

    [Fact]
    public void Neighbour_ADeeperNeuronThatIsZeroOnTheFacet_FlipsToo()
    {
        // The second layer's only neuron reads the first's: both are active on the same side.
        var graph = RegionsGolden.OfLayers([([[1.0]], [-0.25]), ([[1.0]], [0]), ([[1.0]], [0])]);
        var region = LinearRegion.At(graph, [0], [-1], [1]);
        var facet = Assert.Single(region.Facets, facet => facet.HalfSpace.Box is null);

        Assert.Equal([true, true], region.Neighbour(facet).Pattern);
    }

    [Fact]
    public void At_ABoxOfOnePoint_IsAPoint()
    {
        var graph = RegionsGolden.OfLayers([([[1, 0], [0, 1]], [-0.5, 0]), ([[1, 1]], [0])]);
        var region = LinearRegion.At(graph, [0.25, 0.25], [0.25, 0.25], [0.25, 0.25]);

        Assert.True(region.IsFlat);
        Assert.Empty(region.Facets);
        Assert.Equal(0.25, region.Optimum().Value);
        Assert.Single(LinearRegion.At(graph, [0.25, 0.25], [0.25, -1], [0.25, 1]).Facets, facet => facet.HalfSpace.Neurons.Count == 1);
    }

    [Theory]
    [InlineData("x[1] is NaN", 0.0, double.NaN)]
    [InlineData("x[0] is ∞", double.PositiveInfinity, 0.0)]
    [InlineData("x has 1 numbers; allowed: 2", 0.0)]
    [InlineData("x[1] is 3; the box allows -1 to 1", 0.0, 3.0)]
    public void At_BadPoints_AreNamed(string expected, params double[] x)
    {
        var graph = RegionsGolden.OfLayers([([[1, 0]], [0]), ([[1.0]], [0])]);

        var message = Assert.Throws<ArgumentException>(() => LinearRegion.At(graph, x, [-1, -1], [1, 1])).Message;
        Assert.Contains(expected.Replace("∞", double.PositiveInfinity.ToString(), StringComparison.Ordinal), message, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_ASmoothOrResidualNetwork_IsRefusedByName()
    {
        var graph = new NetworkGraph(2);
        graph.Activation(graph.Linear(0, [1, 0, 0, 1], [0, 0]), ActivationFunction.Tanh);
        graph.Linear(graph.Last, [1, 1], [0]);

        Assert.Contains("tanh", Assert.Throws<ArgumentException>(() => PlaneSlice.Of(graph, [0, 0], [1, 0], [0, 1])).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(-400)]
    [InlineData(-30)]
    [InlineData(30)]
    [InlineData(400)]
    public void Of_ANetworkTimesAPowerOfTwo_HasTheSameRegions(int power)
    {
        foreach (var index in new[] { 0, 1, 3 })
        {
            var golden = PlaneSliceTests.Golden("regions_degenerate.json", index);
            double Scaled(double number) => Math.ScaleB(number, power);
            var layers = golden.GetProperty("net").EnumerateArray().Select((layer, i) => (
                layer.GetProperty("weight").EnumerateArray().Select(row => i == 0 ? Array.ConvertAll(row.Numbers(), Scaled) : row.Numbers()).ToArray(),
                Array.ConvertAll(layer.GetProperty("bias").Numbers(), Scaled)));
            var slice = PlaneSlice.Of(
                RegionsGolden.OfLayers(layers), golden.GetProperty("origin").Numbers(), golden.GetProperty("d1").Numbers(), golden.GetProperty("d2").Numbers());

            Assert.Equal(golden.GetProperty("regions").GetInt32(), slice.Cells.Count);
            Assert.Equal(golden.GetProperty("affine_pieces_distinct").GetInt32(), slice.DistinctPieces);
        }
    }

    [Theory]
    [InlineData(-100)]
    [InlineData(100)]
    public void At_InputsTimesAPowerOfTwo_HasTheSameFacets(int power)
    {
        var golden = RegionsGolden.File("regions.json").GetProperty("regions")[14];
        double Scaled(double number) => Math.ScaleB(number, power);
        var graph = RegionsGolden.Network(golden);
        var scaled = RegionsGolden.OfLayers(RegionsGolden.File("regions.json").GetProperty("slices").EnumerateArray().First(
            slice => slice.TryGetProperty("id", out var id) && id.GetInt32() == golden.GetProperty("slice").GetInt32()).GetProperty("net").EnumerateArray()
            .Select((layer, i) => (
                layer.GetProperty("weight").EnumerateArray().Select(row => i == 0 ? Array.ConvertAll(row.Numbers(), w => Math.ScaleB(w, -power)) : row.Numbers()).ToArray(),
                layer.GetProperty("bias").Numbers())));
        LinearRegion At(NetworkGraph network, Func<double, double> scale) => LinearRegion.At(
            network, Array.ConvertAll(golden.GetProperty("x").Numbers(), x => scale(x)),
            Array.ConvertAll(golden.GetProperty("lower").Numbers(), x => scale(x)), Array.ConvertAll(golden.GetProperty("upper").Numbers(), x => scale(x)));

        var (one, other) = (At(graph, x => x), At(scaled, Scaled));
        Assert.Equal(one.Facets.Select(facet => facet.HalfSpace.ToString()), other.Facets.Select(facet => facet.HalfSpace.ToString()));
        Assert.Equal(Scaled(one.ChebyshevRadius), other.ChebyshevRadius);
    }

    [Fact]
    public void Of_MoreRegionsThanAllowed_IsTheFirstOfThem()
    {
        var graph = RegionsGolden.Network(PlaneSliceTests.Golden("regions.json", 0));
        var all = PlaneSlice.Of(graph, [0, 0], [2, 0], [0, 2]);

        var some = PlaneSlice.Of(graph, [0, 0], [2, 0], [0, 2], mostCells: 10);
        var enough = PlaneSlice.Of(graph, [0, 0], [2, 0], [0, 2], mostCells: all.Cells.Count);

        Assert.True(some.IsPartial && !enough.IsPartial);
        Assert.Equal(all.Cells.Take(10).Select(cell => cell.Corners), some.Cells.Select(cell => cell.Corners));
        Assert.Equal(some.Cells.Sum(cell => cell.Area) / 4, some.Covered, 1e-12);
        Assert.Equal(all.Cells.Count, enough.Cells.Count);
    }

    [Fact]
    public void Of_AConvolution_AgreesWithForwardPasses()
    {
        var (draws, graph) = (new Draws(7), new NetworkGraph(2, 5, 5));
        graph.Convolution(0, draws.Uniform(3 * 2 * 9, 1), draws.Uniform(3, 0.5), (3, 3), (2, 2), (1, 1));
        graph.Activation(graph.Last, ActivationFunction.LeakyRelu(0.125));
        graph.Linear(graph.Flatten(graph.Last), draws.Uniform(4 * 27, 1), draws.Uniform(4, 0.5));
        graph.Activation(graph.Last, ActivationFunction.Relu);
        graph.Linear(graph.Last, draws.Uniform(2 * 4, 1), draws.Uniform(2, 0.5));
        var (o, d1, d2) = (draws.Uniform(50, 1), draws.Uniform(50, 1), draws.Uniform(50, 1));

        var slice = PlaneSlice.Of(graph, o, d1, d2);

        Assert.True(slice.Cells.Count > 20);
        Assert.Equal(4, slice.Cells.Sum(cell => cell.Area), 1e-12);
        Assert.All(slice.Cells, cell =>
        {
            var (s, t) = cell.Middle;
            var f = graph.Evaluate([.. o.Select((at, i) => at + (s * d1[i]) + (t * d2[i]))]);
            Assert.Equal(f[0], cell.Value(0, s, t), 1e-10);
            Assert.Equal(f[1], cell.Value(1, s, t), 1e-10);
        });
    }

    [Fact]
    public void Walk_FromAnyPoint_RisesToAPointThatNoTouchingRegionImproves()
    {
        var graph = BoundsGolden.Network("small_0");
        var way = LinearRegion.At(graph, new double[10], [.. Enumerable.Repeat(-1.0, 10)], [.. Enumerable.Repeat(1.0, 10)]).Walk();

        Assert.True(way.Count > 3);
        Assert.All(way.Zip(way.Skip(1)), pair => Assert.True(pair.Second.Optimum.Value > pair.First.Optimum.Value));
        var (x, value) = (way[^1].Optimum.X, way[^1].Optimum.Value);
        Assert.Equal(value, graph.Evaluate(x)[0], 1e-9);
        var draws = new Draws(1);
        for (var i = 0; i < 500; i++)
        {
            var beside = x.Zip(draws.Uniform(10, 1e-6), (at, step) => Math.Clamp(at + step, -1, 1)).ToArray();
            Assert.True(graph.Evaluate(beside)[0] <= value + 1e-9);
        }
    }
}
