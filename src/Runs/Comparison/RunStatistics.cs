namespace RL.Runs;

/// <summary>Statistics of few runs (Agarwal et al. 2021, "Deep RL at the edge of the statistical precipice").</summary>
static class RunStatistics
{
    /// <summary>
    /// IQM: the mean of the middle half. As SciPy's trim_mean(0.25), it leaves out the quarter at each end, rounded down, so that the IQM of
    /// three runs is their mean.
    /// </summary>
    public static double InterquartileMean(IEnumerable<double> scores)
    {
        var sorted = scores.Order().ToArray();
        var cut = sorted.Length / 4;
        // NaN sorts first, and may be cut off.
        return double.IsNaN(sorted[0]) ? double.NaN : sorted[cut..^cut].Average();
    }

    /// <summary>P(X &gt; Y) + ½ P(X = Y) over all pairs of a run of X and one of Y.</summary>
    public static double ProbabilityOfImprovement(double[] x, double[] y)
    {
        var sum = 0.0;
        foreach (var left in x)
        {
            foreach (var right in y)
            {
                sum += double.IsNaN(left) || double.IsNaN(right) ? double.NaN : left > right ? 1 : left == right ? 0.5 : 0;
            }
        }

        return sum / ((double)x.Length * y.Length);
    }

    /// <summary>The area under the line through the points, over its length: the mean height. Of one point its height.</summary>
    public static double MeanHeight(IReadOnlyList<long> steps, IReadOnlyList<double> values)
    {
        var area = 0.0;
        for (var i = 1; i < steps.Count; i++)
        {
            area += (steps[i] - steps[i - 1]) * (values[i] + values[i - 1]) / 2;
        }

        return steps.Count == 1 ? values[0] : area / (steps[^1] - steps[0]);
    }
}
