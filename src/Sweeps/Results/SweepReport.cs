using System.Globalization;
using System.Text.Json;

namespace RL.Sweeps;

/// <summary>What a sweep has found: its table, and the files beside the runs.</summary>
static class SweepReport
{
    /// <summary>Columns of the table.</summary>
    public static string[] Titles(SweepPlan plan) => ["trial", "state", "steps", "score", .. plan.Parameters.Select(parameter => parameter.Path)];

    /// <summary>The trials, the best first; behind them those without a score.</summary>
    public static IEnumerable<string[]> Rows(SweepProgress progress)
    {
        var ranked = progress.Ranking;
        return ranked.Concat(progress.Trials.Except(ranked)).Select(trial => (string[])
        [
            trial.Trial.Number.ToString(CultureInfo.InvariantCulture),
            trial.Error is { } error ? $"failed: {Shown.Short(error)}" : State(trial),
            trial.Steps.ToString("N0", CultureInfo.InvariantCulture),
            trial.Scores.Count == 0 || double.IsNaN(trial.Scores[^1]) ? "-"
                : string.Create(CultureInfo.InvariantCulture, $"{trial.Scores[^1]:N1} at {progress.Plan.Rungs[trial.Scores.Count - 1]:N0}"),
            .. trial.Trial.Values,
        ]);
    }

    /// <summary>The same for programs.</summary>
    public static object Summary(SweepFolder folder, SweepProgress progress) => new
    {
        Sweep = folder.Path,
        Status = progress.Open().Any() ? RunResult.Stopped : RunResult.Finished,
        Steps = progress.Trials.Sum(trial => trial.Steps),
        Best = progress.Best?.Trial.Number,
        Trials = progress.Trials.Select(trial => new
        {
            Trial = trial.Trial.Number,
            State = State(trial),
            trial.Steps,
            Settings = progress.Plan.Parameters.Zip(trial.Trial.Values).ToDictionary(pair => pair.First.Path, pair => pair.Second),
            Scores = trial.Scores.Zip(progress.Plan.Rungs, (score, steps) => new { Steps = steps, Score = double.IsNaN(score) ? (double?)null : score }),
            trial.Error,
        }),
    };

    /// <summary>Writes the best settings as a preset, and the plots.</summary>
    /// <returns>The files.</returns>
    public static IReadOnlyList<string> Write(SweepFolder folder, SweepProgress progress)
    {
        var files = new List<string>();
        if (progress.Best is { } best)
        {
            files.Add(Path.Combine(folder.Path, SweepFolder.BestName));
            AtomicFile.WriteText(files[^1], JsonSerializer.Serialize(progress.Preset(best), OptionsJson.Settings) + "\n");
        }

        files.AddRange(SweepPlots.Save(folder, progress).Select(file => $"{file}.svg, .png"));
        return files;
    }

    static string State(TrialProgress trial) => JsonNamingPolicy.SnakeCaseLower.ConvertName(trial.State.ToString());
}
