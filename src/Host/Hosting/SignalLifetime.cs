using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>
/// The first Ctrl-C, SIGTERM or SIGHUP stops the application gracefully; the second has its usual effect and ends the process.
/// (The host's own console lifetime would handle every one.) A SIGHUP of a terminal that is gone stops nothing: the run continues
/// without it.
/// </summary>
sealed class SignalLifetime(IHostApplicationLifetime application, IStatus status) : IHostLifetime, IDisposable
{
    /// <summary>SIGXFSZ: a file is larger than the user's limit. Without the signal the write fails, as on a disk that is full.</summary>
    internal const PosixSignal FileTooLarge = (PosixSignal)25;

    static readonly PosixSignal[] _signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    readonly List<PosixSignalRegistration> _registrations = [];
    readonly bool _hadTerminal = HasTerminal();
    bool _isStopping;

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.AddRange(_signals.Select(signal => PosixSignalRegistration.Create(signal, Handle)));
        _registrations.Add(PosixSignalRegistration.Create(FileTooLarge, context => context.Cancel = true));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    /// <summary>Waits for one of the signals, or for the token; for what has nothing to finish.</summary>
    public static async Task WaitForStop(CancellationTokenSource stop)
    {
        List<PosixSignalRegistration> registrations =
        [
            .. _signals.Select(signal => PosixSignalRegistration.Create(signal, context =>
            {
                context.Cancel = true;
                stop.Cancel();
            })),
        ];
        try
        {
            await Task.Delay(Timeout.Infinite, stop.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
        finally
        {
            registrations.ForEach(registration => registration.Dispose());
        }
    }

    void Handle(PosixSignalContext context)
    {
        if (context.Signal == PosixSignal.SIGHUP && _hadTerminal && !HasTerminal())
        {
            context.Cancel = true;
            return;
        }

        context.Cancel = !Interlocked.Exchange(ref _isStopping, true);
        if (context.Cancel)
        {
            status.Log(LogLevel.Warning, "Stopping after this step, with a checkpoint. Press Ctrl-C again to quit immediately.");
            application.StopApplication();
        }
    }

    /// <summary>Whether the process belongs to a terminal that is still there.</summary>
    static bool HasTerminal()
    {
        try
        {
            using var terminal = new FileStream("/dev/tty", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 0);
            return true;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
