using RL.Agents;
using RL.Environments;

namespace RL.Sweeps.Tests;

public sealed class ImportanceTests
{
    static readonly OptionTree _options = RunOptions.Defaults(AgentCatalog.Entries["td3"], null);

    static SweepParameter Parameter(string name, string text) => SweepParameter.Read(_options.Find(name, text), name, text)!;

    static double[] Drawn(ulong seed, int count)
    {
        var random = new Pcg64(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
    }

    [Fact]
    public void Of_RanksThatAreALineOrAParabolaOfThePlace_IsOne()
    {
        var parameter = Parameter("discount", "0..0.999");
        double[] places = [.. Enumerable.Range(0, 21).Select(i => i / 20.0)];
        var line = Importance.Of(parameter, places, [.. places.Select(place => -3 * place)])!;
        Assert.Equal((1, -1), (Math.Round(line.Share, 9), Math.Round(line.Direction, 9)));
        var parabola = Importance.Of(parameter, places, [.. places.Select(place => -(place - 0.5) * (place - 0.5))])!;
        Assert.Equal((1, 0), (Math.Round(parabola.Share, 9), Math.Round(parabola.Direction, 9)));
    }

    [Fact]
    public void Of_Chance_IsNothingOnAverage()
    {
        var parameter = Parameter("discount", "0..0.999");
        // Not adjusted, two coefficients would explain 2 / 19 of it.
        var shares = Enumerable.Range(0, 200).Select(i => Importance.Of(parameter, Drawn((ulong)i, 20), Drawn((ulong)i + 1000, 20))!.Share).ToList();
        Assert.InRange(shares.Average(), 0, 0.06);
    }

    [Fact]
    public void Of_Names_IsTheShareBetweenTheGroups()
    {
        var parameter = Parameter("refine.explore.method", "none,gradient,sharp");
        double[] places = [0, 0, 0.5, 0.5, 1, 1];
        var exact = Importance.Of(parameter, places, [2, 2, 0, 0, 5, 5])!;
        Assert.Equal(1, exact.Share, 1e-12);
        Assert.True(double.IsNaN(exact.Direction));
        // Within 1.5 of 17.5 in all, adjusted by 5 / 3.
        Assert.Equal(1 - (1.5 / 17.5 * 5 / 3), Importance.Of(parameter, places, [0, 1, 2, 3, 4, 5])!.Share, 1e-12);
        Assert.Null(Importance.Of(parameter, [0, 0.5, 1], [0, 1, 2]));
    }
}
