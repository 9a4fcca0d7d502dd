using System.Text.Json;

namespace RL.Certification.Tests;

/// <summary>Hulls of several neurons equal the reference.</summary>
public sealed class DisjunctiveHullsTests
{
    public static TheoryData<string> Networks =>
    [
        .. Golden.GetProperty("named").EnumerateObject().Select(network => network.Name),
        .. Enumerable.Range(0, Golden.GetProperty("random").GetArrayLength()).Select(i => i.ToString(System.Globalization.CultureInfo.InvariantCulture)),
    ];

    static JsonElement Golden { get; } = BoundsGolden.Json("multineuron.json");

    [Theory, MemberData(nameof(Networks))]
    public void Bounds_GoldenNetwork_EqualTheReference(string name)
    {
        var golden = int.TryParse(name, out var number) ? Golden.GetProperty("random")[number] : Golden.GetProperty("named").GetProperty(name);
        var layers = Layers(golden.GetProperty("net"));
        var (lower, upper) = (golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());
        (double, double) Hull(Func<int, int[][]> groups) => DisjunctiveHulls.Bounds(layers, DisjunctiveHulls.Inputs(lower, upper, []), groups)[0];

        foreach (var (key, size) in new[] { ("k1", 1), ("k2", 2), ("whole", 99) })
        {
            if (golden.TryGetProperty(key, out _))
            {
                AssertClose(golden, key, Hull(layer => DisjunctiveHulls.Groups(layers[layer].Outputs, size)));
            }
        }
        if (golden.TryGetProperty("groups_01_23", out _))
        {
            AssertClose(golden, "groups_01_23", Hull(_ => [[0, 1], [2, 3]]));
            AssertClose(golden, "groups_03_12", Hull(_ => [[0, 3], [1, 2]]));
        }
        if (golden.TryGetProperty("triangle", out _))
        {
            using var network = new NetworkProgram(layers, lower, upper).Build(null, solves: true);
            AssertClose(golden, "triangle", network.Range(network.Outputs[0]));
        }
    }

    [Fact]
    public void Bound_GoldenPartitions_EqualTheReference()
    {
        var golden = Golden.GetProperty("named").GetProperty("zero");
        var layers = Layers(golden.GetProperty("net"));
        foreach (var partition in golden.GetProperty("partitions").EnumerateArray())
        {
            double[] ends = [-1, .. partition.GetProperty("cuts").Numbers(), 1];
            foreach (var (key, isWhole) in new[] { ("triangle", false), ("whole", true) })
            {
                var parts = ends.Zip(ends.Skip(1), (l, u) => InputPartition.Bound(layers, [l], [u], [], isWhole)).ToArray();
                AssertClose(partition, key, (parts.Min(part => part.Lower), parts.Max(part => part.Upper)));
            }
        }
    }

    internal static AffineLayer[] Layers(JsonElement net)
    {
        var layers = net.EnumerateArray().ToArray();
        return [.. layers.Select((layer, i) => new AffineLayer(
            [.. layer.GetProperty("weight").EnumerateArray().SelectMany(row => row.Numbers())], layer.GetProperty("bias").Numbers(),
            i < layers.Length - 1 ? ActivationFunction.Relu : null))];
    }

    static void AssertClose(JsonElement golden, string key, (double Lower, double Upper) actual)
    {
        var expected = golden.GetProperty(key).Numbers();
        foreach (var (wanted, found) in new[] { (expected[0], actual.Lower), (expected[1], actual.Upper) })
        {
            Assert.True(Math.Abs(found - wanted) <= 1e-9 * Math.Max(1, Math.Abs(wanted)), $"{key}: {actual}, expected {expected[0]} to {expected[1]}");
        }
    }
}
