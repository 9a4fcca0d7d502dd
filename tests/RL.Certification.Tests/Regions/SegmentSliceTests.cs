using System.Text.Json;

namespace RL.Certification.Tests;

public sealed class SegmentSliceTests
{
    public static TheoryData<int> Segments => [.. Enumerable.Range(0, All().Count)];

    [Theory, MemberData(nameof(Segments))]
    public void Of_GoldenSegments_HasTheCriticalPointsInOrder(int index)
    {
        var (network, golden) = All()[index];
        var segment = SegmentSlice.Of(network, golden.GetProperty("a").Numbers(), golden.GetProperty("b").Numbers());

        Assert.Equal(golden.GetProperty("pieces").GetInt32(), segment.Pieces.Count);
        var expected = golden.GetProperty("critical").EnumerateArray().Select(point => point.Numbers()).ToArray();
        var found = segment.CriticalPoints.SelectMany(point => point.Neurons.Select(neuron => (point.T, neuron))).ToArray();
        Assert.Equal(expected.Select(point => new Neuron((int)point[1], (int)point[2])), found.Select(point => point.neuron));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First[0], pair.Second.T, 1e-12));
        var (least, most) = segment.Range();
        Assert.Equal(golden.GetProperty("output_min").GetDouble(), least, 1e-12);
        Assert.Equal(golden.GetProperty("output_max").GetDouble(), most, 1e-12);
    }

    [Fact]
    public void Of_Stopped_HasThePiecesUpToThere()
    {
        var (network, golden) = All()[0];
        var (a, b) = (golden.GetProperty("a").Numbers(), golden.GetProperty("b").Numbers());
        var whole = SegmentSlice.Of(network, a, b);
        using var stop = new CancellationTokenSource();

        var part = SegmentSlice.Of(network, a, b, (count, _) =>
        {
            if (count == 3)
            {
                stop.Cancel();
            }
        }, stop.Token);

        Assert.Equal((true, false), (part.IsPartial, whole.IsPartial));
        Assert.Equal(whole.Pieces.Take(3).Select(piece => (piece.From, piece.To, piece.Affine(0))), part.Pieces.Select(piece => (piece.From, piece.To, piece.Affine(0))));
    }

    static List<(NetworkGraph Network, JsonElement Segment)> All() =>
    [
        .. RegionsGolden.File("regions.json").GetProperty("segments").EnumerateArray().Select(segment => (RegionsGolden.Network(segment), segment)),
        .. RegionsGolden.File("regions_degenerate.json").EnumerateArray().Select(entry => (RegionsGolden.Network(entry), entry.GetProperty("segment"))),
    ];
}
