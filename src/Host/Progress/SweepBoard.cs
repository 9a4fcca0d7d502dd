using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>
/// A sweep as it goes on: in a terminal a table, the sweep's line first and then one for each run at work; in a pipe plain lines. What is decided
/// of a trial stays above.
/// </summary>
sealed class SweepBoard(StatusBoard board, SweepPlan plan, TimeProvider clock)
{
    readonly ConcurrentDictionary<string, (IStatus Line, ProgressLine Progress)> _runs = [];
    readonly IStatus _summary = board.Add("sweep");
    readonly long _start = clock.GetTimestamp();
    long _stepsAtStart = -1;

    /// <summary>What the sweep calls.</summary>
    public SweepCallbacks Callbacks => new()
    {
        Reported = Report,
        Ended = End,
        Scored = Score,
        Progressed = Show,
        Warned = warning => board.Log(LogLevel.Warning, warning),
    };

    /// <summary>Draws the line of the whole sweep.</summary>
    public void Show(SweepProgress progress)
    {
        var steps = progress.Trials.Sum(trial => trial.Steps);
        if (_stepsAtStart < 0)
        {
            _stepsAtStart = steps;
        }

        if (_summary.IsTerminal)
        {
            _summary.Draw(Summary(progress, steps));
        }
    }

    /// <summary>Takes the sweep's line away.</summary>
    public void End() => board.Remove(_summary, null);

    string Summary(SweepProgress progress, long steps)
    {
        var counts = progress.Trials.CountBy(trial => trial.State).ToDictionary();
        int Count(TrialState state) => counts.GetValueOrDefault(state);
        var culture = CultureInfo.InvariantCulture;
        var text = string.Create(
            culture,
            $"{progress.Trials.Count} trials: {Count(TrialState.Finished)} finished, {Count(TrialState.Stopped)} stopped, {Count(TrialState.Begun)} begun, {Count(TrialState.Waiting)} waiting");
        if (Count(TrialState.Failed) > 0)
        {
            text += string.Create(culture, $", {Count(TrialState.Failed)} failed");
        }

        var rate = (steps - _stepsAtStart) / Math.Max(clock.GetElapsedTime(_start).TotalSeconds, 1e-3);
        text += rate > 0 ? string.Create(culture, $"  {rate:N0} steps/s") : "";
        return progress.Best is { } best ? text + string.Create(culture, $"  best {best.Scores[^1]:N1} (trial {best.Trial.Number})") : text;
    }

    void Report(TrialJob job, RunReport report)
    {
        switch (report.Kind)
        {
            case RunReportKind.Started:
                var line = board.Add(job.Name);
                var begun = new ProgressLine(line, clock);
                begun.Begin(report.Progress.Step, job.Steps, report.Progress.Last, report.Progress.Best);
                _runs[job.Name] = (line, begun);
                break;
            case RunReportKind.Progressed when _runs.TryGetValue(job.Name, out var run):
                run.Progress.Report(report.Progress.Step);
                break;
            // In a pipe a line for each evaluation of each run would be too much.
            case RunReportKind.Evaluated when board.IsTerminal && _runs.TryGetValue(job.Name, out var run):
                run.Progress.Evaluated(report.Progress.Last!, report.Progress.Best);
                break;
            case RunReportKind.Warned:
                board.Log(LogLevel.Warning, $"{job.Name}: {report.Text}");
                break;
            case RunReportKind.Progressed:
            case RunReportKind.Evaluated:
            case RunReportKind.Noted:
            default:
                break;
        }
    }

    void End(TrialJob job, RunOutcome outcome)
    {
        var line = _runs.TryRemove(job.Name, out var run) ? run.Line : null;
        board.Remove(line, outcome is { Error: { } error, MayPass: false } ? $"{job.Name}: failed: {error}" : null, LogLevel.Error);
    }

    void Score(TrialProgress trial)
    {
        if (trial.Error is not null)
        {
            return;
        }

        var steps = plan.Rungs[trial.Scores.Count - 1];
        board.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"trial {trial.Trial.Number}: {trial.Scores[^1]:N1} at step {steps:N0} ({string.Join(' ', plan.Assignments(trial.Trial))})"));
    }
}
