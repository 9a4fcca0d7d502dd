namespace RL.Drawing.Tests;

public sealed class CurveChartTests
{
    static readonly double[] _x = [1, 10, 100, 1000];

    [Theory]
    [InlineData("chart", "chart.png", "chart.svg")]
    [InlineData("chart.png", "chart.png")]
    [InlineData("chart.svg", "chart.svg")]
    [InlineData("chart.v2", "chart.v2.png", "chart.v2.svg")]
    public void Save_Path_WritesWhatItsEndingSays(string name, params string[] expected)
    {
        using var folder = new TemporaryFolder();
        var chart = new CurveChart("Value against passes", "gradient passes", "value")
        {
            Curves = [new("first", _x, [1, 2, 3, 4]), new("second", _x, [4, 3, 2, 1], [0.5, 0.5, 0.5, 0.5])],
            LogX = true,
        };

        chart.Save(folder.File(name));

        Assert.Equal(expected, Directory.GetFiles(folder.Path).Select(Path.GetFileName).Order());
        foreach (var file in expected.Where(file => file.EndsWith(".png")))
        {
            Assert.Equal("PNG"u8, File.ReadAllBytes(folder.File(file)).AsSpan(1, 3));
        }
        foreach (var file in expected.Where(file => file.EndsWith(".svg")))
        {
            var svg = File.ReadAllText(folder.File(file));
            Assert.All(["Value against passes", "gradient passes", "first", "second"], text => Assert.Contains(text, svg));
        }
    }

    [Fact]
    public void Save_ValuesWithoutAPlaceOnTheAxis_LeavesThemOut()
    {
        using var folder = new TemporaryFolder();
        var chart = new CurveChart("t", "x", "y") { Curves = [new("c", _x, [0, double.NaN, 3, -1])], LogX = true, LogY = true };

        chart.Save(folder.File("chart"));

        Assert.True(File.Exists(folder.File("chart.svg")));
    }

    [Fact]
    public void Save_ABandByItsEdges_IsTheOneByItsDeviation()
    {
        using var folder = new TemporaryFolder();
        string Drawn(Curve curve)
        {
            new CurveChart("t", "x", "y") { Curves = [curve] }.Save(folder.File("chart.png"));
            return Convert.ToHexString(File.ReadAllBytes(folder.File("chart.png")));
        }

        var line = new Curve("c", _x, [1, 2, 3, 4]);
        var edges = Drawn(line with { Band = ([0, 1, 2, 3], [2, 3, 4, 5]) });
        Assert.Equal(Drawn(new Curve("c", _x, [1, 2, 3, 4], [1, 1, 1, 1])), edges);
        Assert.NotEqual(Drawn(line), edges);
        Assert.NotEqual(Drawn(line with { Band = ([0, 1, 2, 3], [2, 3, 4, 9]) }), edges);
        // Where an edge is not known, the band ends at the line.
        Assert.Equal(Drawn(line with { Band = ([0, 2, 2, 3], [2, 3, 4, 5]) }), Drawn(line with { Band = ([0, double.NaN, 2, 3], [2, 3, 4, 5]) }));
    }

    [Fact]
    public void Save_ColumnsOfDifferentLengths_NamesTheCurve()
    {
        var chart = new CurveChart("t", "x", "y") { Curves = [new("gap", _x, [1, 2])] };

        var error = Assert.Throws<ArgumentException>(() => chart.Save("chart"));

        Assert.Contains("\"gap\" has 4 positions, 2 values", error.Message);
    }
}
