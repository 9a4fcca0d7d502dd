using RL.Environments;

namespace RL.Runs;

/// <summary>A statistic of runs, and its interval.</summary>
/// <param name="Value">Of the runs as they are.</param>
/// <param name="Low">Lower end of the 95 % interval; NaN if there are too few runs for one.</param>
/// <param name="High">Upper end.</param>
readonly record struct Estimate(double Value, double Low, double High);

/// <summary>
/// The stratified percentile bootstrap of Agarwal et al. (2021): runs are drawn with replacement within each stratum (a task, an agent), as
/// often as there are, and the statistic is computed of each draw. Seeded, so that the same runs always have the same interval.
/// </summary>
static class Bootstrap
{
    /// <summary>Resamples of a number in a table.</summary>
    public const int Resamples = 10_000;

    const double Tail = 0.025;

    /// <summary>The statistic with its 95 % interval.</summary>
    /// <param name="strata">The runs' scores, stratum by stratum; none of them empty.</param>
    /// <param name="statistic">Strata → the statistic. Must keep none of the arrays and change nothing in them.</param>
    /// <param name="resamples">Draws.</param>
    public static Estimate Of(IReadOnlyList<double[]> strata, Func<IReadOnlyList<double[]>, double> statistic, int resamples = Resamples)
    {
        var value = statistic(strata);
        if (strata.All(scores => scores.Length < 2) || !double.IsFinite(value))
        {
            return new(value, double.NaN, double.NaN);
        }

        var random = new Pcg64(0);
        var drawn = strata.Select(scores => new double[scores.Length]).ToArray();
        var values = new double[resamples];
        foreach (ref var result in values.AsSpan())
        {
            for (var stratum = 0; stratum < drawn.Length; stratum++)
            {
                foreach (ref var score in drawn[stratum].AsSpan())
                {
                    score = strata[stratum][random.NextInt(strata[stratum].Length)];
                }
            }

            result = statistic(drawn);
        }

        Array.Sort(values);
        return new(value, Quantile(values, Tail), Quantile(values, 1 - Tail));
    }

    /// <summary>The quantile of sorted values, linear between two of them (NumPy's default).</summary>
    static double Quantile(double[] sorted, double share)
    {
        var position = share * (sorted.Length - 1);
        var below = (int)position;
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((position - below) * (sorted[above] - sorted[below]));
    }
}
