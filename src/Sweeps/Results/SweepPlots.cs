using System.Globalization;
using RL.Drawing;

namespace RL.Sweeps;

/// <summary>Pictures of a sweep.</summary>
static class SweepPlots
{
    /// <summary>Two trials with a score are the least that can be compared.</summary>
    const int LeastTrials = 2;

    /// <summary>As many lines as can be told apart: the best.</summary>
    const int MostLines = 500;

    const int MarksOfTheScore = 5;

    /// <summary>Draws parallel coordinates and importances, as SVG and PNG each.</summary>
    /// <returns>The files without their endings.</returns>
    public static IReadOnlyList<string> Save(SweepFolder folder, SweepProgress progress)
    {
        var files = new List<string>();
        if (progress.Ranking.Count < LeastTrials)
        {
            return files;
        }

        files.Add(Path.Combine(folder.Path, "parallel-coordinates"));
        Parallel(folder.Name, progress).Save(files[^1]);
        if (Importance.Of(progress) is { Count: > 0 } importances)
        {
            files.Add(Path.Combine(folder.Path, "importance"));
            Bars(progress, importances).Save(files[^1]);
        }

        return files;
    }

    static ParallelCoordinates Parallel(string name, SweepProgress progress)
    {
        var (plan, ranking) = (progress.Plan, progress.Ranking);
        var shown = ranking.Take(MostLines).Reverse().ToList();
        // Their last scores, in units of the range that all of them span.
        var scores = shown.Select(trial => trial.Scores[^1]).ToList();
        var (low, high) = (scores.Min(), scores.Max());
        double Place(double score) => high > low ? (score - low) / (high - low) : 0.5;
        var metric = plan.Spec.Metric switch
        {
            SweepMetric.Best => "best return",
            SweepMetric.Area => "area under the curve",
            SweepMetric.Return => "return",
            _ => throw new ArgumentOutOfRangeException(nameof(progress)),
        };
        var stopped = plan.Rungs.Count > 1 ? "; grey: stopped before the last step" : "";
        var best = ranking[0];
        return new(
            string.Create(CultureInfo.InvariantCulture, $"{name}: {ranking.Count} trials, best {best.Scores[^1]:N1}{stopped}"),
            [
                .. plan.Parameters.Select(parameter => new ParallelAxis(parameter.Path, parameter.Marks)),
                new(metric, [.. Enumerable.Range(0, high > low ? MarksOfTheScore : 1).Select(i => Mark(i, low, high, Place))]),
            ],
            [
                .. shown.Select(trial => new ParallelLine(
                    [.. plan.Parameters.Zip(trial.Trial.Values, (parameter, value) => parameter.Place(value)), Place(trial.Scores[^1])],
                    trial.Scores.Count == plan.Rungs.Count ? Place(trial.Scores[^1]) : double.NaN)),
            ]);
    }

    static (double Place, string Text) Mark(int index, double low, double high, Func<double, double> place)
    {
        var value = low + (index * (high - low) / (MarksOfTheScore - 1));
        return (place(value), value.ToString(high - low > 20 ? "N0" : "N2", CultureInfo.InvariantCulture));
    }

    static BarChart Bars(SweepProgress progress, IReadOnlyList<Importance> importances) => new(
        string.Create(CultureInfo.InvariantCulture, $"Share of the ranking of {progress.Ranking.Count} trials that an option explains alone"),
        "adjusted R² of the ranks",
        [
            .. importances.Select(importance => new Bar(importance.Parameter.Path, importance.Share, string.Create(
                CultureInfo.InvariantCulture,
                $"{importance.Share:0.00}{importance.Direction switch { > 0.1 => "  larger is better", < -0.1 => "  smaller is better", _ => "" }}"))),
        ]);
}
