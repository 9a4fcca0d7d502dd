using System.Runtime.InteropServices;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>
/// Work whose first Ctrl-C, SIGTERM or SIGHUP has it end with what is known so far, which is marked as partial; the second has its usual effect.
/// </summary>
sealed class Interruption : IDisposable
{
    /// <summary>As shells have it for a program that Ctrl-C ended: 128 + SIGINT.</summary>
    public const int ExitCode = 130;

    readonly CancellationTokenSource _source = new();
    readonly List<PosixSignalRegistration> _registrations;
    int _isStopping;

    /// <summary>Listens until it is disposed of.</summary>
    public Interruption(IStatus status) => _registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }.Select(signal => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = Interlocked.Exchange(ref _isStopping, 1) == 0;
            if (context.Cancel)
            {
                status.Log(LogLevel.Warning, "Stopping; what is known so far follows. Press Ctrl-C again to quit immediately.");
                _source.Cancel();
            }
        })),
    ];

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The exit code of a verb that has printed its results.</summary>
    public int Code => Token.IsCancellationRequested ? ExitCode : 0;

    /// <summary>Runs a verb; what was stopped before anything was known says so.</summary>
    /// <param name="console">Is told.</param>
    /// <param name="work">Returns the exit code.</param>
    public static int Run(HostConsole console, Func<StatusLine, Interruption, int> work)
    {
        var status = console.NewStatusLine();
        using var interruption = new Interruption(status);
        try
        {
            return work(status, interruption);
        }
        catch (OperationCanceledException) when (interruption.Token.IsCancellationRequested)
        {
            console.Error.WriteLine("rl: stopped before anything was known.");
            return ExitCode;
        }
        finally
        {
            status.End();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _registrations.ForEach(registration => registration.Dispose());
        _source.Dispose();
    }
}
