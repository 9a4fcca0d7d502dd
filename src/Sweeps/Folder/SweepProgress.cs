using System.Globalization;

namespace RL.Sweeps;

/// <summary>Where a trial is.</summary>
public enum TrialState
{
    /// <summary>It has not been begun.</summary>
    Waiting,

    /// <summary>It has been begun, and goes on.</summary>
    Begun,

    /// <summary>It ended at a rung from which others were promoted.</summary>
    Stopped,

    /// <summary>It was trained to its last step.</summary>
    Finished,

    /// <summary>A run of it failed.</summary>
    Failed,
}

/// <summary>A trial as its runs' folders show it.</summary>
/// <param name="Trial">Its settings.</param>
public sealed record TrialProgress(Trial Trial)
{
    /// <summary>Where it is.</summary>
    public TrialState State { get; internal set; }

    /// <summary>Its score at the end of each rung that it has come to, the mean over the seeds; NaN if a run failed.</summary>
    public IReadOnlyList<double> Scores => Known;

    /// <summary>Its runs, in the order of the seeds.</summary>
    public IReadOnlyList<TrialRun> Runs { get; internal set; } = [];

    /// <summary>Why it failed; null if it has not.</summary>
    public string? Error { get; internal set; }

    /// <summary>Steps of all its runs that are not lost.</summary>
    public long Steps => Runs.Sum(run => run.Steps);

    internal List<double> Known { get; } = [];
}

/// <summary>How far a sweep is, read from its folder: what is decided, and what is to be done next.</summary>
public sealed class SweepProgress
{
    readonly SweepFolder _folder;
    readonly Halving _halving;
    readonly TrialProgress[] _trials;

    /// <summary>Reads the folder.</summary>
    public SweepProgress(SweepFolder folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        (_folder, Plan) = (folder, folder.Plan);
        _halving = new(Plan.Rungs.Count, Plan.Spec.Factor);
        _trials = [.. Plan.Trials.Select(trial => new TrialProgress(trial))];
        foreach (var trial in _trials)
        {
            _halving.Enter(trial.Trial.Number);
        }

        foreach (var trial in _trials)
        {
            Refresh(trial.Trial.Number);
        }
    }

    /// <summary>What is to be done.</summary>
    public SweepPlan Plan { get; }

    /// <summary>The trials, by their numbers.</summary>
    public IReadOnlyList<TrialProgress> Trials => _trials;

    /// <summary>The trials of a rung, in the order in which they entered it.</summary>
    public IReadOnlyList<int> Entrants(int rung) => _halving.Entrants(rung);

    /// <summary>The trials that came furthest first, and of those the best; failed ones last.</summary>
    public IReadOnlyList<TrialProgress> Ranking =>
    [
        .. _trials.Where(trial => trial.Scores.Count > 0 && !double.IsNaN(trial.Scores[^1]))
            .OrderByDescending(trial => trial.Scores.Count).ThenByDescending(trial => trial.Scores[^1]).ThenBy(trial => trial.Trial.Number),
    ];

    /// <summary>The best trial; null if none has a score.</summary>
    public TrialProgress? Best => Ranking is [var best, ..] ? best : null;

    /// <summary>Reads a trial's runs again.</summary>
    public void Refresh(int number)
    {
        var trial = _trials[number];
        trial.Runs = [.. Plan.Seeds.Select(seed => TrialRun.Read(_folder.RunPath(number, seed)))];
        trial.Error = Plan.Seeds.Select(seed => _folder.Failure(number, seed)).FirstOrDefault(error => error is not null);
        Decide(trial);
    }

    /// <summary>Takes every score of a trial that counts by now, and those of the trials that are promoted by it.</summary>
    void Decide(TrialProgress first)
    {
        var open = new Queue<TrialProgress>([first]);
        while (open.TryDequeue(out var trial))
        {
            while (trial.Known.Count < Plan.Rungs.Count && IsIn(trial.Trial.Number, trial.Known.Count) && Score(trial, trial.Known.Count) is { } score)
            {
                trial.Known.Add(score);
                foreach (var promoted in _halving.Know(trial.Trial.Number, trial.Known.Count - 1, score))
                {
                    // Its run may have come further already, in a session before this one.
                    open.Enqueue(_trials[promoted]);
                }
            }
        }
    }

    /// <summary>What is to be done now, what goes furthest first: trial, seed, and the rung to the end of which the run is to go.</summary>
    public IEnumerable<(int Trial, long Seed, int Rung)> Open()
    {
        for (var rung = Plan.Rungs.Count - 1; rung >= 0; rung--)
        {
            foreach (var number in _halving.Entrants(rung).Where(number => _trials[number].Known.Count == rung))
            {
                foreach (var (seed, run) in Plan.Seeds.Zip(_trials[number].Runs))
                {
                    if (!IsDone(run, number, seed, rung))
                    {
                        yield return (number, seed, rung);
                    }
                }
            }
        }
    }

    /// <summary>Brings the states of the trials up to date with all decisions.</summary>
    public void Settle()
    {
        foreach (var trial in _trials)
        {
            trial.State = trial.Error is not null ? TrialState.Failed
                : trial.Known.Count == Plan.Rungs.Count ? TrialState.Finished
                : trial.Known.Count > 0 && !IsIn(trial.Trial.Number, trial.Known.Count) ? TrialState.Stopped
                : trial.Runs.Any(run => run.IsPrepared) ? TrialState.Begun
                : TrialState.Waiting;
        }
    }

    /// <summary>A preset of the best trial's settings, which `./rl train --preset` takes.</summary>
    internal Preset Preset(TrialProgress best)
    {
        var options = RunOptions.Resolve(Plan.Spec.Agent, Plan.Spec.Environment, Plan.Settings(best.Trial, Plan.Seeds[0]));
        var document = options.Document;
        document.Training.Remove("seed");
        return document with
        {
            Summary = string.Create(
                CultureInfo.InvariantCulture,
                $"The best of the sweep {_folder.Name}: trial {best.Trial.Number}, {best.Scores[^1]:N1} at {Plan.Rungs[best.Scores.Count - 1]:N0} steps ({string.Join(' ', Plan.Assignments(best.Trial))})."),
            Assembly = null,
        };
    }

    bool IsIn(int trial, int rung) => rung == 0 || _halving.Entrants(rung).Contains(trial);

    bool IsDone(TrialRun run, int number, long seed, int rung) =>
        run.HasReached(Plan.Rungs[rung], rung == Plan.Rungs.Count - 1) || _folder.Failure(number, seed) is not null;

    /// <summary>Null as long as a run is not at the end of the rung yet.</summary>
    double? Score(TrialProgress trial, int rung)
    {
        var (number, sum) = (trial.Trial.Number, 0.0);
        foreach (var (seed, run) in Plan.Seeds.Zip(trial.Runs))
        {
            if (!IsDone(run, number, seed, rung))
            {
                return null;
            }

            sum += run.HasReached(Plan.Rungs[rung], rung == Plan.Rungs.Count - 1)
                ? run.Score(Plan.Spec.Metric, Plan.Rungs[rung], Plan.Copies(trial.Trial))
                : double.NaN;
        }

        return sum / Plan.Seeds.Count;
    }
}
