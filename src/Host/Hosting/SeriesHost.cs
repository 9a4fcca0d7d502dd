using System.Globalization;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Executes runs side by side in worker processes, with a line of progress for each.</summary>
static class SeriesHost
{
    /// <summary>Executes the runs until all of them have ended; a signal stops them all.</summary>
    /// <returns>An outcome per run, in their order.</returns>
    public static IReadOnlyList<RunOutcome> Run(HostConsole console, int workers, MetricsExport? metrics, IReadOnlyList<RunJob> jobs)
    {
        var board = console.NewStatusBoard();
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "rl.exe" : "rl");
        using var export = metrics?.Start(board);
        using var executor = new WorkerProcesses(program, [WorkerVerb.Name], workers);
        return StoppableHost.Run(board, console.Level, _ => { }, (_, stop) =>
            Task.WhenAll(jobs.Select(job => Follow(executor, job, board, console.Clock, stop))).GetAwaiter().GetResult());
    }

    static async Task<RunOutcome> Follow(
        WorkerProcesses executor, RunJob job, StatusBoard board, TimeProvider clock, CancellationToken stop)
    {
        var name = Path.GetFileName(job.Folder);
        IStatus? line = null;
        var progress = new ProgressLine(null, clock);
        var outcome = await executor.Execute(job, RunMeter.Observed(job, report =>
        {
            switch (report.Kind)
            {
                case RunReportKind.Started:
                    line = board.Add(name);
                    progress = new ProgressLine(line, clock);
                    progress.Begin(report.Progress.Step, report.TotalSteps, report.Progress.Last, report.Progress.Best);
                    break;
                case RunReportKind.Progressed:
                    progress.Report(report.Progress.Step);
                    break;
                case RunReportKind.Evaluated:
                    progress.Evaluated(report.Progress.Last!, report.Progress.Best);
                    break;
                case RunReportKind.Warned:
                    board.Log(LogLevel.Warning, $"{name}: {report.Text}");
                    break;
                case RunReportKind.Noted:
                    board.WriteLine($"{name}: {report.Text}");
                    break;
                default:
                    break;
            }
        }), stop).ConfigureAwait(false);
        var (text, level) = outcome switch
        {
            { Error: { } error } => ($"{name}: failed: {error}", LogLevel.Error),
            { Result: { } result } => (string.Create(CultureInfo.InvariantCulture, $"{name}: {result.Status} at step {result.Steps:N0}"), LogLevel.Information),
            _ => (null, LogLevel.Information),
        };
        board.Remove(line, text, level);
        return outcome;
    }
}
