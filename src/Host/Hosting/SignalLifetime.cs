using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;

namespace RL.Host;

/// <summary>
/// The first Ctrl-C, SIGTERM or SIGHUP stops the application gracefully; the second has its usual effect and ends the process.
/// (The host's own console lifetime would handle every one.)
/// </summary>
sealed class SignalLifetime(IHostApplicationLifetime application, StatusLine status) : IHostLifetime, IDisposable
{
    static readonly PosixSignal[] _signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    readonly List<PosixSignalRegistration> _registrations = [];
    bool _isStopping;

    /// <inheritdoc/>
    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        _registrations.AddRange(_signals.Select(signal => PosixSignalRegistration.Create(signal, Handle)));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void Dispose() => _registrations.ForEach(registration => registration.Dispose());

    void Handle(PosixSignalContext context)
    {
        context.Cancel = !Interlocked.Exchange(ref _isStopping, true);
        if (context.Cancel)
        {
            status.WriteLine("Stopping after this step, with a checkpoint. Press Ctrl-C again to quit immediately.");
            application.StopApplication();
        }
    }
}
