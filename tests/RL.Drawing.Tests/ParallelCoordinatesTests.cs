namespace RL.Drawing.Tests;

public sealed class ParallelCoordinatesTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Save_LinesAndBars_AreWrittenWithTheirNames()
    {
        var axes = new[] { new ParallelAxis("agent.discount", [(0, "0.9"), (1, "0.99")]), new ParallelAxis("return", [(0, "-12"), (1, "7")]) };
        new ParallelCoordinates("Two trials", axes, [new([0.2, double.NaN], double.NaN), new([0.7, 1], 1)]).Save(_folder.File("parallel"));
        new BarChart("Importance", "share", [new("agent.discount", 0.4, "0.40"), new("agent.batch_size", 0, "0.00")]).Save(_folder.File("bars"));

        Assert.All(["Two trials", "agent.discount", "0.99", "-12"], text => Assert.Contains(text, File.ReadAllText(_folder.File("parallel.svg"))));
        Assert.All(["Importance", "agent.batch_size", "0.40"], text => Assert.Contains(text, File.ReadAllText(_folder.File("bars.svg"))));
        Assert.Equal(1280, Png.Read(_folder.File("parallel.png")).Width);
        Assert.Equal(1520, Png.Read(_folder.File("bars.png")).Width);
    }

    [Fact]
    public void Save_ALineOfAnotherLength_IsRefused()
    {
        var chart = new ParallelCoordinates("", [new("a", []), new("b", [])], [new([0.5], 0)]);
        Assert.Contains("A line has 1 places, and there are 2 axes", Assert.Throws<ArgumentException>(() => chart.Save(_folder.File("x"))).Message);
    }
}
