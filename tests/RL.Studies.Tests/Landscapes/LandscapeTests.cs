using RL.Drawing;

namespace RL.Studies.Tests;

public sealed class LandscapeTests
{
    static readonly LandscapeOptions _options = new() { Methods = ["pgd", "adam"], Passes = 30, Seed = 7 };

    [Fact]
    public void Regions_OfANetwork_TileTheSquare()
    {
        var landscape = Landscape.Create(_options);

        Assert.InRange(landscape.Regions.Count, 50, 1000);
        Assert.All(landscape.Regions, region => Assert.InRange(region.Area, 0, 4));
        Assert.Equal(4, landscape.Regions.Sum(region => region.Area), 1e-9);
    }

    [Fact]
    public void Trajectories_OfEveryMethod_StayBelowTheMaximumAndOnTheNetwork()
    {
        var landscape = Landscape.Create(_options);

        Assert.All(landscape.Trajectories, way =>
        {
            Assert.True(way.Value <= landscape.MaximumValue + 1e-9);
            Assert.Equal((0.0, 0.0), way.Steps[0][0]);
            Assert.InRange(way.Steps.Count, 10, 31);
            // The regions' function is the network's: it gives the value that the optimiser saw.
            var nearest = landscape.Regions.Min(region => Math.Abs(region.Value(0, way.X.X, way.X.Y) - way.Value));
            Assert.Equal(0, nearest, 1e-9);
        });
    }

    [Fact]
    public void Create_SameSeed_GivesTheSameLandscape()
    {
        var (first, again) = (Landscape.Create(_options), Landscape.Create(_options));

        Assert.Equal((first.Maximum, first.MaximumValue), (again.Maximum, again.MaximumValue));
        Assert.Equal(first.Trajectories.Select(way => way.X), again.Trajectories.Select(way => way.X));
    }

    [Fact]
    public void Picture_OfALandscape_NamesMethodsAndMaximum()
    {
        using var folder = new TemporaryFolder();

        LandscapePicture.Save(Landscape.Create(_options), "a title", folder.File("picture"));

        var svg = File.ReadAllText(folder.File("picture.svg"));
        Assert.All(["a title", "pgd: ", "adam: ", "maximum: "], text => Assert.Contains(text, svg));
        Assert.True(Png.Read(folder.File("picture.png")).Width > 1000);
    }
}
