using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;

namespace RL.Runs;

/// <summary>
/// The inside of a worker process (<see cref="WorkerProcesses"/> is the outside). Its input is one line, the <see cref="RunJob"/> as JSON; after a
/// piece of work there may be another. The end of the input says that the run is to stop with a checkpoint, also when whoever started it was killed.
/// Its output is a <see cref="WorkerMessage"/> a line.
/// </summary>
public static class Worker
{
    /// <summary>Reports that only say how far the run has come are written no more often.</summary>
    static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Executes the run that the input names, where there are no pieces.</summary>
    /// <inheritdoc cref="Run(TextReader, TextWriter, TimeProvider, Action{RunJob, CancellationToken}?, CancellationToken)"/>
    public static bool Run(TextReader input, TextWriter output, TimeProvider clock, CancellationToken stop) => Run(input, output, clock, null, stop);

    /// <summary>Executes the run that the input names, or one piece after the other: to start a process takes longer than many a piece.</summary>
    /// <param name="input">The job, then nothing more until the run is to stop, or until the next piece.</param>
    /// <param name="output">Reports and outcome.</param>
    /// <param name="clock">For time stamps and speeds.</param>
    /// <param name="piece">Does a piece (<see cref="RunJob.Piece"/>); null: there are none.</param>
    /// <param name="stop">Ends the run after its current step, with a checkpoint, as the end of the input does.</param>
    /// <returns>True unless the run failed.</returns>
    /// <exception cref="InvalidDataException">The input is no job.</exception>
    public static bool Run(TextReader input, TextWriter output, TimeProvider clock, Action<RunJob, CancellationToken>? piece, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(input);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(clock);
        var job = Read(input.ReadLine());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        using var lines = new BlockingCollection<string>();
        var reader = new Thread(() => ReadToTheEnd(input, lines, ended)) { IsBackground = true, Name = "end of input" };
        reader.Start();
        while (true)
        {
            var outcome = job.Piece is null
                ? Execute(job, report => Write(output, new() { Report = report }), clock, ended.Token)
                : Execute(job, piece ?? ((_, _) => throw new InvalidDataException("This program does no pieces.")), ended.Token);
            Write(output, new() { Outcome = outcome });
            if (job.Piece is null || outcome.Error is not null || !TryNext(lines, ended.Token, out var next))
            {
                return outcome.Error is null;
            }

            job = Read(next);
        }
    }

    static bool TryNext(BlockingCollection<string> lines, CancellationToken ended, [NotNullWhen(true)] out string? line)
    {
        try
        {
            return lines.TryTake(out line, Timeout.Infinite, ended);
        }
        catch (OperationCanceledException)
        {
            line = null;
            return false;
        }
    }

    /// <summary>The run itself, in this process.</summary>
    internal static RunOutcome Execute(RunJob job, Action<RunReport> report, TimeProvider clock, CancellationToken stop)
    {
        var (total, reported) = (0L, clock.GetTimestamp());
        using var paused = CancellationTokenSource.CreateLinkedTokenSource(stop);
        bool IsPause(RunProgress now) => now.Step >= job.PauseAt;
        void Tell(RunReportKind kind, RunProgress progress)
        {
            reported = clock.GetTimestamp();
            report(new(kind, progress, total, null));
        }

        var callbacks = new TrainingCallbacks
        {
            Started = (_, start, steps) =>
            {
                total = steps;
                Tell(RunReportKind.Started, start);
                if (IsPause(start))
                {
                    // Another worker has brought it here, and was killed before it could say so.
                    paused.Cancel();
                }
            },
            Progressed = now =>
            {
                if (clock.GetElapsedTime(reported) >= _interval)
                {
                    Tell(RunReportKind.Progressed, now);
                }
            },
            Evaluated = (_, now) => Tell(RunReportKind.Evaluated, now),
            Noted = note => report(new(RunReportKind.Noted, default, 0, note)),
            Warned = warning => report(new(RunReportKind.Warned, default, 0, warning)),
            Stop = IsPause,
        };
        try
        {
            using var result = Training.Continue(job, callbacks, job.CommandLine, clock, paused.Token);
            return new(result.Summary, null);
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return new(null, exception.Sentence()) { MayPass = exception is IOException or UnauthorizedAccessException };
        }
    }

    static RunOutcome Execute(RunJob job, Action<RunJob, CancellationToken> piece, CancellationToken stop)
    {
        try
        {
            piece(job, stop);
            return RunOutcome.NotBegun;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return RunOutcome.NotBegun;
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            return new(null, exception.Sentence()) { MayPass = exception is IOException or UnauthorizedAccessException };
        }
    }

    static RunJob Read(string? line)
    {
        try
        {
            return JsonSerializer.Deserialize<RunJob>(line ?? "", OptionsJson.Line)
                ?? throw new InvalidDataException("A worker's input is null; expected: a run.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"A worker's input is no run: {exception.Sentence()}", exception);
        }
    }

    static void ReadToTheEnd(TextReader input, BlockingCollection<string> lines, CancellationTokenSource ended)
    {
        try
        {
            while (input.ReadLine() is { } line)
            {
                lines.Add(line);
            }

            ended.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The run has ended by itself.
        }
    }

    /// <remarks>If whoever started the worker is gone, the input has ended too, and the run stops.</remarks>
    static void Write(TextWriter output, WorkerMessage message)
    {
        try
        {
            output.WriteLine(message.ToLine());
            output.Flush();
        }
        catch (IOException)
        {
        }
    }
}
