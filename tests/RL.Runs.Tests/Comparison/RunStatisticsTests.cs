namespace RL.Runs.Tests;

public class RunStatisticsTests
{
    [Theory]
    [InlineData(new[] { 5.0 }, 5)]
    [InlineData(new[] { 1.0, 2, 6 }, 3)] // a quarter of three is none: the mean
    [InlineData(new[] { 9.0, 1, 2, 4 }, 3)] // without 1 and 9
    [InlineData(new[] { 100.0, 1, 2, 3, -50 }, 2)]
    [InlineData(new[] { 8.0, 7, 6, 5, 4, 3, 2, 1 }, 4.5)]
    [InlineData(new[] { 1.0, 2, 3, 4, double.NaN }, double.NaN)]
    public void InterquartileMean_ByHand_IsTheMeanOfTheMiddleHalf(double[] scores, double expected) =>
        Assert.Equal(expected, RunStatistics.InterquartileMean(scores), 1e-12);

    [Theory]
    [InlineData(new[] { 1.0, 3 }, new[] { 2.0, 3 }, 0.375)] // (0 + 0 + 1 + ½) / 4
    [InlineData(new[] { 4.0, 5, 6 }, new[] { 1.0, 2 }, 1)]
    [InlineData(new[] { 1.0 }, new[] { 1.0 }, 0.5)]
    [InlineData(new[] { 1.0, double.NaN }, new[] { 1.0 }, double.NaN)]
    public void ProbabilityOfImprovement_ByHand_CountsPairsAndHalvesOfTies(double[] x, double[] y, double expected) =>
        Assert.Equal(expected, RunStatistics.ProbabilityOfImprovement(x, y), 1e-12);

    [Theory]
    [InlineData(new long[] { 10 }, new[] { 7.0 }, 7)]
    [InlineData(new long[] { 10, 20, 40 }, new[] { 0.0, 2, 5 }, 80.0 / 30)] // 10 · 1 + 20 · 3.5 over 30 steps
    public void MeanHeight_ByHand_IsTheAreaOverItsLength(long[] steps, double[] values, double expected) =>
        Assert.Equal(expected, RunStatistics.MeanHeight(steps, values), 1e-12);

    [Fact]
    public void Bootstrap_OfFourRuns_HasTheQuantilesOfAllDraws()
    {
        double[] scores = [1, 2, 4, 9];
        // All 256 draws of four out of four.
        var all = Enumerable.Range(0, 256)
            .Select(draw => RunStatistics.InterquartileMean([scores[draw & 3], scores[(draw >> 2) & 3], scores[(draw >> 4) & 3], scores[draw >> 6]]))
            .Order().ToArray();
        var estimate = Bootstrap.Of([scores], runs => RunStatistics.InterquartileMean(runs[0]), resamples: 100_000);
        Assert.Equal(3, estimate.Value);
        Assert.Equal(all[(int)(0.025 * 256)], estimate.Low);
        Assert.Equal(all[(int)(0.975 * 256)], estimate.High);
        Assert.Equal(estimate, Bootstrap.Of([scores], runs => RunStatistics.InterquartileMean(runs[0]), resamples: 100_000));
    }

    [Fact]
    public void Bootstrap_OfTwoTasks_DrawsWithinEach()
    {
        // Drawn without regard to tasks, the mean would be anything from 0 to 10.
        var estimate = Bootstrap.Of([[0, 0], [10, 10]], runs => runs.SelectMany(scores => scores).Average());
        Assert.Equal(new Estimate(5, 5, 5), estimate);
    }

    [Fact]
    public void Bootstrap_OfSingleRuns_HasNoInterval()
    {
        var estimate = Bootstrap.Of([[3], [4]], runs => runs[0][0] + runs[1][0]);
        Assert.Equal(7, estimate.Value);
        Assert.True(double.IsNaN(estimate.Low) && double.IsNaN(estimate.High));
    }

    [Fact]
    public void ScoreComparison_SeedsOfWhichTwoMatch_PairsThose()
    {
        var comparison = ScoreComparison.Of(
            new Dictionary<string, double> { ["0"] = 5, ["1"] = 7, ["8"] = 100 },
            new Dictionary<string, double> { ["1"] = 4, ["0"] = 4, ["9"] = -100 });
        Assert.Equal((2, 2.0, 1.0, 3.0), (comparison.Pairs, comparison.Difference!.Value.Value, comparison.Difference.Value.Low, comparison.Difference.Value.High));
        Assert.Equal(1, comparison.Improvement.Value);
        Assert.Null(ScoreComparison.Of(new Dictionary<string, double> { ["0"] = 5 }, new Dictionary<string, double> { ["1"] = 4 }).Difference);
    }
}
