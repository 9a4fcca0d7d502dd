namespace RL.Host;

/// <summary>Carries out a sweep: signals stop it, and each run at work has a line of progress, below one for the whole sweep.</summary>
static class SweepHost
{
    /// <returns>The sweep, when all that could be done is done, or when it was stopped.</returns>
    /// <param name="console">Its standard error shows the progress.</param>
    /// <param name="metrics">Where the meters are exported to; null: nowhere.</param>
    /// <param name="executor">Executes the runs.</param>
    /// <param name="workers">As many at a time.</param>
    /// <param name="folder">The sweep.</param>
    /// <param name="commandLine">To record in the runs.</param>
    public static Sweep Run(HostConsole console, MetricsExport? metrics, IRunExecutor executor, int workers, SweepFolder folder, string commandLine)
    {
        var board = console.NewStatusBoard();
        var display = new SweepBoard(board, folder.Plan, console.Clock);
        var sweep = new Sweep(folder, display.Callbacks, commandLine, console.Clock);
        try
        {
            using var export = metrics?.Start(board);
            display.Show(sweep.Progress);
            return StoppableHost.Run(board, console.Level, _ => { }, (_, stop) =>
            {
                sweep.Run(executor, workers, stop).GetAwaiter().GetResult();
                return sweep;
            });
        }
        catch
        {
            sweep.Dispose();
            throw;
        }
        finally
        {
            display.End();
        }
    }
}
