namespace RL.Certification.Tests;

/// <summary>Equal to, or tighter than, another implementation of the same methods.</summary>
public sealed class BoundsGoldenTests
{
    public static TheoryData<string> Boxes => [.. BoundsGolden.Json("bounds.json").EnumerateObject().Select(box => box.Name).Where(name => !name.StartsWith("large", StringComparison.Ordinal))];

    public static TheoryData<string, int> SmoothBoxes
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var network in BoundsGolden.Json("smooth.json").EnumerateObject())
            {
                for (var box = 0; box < network.Value.GetProperty("boxes").GetArrayLength(); box++)
                {
                    data.Add(network.Name, box);
                }
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Boxes))]
    public void Bound_FullyConnected_EqualsTheReferenceAndNeverTheAttack(string name)
    {
        var golden = BoundsGolden.Json("bounds.json").GetProperty(name);
        var graph = BoundsGolden.Network(golden.GetProperty("net").GetString()!);
        var (lower, upper) = (golden.GetProperty("lower").Numbers(), golden.GetProperty("upper").Numbers());
        RowBounds Bound(BoundMethod method) => new NetworkBounds(graph, new() { Method = method }).Bound(lower, upper);
        var (interval, crown, alpha) = (Bound(BoundMethod.Interval), Bound(BoundMethod.Crown), Bound(BoundMethod.Alpha));

        AssertEqual(golden.Range("ibp"), interval, 1e-9);
        AssertEqual(golden.Range("crown"), crown, 1e-9);
        var (best, worst) = golden.Range("alpha20");
        Assert.True(alpha.Upper[0] - alpha.Lower[0] <= 1.01 * (worst[0] - best[0]), $"α: {alpha.Lower[0]} to {alpha.Upper[0]}, reference {best[0]} to {worst[0]}");
        foreach (var bounds in new[] { interval, crown, alpha })
        {
            var attack = golden.GetProperty("attack");
            Assert.InRange(attack.GetProperty("max").GetProperty("value").GetDouble(), bounds.Lower[0], bounds.Upper[0]);
            Assert.InRange(attack.GetProperty("min").GetProperty("value").GetDouble(), bounds.Lower[0], bounds.Upper[0]);
        }
    }

    [Theory, MemberData(nameof(SmoothBoxes))]
    public void Bound_Smooth_IsNoLooserThanTheReferenceAndNeverTheAttack(string name, int index)
    {
        var golden = BoundsGolden.Json("smooth.json").GetProperty(name);
        var (graph, box) = (BoundsGolden.Smooth(golden), golden.GetProperty("boxes")[index]);
        var (centre, radius) = (box.GetProperty("centre").Numbers(), box.GetProperty("radius").GetDouble());
        RowBounds Bound(BoundMethod method) =>
            new NetworkBounds(graph, new() { Method = method }).Bound([.. centre.Select(x => x - radius)], [.. centre.Select(x => x + radius)]);
        var attack = box.Range("attack");
        foreach (var (reference, method, room) in new[] { ("ibp", BoundMethod.Interval, 1e-9), ("crown", BoundMethod.Crown, 1e-6), ("alpha20", BoundMethod.Alpha, 0.01) })
        {
            var bounds = Bound(method);
            for (var k = 0; k < graph.Outputs; k++)
            {
                Assert.True(bounds.Lower[k] <= attack.Lower[k] + 1e-12 && bounds.Upper[k] >= attack.Upper[k] - 1e-12);
            }
            if (box.TryGetProperty(reference, out var given) && !given.TryGetProperty("error", out _))
            {
                var (lower, upper) = box.Range(reference);
                var (mine, theirs) = (Width(bounds.Lower, bounds.Upper), Width(lower, upper));
                Assert.True(mine <= (1 + room) * theirs, $"{method}: mean width {mine}, reference {theirs}");
            }
        }
    }

    static double Width(double[] lower, double[] upper) => lower.Zip(upper, (l, u) => u - l).Average();

    static void AssertEqual((double[] Lower, double[] Upper) expected, RowBounds actual, double relative)
    {
        for (var k = 0; k < actual.Lower.Length; k++)
        {
            var scale = Math.Max(Math.Abs(expected.Lower[k]), Math.Abs(expected.Upper[k]));
            Assert.InRange(actual.Lower[k] - expected.Lower[k], -relative * scale, relative * scale);
            Assert.InRange(actual.Upper[k] - expected.Upper[k], -relative * scale, relative * scale);
        }
    }
}
