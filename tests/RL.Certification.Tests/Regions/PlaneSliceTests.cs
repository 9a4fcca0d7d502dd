using System.Text.Json;

namespace RL.Certification.Tests;

public sealed class PlaneSliceTests
{
    public static TheoryData<string, int> Slices
    {
        get
        {
            var data = new TheoryData<string, int>();
            for (var i = 0; i < RegionsGolden.File("regions.json").GetProperty("slices").GetArrayLength(); i++)
            {
                data.Add("regions.json", i);
            }
            for (var i = 0; i < RegionsGolden.File("regions_degenerate.json").GetArrayLength(); i++)
            {
                data.Add("regions_degenerate.json", i);
            }
            return data;
        }
    }

    [Theory, MemberData(nameof(Slices))]
    public void Of_GoldenSlices_HasTheExactCounts(string file, int index)
    {
        var golden = Golden(file, index);
        var slice = Of(golden);

        Assert.Equal(golden.GetProperty("regions").GetInt32(), slice.Cells.Count);
        Assert.Equal(golden.GetProperty("per_layer").EnumerateArray().Select(count => count.GetInt32()), slice.PerLayer);
        Assert.Equal(golden.GetProperty("affine_pieces_distinct").GetInt32(), slice.DistinctPieces);
        Assert.Equal(golden.GetProperty("points").GetInt32(), slice.Points);
        Assert.Equal(golden.GetProperty("degenerate").GetInt32(), slice.Vanishing);
        Assert.Equal(
            golden.GetProperty("vertex_histogram").EnumerateObject().Select(bin => (int.Parse(bin.Name, null), bin.Value.GetInt32())).Order(),
            slice.Cells.GroupBy(cell => cell.Corners.Count).Select(group => (group.Key, group.Count())).Order());
        var areas = slice.Cells.Select(cell => cell.Area).ToArray();
        Assert.Equal(4, areas.Sum(), 1e-12);
        AssertEqual(golden.GetProperty("area_min").GetDouble(), areas.Min(), 1e-4);
        AssertEqual(golden.GetProperty("area_max").GetDouble(), areas.Max(), 1e-12);
        var (least, most) = slice.Range();
        AssertEqual(golden.GetProperty("output_min").GetDouble(), least, 1e-12);
        AssertEqual(golden.GetProperty("output_max").GetDouble(), most, 1e-12);
        if (golden.TryGetProperty("cells", out var cells))
        {
            var own = slice.Cells.ToDictionary(cell => RegionsGolden.Text(cell.Pattern));
            foreach (var cell in cells.EnumerateArray())
            {
                var found = own[cell.GetProperty("pattern").GetString()!];
                AssertEqual(cell.GetProperty("area").GetDouble(), found.Area, 1e-6);
                var (output, (s, t, constant)) = (cell.GetProperty("output").Numbers(), found.Affine(0));
                Assert.All(output.Zip([s, t, constant]), pair => AssertEqual(pair.First, pair.Second, 1e-12));
            }
        }
    }

    [Fact]
    public void Of_Stopped_HasWholeRegionsOfTheSliceAndTheirShare()
    {
        var golden = Golden("regions.json", 0);
        var whole = Of(golden).Cells.ToDictionary(cell => RegionsGolden.Text(cell.Pattern), cell => cell.Area);
        using var stop = new CancellationTokenSource();
        var told = new List<(int Count, double Share)>();

        var slice = PlaneSlice.Of(
            RegionsGolden.Network(golden), golden.GetProperty("origin").Numbers(), golden.GetProperty("d1").Numbers(), golden.GetProperty("d2").Numbers(),
            found: (count, share) =>
            {
                told.Add((count, share));
                if (count == 5)
                {
                    stop.Cancel();
                }
            },
            stop: stop.Token);

        Assert.True(slice.IsPartial);
        Assert.Equal([1, 2, 3, 4, 5], told.Select(each => each.Count));
        Assert.Equal(5, slice.Cells.Count);
        Assert.All(slice.Cells, cell => Assert.Equal(whole[RegionsGolden.Text(cell.Pattern)], cell.Area, 1e-15));
        Assert.Equal(slice.Cells.Sum(cell => cell.Area) / 4, slice.Covered, 1e-15);
        Assert.Equal(slice.Covered, told[^1].Share, 1e-15);
    }

    internal static JsonElement Golden(string file, int index)
    {
        var root = RegionsGolden.File(file);
        return root.ValueKind == JsonValueKind.Array ? root[index] : root.GetProperty("slices")[index];
    }

    internal static PlaneSlice Of(JsonElement golden) => PlaneSlice.Of(
        RegionsGolden.Network(golden), golden.GetProperty("origin").Numbers(), golden.GetProperty("d1").Numbers(), golden.GetProperty("d2").Numbers());

    internal static void AssertEqual(double expected, double actual, double tolerance) =>
        Assert.InRange(actual - expected, -tolerance * Math.Max(1e-3, Math.Abs(expected)), tolerance * Math.Max(1e-3, Math.Abs(expected)));
}
