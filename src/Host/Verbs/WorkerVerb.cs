using System.CommandLine;
using System.Runtime.InteropServices;

namespace RL.Host;

/// <summary>The inside of a worker process, for `train --seeds`; not for users.</summary>
static class WorkerVerb
{
    public const string Name = "worker";

    public static Command Create(HostConsole console)
    {
        var command = new Command(Name, "Execute the run that standard input names (for train --seeds).") { Hidden = true };
        command.SetAction(_ => Run(console));
        return command;
    }

    /// <remarks>
    /// A terminal sends its signals to all of its processes. Whoever started the worker has it stop by ending its input, or has died, which
    /// ends the input too.
    /// </remarks>
    static int Run(HostConsole console)
    {
        using var stop = new CancellationTokenSource();
        var ignored = new[] { PosixSignal.SIGINT, PosixSignal.SIGHUP, SignalLifetime.FileTooLarge }
            .Select(signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true)).ToList();
        using var terminated = PosixSignalRegistration.Create(PosixSignal.SIGTERM, context =>
        {
            context.Cancel = true;
            stop.Cancel();
        });
        try
        {
            return Worker.Run(Console.In, console.Out, console.Clock, stop.Token) ? 0 : 1;
        }
        finally
        {
            ignored.ForEach(registration => registration.Dispose());
        }
    }
}
