using System.Text.Json;

namespace RL.Certification.Tests;

public sealed class LinearRegionTests
{
    public static TheoryData<int> Regions => [.. Enumerable.Range(0, Golden().Length)];

    [Theory, MemberData(nameof(Regions))]
    public void At_GoldenPoints_HasTheirFacetsCentreAndOptima(int index)
    {
        var golden = Golden()[index];
        var network = RegionsGolden.Network(golden);
        var (x, lower, upper) = (golden.GetProperty("x").Numbers(), golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());
        var region = LinearRegion.At(network, x, lower, upper);

        Assert.Equal(golden.GetProperty("pattern").GetString(), RegionsGolden.Text(region.Pattern));
        Assert.Empty(region.CriticalNeurons);
        Assert.All(golden.GetProperty("gradient").Numbers().Zip(region.Gradient()), pair => Assert.Equal(pair.First, pair.Second, 1e-11));
        Assert.Equal(golden.GetProperty("constant").GetDouble(), region.Constant(), 1e-11);
        Assert.Equal(golden.GetProperty("distance_to_nearest_hyperplane").GetDouble(), region.Nearest!.Value.Distance, 1e-11);
        Assert.Equal(golden.GetProperty("nearest_neuron").GetInt32(), Number(network, region.Nearest.Value.HalfSpace.Neurons[0]));
        var ambiguous = golden.GetProperty("ambiguous").EnumerateArray().Select(number => number.GetInt32()).ToArray();
        Assert.Equal(
            golden.GetProperty("facets").EnumerateArray().Select(number => number.GetInt32()).Except(ambiguous),
            region.Facets.SelectMany(facet => facet.HalfSpace.Neurons).Select(neuron => Number(network, neuron)).Except(ambiguous).Order());
        Assert.Equal(
            golden.GetProperty("box_facets").EnumerateArray().Select(facet => (facet[0].GetInt32(), facet[1].GetInt32())).Order(),
            region.Facets.Where(facet => facet.HalfSpace.Box is not null).Select(facet => facet.HalfSpace.Box!.Value).Order());
        var ball = golden.GetProperty("chebyshev_in_box");
        Assert.Equal(ball.GetProperty("radius").GetDouble(), region.ChebyshevRadius, 1e-9);
        AssertBallInside(region, region.ChebyshevCentre!, region.ChebyshevRadius);
        var free = LinearRegion.At(network, x);
        if (golden.GetProperty("chebyshev_unbounded").GetProperty("radius") is { ValueKind: JsonValueKind.Number } radius)
        {
            Assert.Equal(radius.GetDouble(), free.ChebyshevRadius, 1e-9);
        }
        else
        {
            Assert.Equal((double.PositiveInfinity, null), (free.ChebyshevRadius, free.ChebyshevCentre));
        }
        foreach (var (name, isMinimum) in new[] { ("max", false), ("min", true) })
        {
            var optimum = region.Optimum(0, isMinimum);
            Assert.Equal(golden.GetProperty("lp").GetProperty(name).GetProperty("value").GetDouble(), optimum.Value, 1e-8);
            Assert.Equal(optimum.Value, network.Evaluate(optimum.X)[0], 1e-9);
        }
    }

    [Fact]
    public void WalkAndFacets_Stopped_AreThoseKnown()
    {
        var golden = Golden()[0];
        var region = LinearRegion.At(
            RegionsGolden.Network(golden), golden.GetProperty("x").Numbers(), golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());
        var stopped = new CancellationToken(true);

        Assert.Equal(region.Optimum().Value, Assert.Single(region.Walk(stop: stopped)).Optimum.Value);
        var all = region.Facets.Select(facet => facet.Row).ToArray();
        var found = region.FacetsBefore(stopped);
        Assert.NotEmpty(found);
        Assert.All(found, facet => Assert.Contains(facet.Row, all));
    }

    [Theory, MemberData(nameof(Regions))]
    public void Neighbour_AcrossEveryFacet_IsThePatternBehindTheWitness(int index)
    {
        var golden = Golden()[index];
        var network = RegionsGolden.Network(golden);
        var (lower, upper) = (golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());
        var region = LinearRegion.At(network, golden.GetProperty("x").Numbers(), lower, upper);
        var layers = PiecewiseNetwork.Of(network);
        foreach (var facet in region.Facets.Where(facet => facet.HalfSpace.Box is null))
        {
            var neighbour = region.Neighbour(facet);
            double[] Beside(double step) => [.. facet.Witness.Zip(facet.HalfSpace.Normal, (at, along) => at + (step * along))];
            // Small enough for what else is near the witness.
            var step = Enumerable.Range(20, 20).Select(power => Math.ScaleB(1, -power)).First(
                step => layers.Pattern(Beside(-step)).SequenceEqual(region.Pattern) && layers.Pattern(Beside(step)).SequenceEqual(neighbour.Pattern));
            Assert.True(step > 0);
            if (facet.HalfSpace.Neurons[0].Index % 8 != 0 && layers.Inputs > 5)
            {
                continue;
            }
            Assert.Contains(neighbour.Facets, back => back.HalfSpace.Neurons.SequenceEqual(facet.HalfSpace.Neurons));
        }
    }

    static void AssertBallInside(LinearRegion region, double[] centre, double radius) => Assert.All(
        region.HalfSpaces, half => Assert.True(half.Normal.Zip(centre, (a, b) => a * b).Sum() + radius <= half.Limit + 1e-9));

    static JsonElement[] Golden() => [.. RegionsGolden.File("regions.json").GetProperty("regions").EnumerateArray()];

    static int Number(NetworkGraph network, Neuron neuron)
    {
        var sizes = PiecewiseNetwork.Of(network);
        return Enumerable.Range(0, neuron.Layer).Sum(layer => sizes.Layer(layer).Outputs) + neuron.Index;
    }
}
