using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RL.Runs;

/// <summary>
/// One worker process, seen from outside: it gets a run, reports, and stops when its input ends; or it gets one piece of work after the other.
/// </summary>
sealed class WorkerProcess : IDisposable
{
    const int SignalBase = 128;
    const int MostErrorLines = 5;

    readonly Process _process;
    readonly Queue<string> _errors = new();
    readonly Task _reading;

    WorkerProcess(Process process)
    {
        _process = process;
        _reading = ReadErrors();
    }

    /// <summary>Whether it can be given another piece.</summary>
    public bool IsAlive => !_process.HasExited;

    /// <exception cref="System.ComponentModel.Win32Exception">The program cannot be started.</exception>
    public static WorkerProcess Start(string program, IReadOnlyList<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = Encoding.UTF8,
        };
        foreach (var library in new[] { "OMP", "OPENBLAS", "MKL" })
        {
            start.Environment[$"{library}_NUM_THREADS"] = "1";
        }

        return new(Process.Start(start)!);
    }

    /// <summary>Has the process execute a run, and waits for the end of both; or a piece, and waits for the end of that, unless it fails.</summary>
    public async Task<RunOutcome> Execute(RunJob job, Action<RunReport> report, CancellationToken stop)
    {
        await Send(job).ConfigureAwait(false);
        RunOutcome? outcome = null;
        using (stop.Register(EndInput))
        {
            while (await _process.StandardOutput.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
            {
                if (WorkerMessage.Parse(line) is not { } message)
                {
                    Remember(line);
                    continue;
                }

                outcome = message.Outcome ?? outcome;
                if (job.Piece is not null && outcome is { Error: null })
                {
                    return outcome;
                }

                if (message.Report is { } sent)
                {
                    report(sent);
                }
            }

            await _reading.ConfigureAwait(false);
            await _process.WaitForExitAsync(CancellationToken.None).ConfigureAwait(false);
        }

        return outcome ?? new(null, Death()) { MayPass = true };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndInput();
        _process.Dispose();
    }

    async Task Send(RunJob job)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(JsonSerializer.Serialize(job, OptionsJson.Line)).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It has died already; how, its exit code says.
        }
    }

    /// <summary>Has the process stop with a checkpoint.</summary>
    void EndInput()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It has died already.
        }
    }

    async Task ReadErrors()
    {
        while (await _process.StandardError.ReadLineAsync(CancellationToken.None).ConfigureAwait(false) is { } line)
        {
            Remember(line);
        }
    }

    void Remember(string line)
    {
        lock (_errors)
        {
            _errors.Enqueue(line);
            if (_errors.Count > MostErrorLines)
            {
                _errors.Dequeue();
            }
        }
    }

    /// <summary>Why there is no outcome.</summary>
    string Death()
    {
        var how = _process.ExitCode > SignalBase
            ? string.Create(CultureInfo.InvariantCulture, $"was ended by signal {_process.ExitCode - SignalBase}")
            : string.Create(CultureInfo.InvariantCulture, $"ended with exit code {_process.ExitCode}");
        lock (_errors)
        {
            return _errors.Count == 0 ? $"The worker process {how}." : $"The worker process {how}: {Shown.Text(string.Join(' ', _errors))}";
        }
    }
}
