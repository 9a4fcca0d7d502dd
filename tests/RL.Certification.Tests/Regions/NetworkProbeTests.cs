namespace RL.Certification.Tests;

public sealed class NetworkProbeTests
{
    [Fact]
    public void CriticalPoints_OfAQueriedNetwork_AreThoseOfItsSegment()
    {
        var graph = Random([4, 10, 8, 1], seed: 3);
        double[] from = [-1, -0.5, 0.75, 1], to = [1, 0.625, -1, -0.375];

        var found = new NetworkProbe(x => graph.Evaluate(x)[0], [-1, -1, -1, -1], [1, 1, 1, 1], seed: 0).CriticalPoints(from, to);

        // Kinks that the output does not have cannot be seen.
        var segment = SegmentSlice.Of(graph, from, to);
        var visible = segment.Hinges().Hinges.Where(hinge => Math.Abs(hinge.Change) > 1e-6).Select(hinge => hinge.At).ToArray();
        Assert.NotEmpty(visible);
        Assert.Equal(visible.Length, found.Count);
        Assert.All(visible.Zip(found), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Theory]
    [InlineData(1, 4, 8, 1)]
    [InlineData(2, 6, 10, 1)]
    [InlineData(3, 4, 8, 6, 1)]
    public void FirstLayer_OfAQueriedNetwork_IsItsWeightsUpToSignAndScale(int seed, params int[] sizes)
    {
        var graph = Random(sizes, (ulong)seed);
        var n = sizes[0];
        double[] lower = [.. Enumerable.Repeat(-1.0, n)], upper = [.. Enumerable.Repeat(1.0, n)];
        var probe = new NetworkProbe(x => graph.Evaluate(x)[0], lower, upper, seed: 5);

        var found = probe.FirstLayer(lines: 12);

        var first = graph.Nodes[1];
        var truth = Enumerable.Range(0, sizes[1]).Select(k => first.Weight.AsSpan(k * n, n).ToArray() is var row && Math.Sqrt(row.Sum(w => w * w)) is var norm
            ? (Normal: row.Select(w => w / norm).ToArray(), Offset: first.Bias[k] / norm) : default).ToArray();
        var matched = found.Select(neuron => Array.FindIndex(truth, row =>
            Math.Sign(row.Normal.Zip(neuron.Normal, (a, b) => a * b).Sum()) is var sign
            && row.Normal.Zip(neuron.Normal, (a, b) => Math.Abs(a - (sign * b))).Max() < 1e-5 && Math.Abs(row.Offset - (sign * neuron.Offset)) < 1e-5)).ToArray();
        Assert.DoesNotContain(-1, matched);
        Assert.Equal(matched.Distinct(), matched);
        // Those whose hyperplanes the lines met.
        Assert.InRange(matched.Length, (sizes[1] + 1) / 2, sizes[1]);
    }

    [Fact]
    public void FirstLayer_ValuesThatAreNotFinite_AreNamed() => Assert.Contains(
        "NaN", Assert.Throws<ArgumentException>(() => new NetworkProbe(_ => double.NaN, [0], [1], 0).FirstLayer(1)).Message, StringComparison.Ordinal);

    static NetworkGraph Random(int[] sizes, ulong seed)
    {
        var draws = new Draws(seed);
        return RegionsGolden.OfLayers(Enumerable.Range(1, sizes.Length - 1).Select(i => (
            Enumerable.Range(0, sizes[i]).Select(_ => draws.Uniform(sizes[i - 1], 1)).ToArray(), draws.Uniform(sizes[i], 0.5))));
    }
}
