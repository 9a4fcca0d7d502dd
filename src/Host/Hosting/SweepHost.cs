using System.Globalization;

namespace RL.Host;

/// <summary>Carries out a sweep: signals stop it, and each run at work has a line of progress, below one for the whole sweep.</summary>
static class SweepHost
{
    /// <returns>The sweep, when all that could be done is done, or when it was stopped.</returns>
    public static Sweep Run(HostConsole console, bool isQuiet, int workers, SweepFolder folder, string commandLine)
    {
        var board = new StatusBoard(console.Error, console.ErrorWidth);
        var program = Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "rl.exe" : "rl");
        using var executor = new WorkerProcesses(program, [WorkerVerb.Name], workers);
        var display = new SweepBoard(board, isQuiet, folder.Plan, console.Clock);
        var sweep = new Sweep(folder, display.Callbacks, commandLine, console.Clock);
        try
        {
            display.Show(sweep.Progress);
            return StoppableHost.Run(board, _ => { }, (_, stop) =>
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
