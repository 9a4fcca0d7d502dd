namespace RL.Sweeps;

/// <summary>How much of the ranking of the trials one option explains by itself.</summary>
/// <param name="Parameter">The option.</param>
/// <param name="Share">From 0 to 1: the adjusted coefficient of determination, 0 where it is negative.</param>
/// <param name="Direction">Spearman's correlation with the ranking, 1: the larger the better; NaN if the values have no order.</param>
public sealed record Importance(SweepParameter Parameter, double Share, double Direction)
{
    /// <summary>Values that an ordered option must have for a parabola, beside a constant, to say something.</summary>
    const int LeastForAParabola = 3;

    /// <summary>
    /// Analysis of variance of the ranks, option by option: of numbers R² of a parabola through their places on the axis, of names the share
    /// of the variance between the groups (η²). With n trials and p coefficients, R² is adjusted: 1 − (1 − R²) (n − 1) / (n − p − 1) (Ezekiel
    /// 1930), because p coefficients explain p / (n − 1) of pure chance. Ranks, because scores of runs have outliers and steps. What two
    /// options do only together is not seen.
    /// </summary>
    /// <returns>The most important first; none if there are too few trials to say anything.</returns>
    public static IReadOnlyList<Importance> Of(SweepProgress progress)
    {
        ArgumentNullException.ThrowIfNull(progress);
        // The trials that came furthest are better than those that were stopped before.
        var trials = progress.Ranking.Reverse().ToList();
        var ranks = Ranks([.. trials.Select(trial => (trial.Scores.Count * 1.0, trial.Scores[^1]))]);
        return
        [
            .. progress.Plan.Parameters
                .Select((parameter, i) => Of(parameter, [.. trials.Select(trial => parameter.Place(trial.Trial.Values[i]))], ranks))
                .OfType<Importance>()
                .OrderByDescending(importance => importance.Share),
        ];
    }

    /// <summary>The importance of one option; null if there are too few trials.</summary>
    /// <param name="parameter">The option.</param>
    /// <param name="places">Place of each trial on its axis.</param>
    /// <param name="ranks">Rank of each trial, the higher the better.</param>
    internal static Importance? Of(SweepParameter parameter, double[] places, double[] ranks)
    {
        var values = places.Distinct().Count();
        var isParabola = parameter.IsOrdered && values > LeastForAParabola;
        var coefficients = isParabola ? 2 : values - 1;
        var freedom = ranks.Length - coefficients - 1;
        if (freedom < 1 || values < 2)
        {
            return null;
        }

        var total = SumOfSquares(ranks);
        var residual = isParabola
            ? SumOfSquaresAround(places, ranks)
            : places.Zip(ranks).GroupBy(pair => pair.First).Sum(group => SumOfSquares([.. group.Select(pair => pair.Second)]));
        var share = total > 0 ? Math.Max(0, 1 - (residual / total * (ranks.Length - 1) / freedom)) : 0;
        return new(parameter, share, parameter.IsOrdered ? Correlation(Ranks([.. places.Select(place => (0.0, place))]), ranks) : double.NaN);
    }

    /// <summary>Mean ranks from 0: equals share theirs.</summary>
    static double[] Ranks((double, double)[] values)
    {
        var order = Enumerable.Range(0, values.Length).OrderBy(i => values[i]).ToArray();
        var ranks = new double[values.Length];
        for (var start = 0; start < order.Length;)
        {
            var end = start;
            while (end < order.Length && values[order[end]] == values[order[start]])
            {
                end++;
            }

            for (var i = start; i < end; i++)
            {
                ranks[order[i]] = (start + end - 1) / 2.0;
            }

            start = end;
        }

        return ranks;
    }

    static double SumOfSquares(double[] values)
    {
        var mean = values.Average();
        return values.Sum(value => (value - mean) * (value - mean));
    }

    /// <summary>What the best parabola leaves: y is made orthogonal to 1, x and x² one after the other (Gram and Schmidt).</summary>
    static double SumOfSquaresAround(double[] x, double[] y)
    {
        var basis = new List<double[]>();
        foreach (var power in new[] { 0, 1, 2 })
        {
            var column = Without([.. x.Select(value => Math.Pow(value, power))], basis);
            if (Dot(column, column) > 1e-12 * x.Length)
            {
                basis.Add(column);
            }
        }

        var rest = Without(y, basis);
        return Dot(rest, rest);
    }

    static double[] Without(double[] vector, List<double[]> basis)
    {
        foreach (var direction in basis)
        {
            var along = Dot(vector, direction) / Dot(direction, direction);
            vector = [.. vector.Zip(direction, (value, part) => value - (along * part))];
        }

        return vector;
    }

    static double Correlation(double[] x, double[] y)
    {
        var (meanX, meanY) = (x.Average(), y.Average());
        return x.Zip(y, (left, right) => (left - meanX) * (right - meanY)).Sum() / Math.Sqrt(SumOfSquares(x) * SumOfSquares(y));
    }

    static double Dot(double[] x, double[] y) => x.Zip(y, (left, right) => left * right).Sum();
}
