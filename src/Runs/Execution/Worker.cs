using System.Text.Json;

namespace RL.Runs;

/// <summary>
/// The inside of a worker process (<see cref="WorkerProcesses"/> is the outside). Its input is one line, the <see cref="RunJob"/> as JSON,
/// and the end of the input says that the run is to stop with a checkpoint, also when whoever started it was killed. Its output is a
/// <see cref="WorkerMessage"/> a line.
/// </summary>
public static class Worker
{
    /// <summary>Reports that only say how far the run has come are written no more often.</summary>
    static readonly TimeSpan _interval = TimeSpan.FromMilliseconds(200);

    /// <summary>Executes the run that the input names, where there are no pieces.</summary>
    /// <inheritdoc cref="Run(TextReader, TextWriter, TimeProvider, Action{RunJob, CancellationToken}?, CancellationToken)"/>
    public static bool Run(TextReader input, TextWriter output, TimeProvider clock, CancellationToken stop) => Run(input, output, clock, null, stop);

    /// <summary>Executes the run that the input names, or the piece.</summary>
    /// <param name="input">The job, then nothing more until the run is to stop.</param>
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
        var job = Read(input);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var reader = new Thread(() => WaitForTheEnd(input, ended)) { IsBackground = true, Name = "end of input" };
        reader.Start();
        var outcome = job.Piece is null
            ? Execute(job, report => Write(output, new() { Report = report }), clock, ended.Token)
            : Execute(job, piece ?? ((_, _) => throw new InvalidDataException("This program does no pieces.")), ended.Token);
        Write(output, new() { Outcome = outcome });
        return outcome.Error is null;
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

    static RunJob Read(TextReader input)
    {
        try
        {
            return JsonSerializer.Deserialize<RunJob>(input.ReadLine() ?? "", OptionsJson.Line)
                ?? throw new InvalidDataException("A worker's input is null; expected: a run.");
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"A worker's input is no run: {exception.Sentence()}", exception);
        }
    }

    static void WaitForTheEnd(TextReader input, CancellationTokenSource ended)
    {
        while (input.ReadLine() is not null)
        {
        }

        try
        {
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
