using System.Globalization;
using System.Text.Json.Nodes;

namespace RL.Runs;

/// <summary>What can be told of a run without loading it. Whatever is damaged or another user's is told in <see cref="Problem"/>.</summary>
sealed record RunInfo(string Path)
{
    public const string Running = "running";
    public const string Interrupted = "interrupted";
    public const string Failed = "failed";
    public const string Unreadable = "unreadable";

    /// <summary>Name of the folder.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary><see cref="Running"/>, <see cref="RunResult.Finished"/>, <see cref="RunResult.Stopped"/>, <see cref="Interrupted"/> (killed), <see cref="Failed"/> or <see cref="Unreadable"/>.</summary>
    public string Status { get; init; } = Unreadable;

    /// <summary>What cannot be read, as a sentence; null: nothing.</summary>
    public string? Problem { get; init; }

    public string? Agent { get; init; }

    public string? Environment { get; init; }

    /// <summary>As the record has it.</summary>
    public string? Seed { get; init; }

    /// <summary>Environment steps done, as far as the files tell.</summary>
    public long Steps { get; init; }

    /// <summary>Environment steps to do; 0 if it is not known.</summary>
    public long TotalSteps { get; init; }

    public EvaluationRow? Last { get; init; }

    public EvaluationRow? Best { get; init; }

    /// <summary>The last speed that was logged; null: none was.</summary>
    public double? StepsPerSecond { get; init; }

    /// <summary>When something was last written.</summary>
    public DateTimeOffset Written { get; init; }

    /// <summary>Every option by its path, "agent.discount" → "0.99".</summary>
    public IReadOnlyDictionary<string, string> Options { get; init; } = new Dictionary<string, string>();

    /// <summary>Every run in a folder, by name.</summary>
    public static IEnumerable<RunInfo> All(string runs) => Directory.Exists(runs)
        ? Directory.EnumerateDirectories(runs)
            .Where(path => File.Exists(System.IO.Path.Combine(path, RunFolder.DocumentName)) || RunNames.IsClosed(path))
            .Order(StringComparer.Ordinal)
            .Select(Read)
        : [];

    /// <summary>Reads one run. Never fails: that a run is damaged is a thing to be told of it.</summary>
    public static RunInfo Read(string path)
    {
        var info = new RunInfo(path);
        try
        {
            return RunNames.IsClosed(path) ? info with { Problem = $"The folder {path} may not be read by this user." } : Read(info);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException or UserException)
        {
            return info with { Problem = exception.Message };
        }
    }

    static RunInfo Read(RunInfo run)
    {
        var document = Preset.Read(System.IO.Path.Combine(run.Path, RunFolder.DocumentName));
        var rows = EvaluationTable.Read(run.Path).ToList();
        var result = RunResult.Read(run.Path);
        var (steps, speed) = LastLogged(run.Path);
        return run with
        {
            Status = StatusOf(run.Path),
            Agent = document.Agents is [var agent, ..] ? agent : null,
            Environment = document.Environment,
            Seed = document.Training["seed"]?.ToJsonString(),
            Steps = result?.Steps ?? Math.Max(steps, rows.LastOrDefault()?.Step ?? 0),
            TotalSteps = document.Training["total_steps"] is JsonValue total && total.TryGetValue<long>(out var all) ? all : 0,
            Last = rows.LastOrDefault(),
            Best = rows.Where(row => !double.IsNaN(row.Mean)).MaxBy(row => row.Mean),
            StepsPerSecond = speed,
            Written = Directory.EnumerateFiles(run.Path).Select(file => File.GetLastWriteTimeUtc(file)).DefaultIfEmpty().Max(),
            Options = OptionsJson.Leaves(new JsonObject
            {
                ["agent"] = document.Agent.DeepClone(), ["training"] = document.Training.DeepClone(), ["env"] = document.Env.DeepClone(),
            }),
        };
    }

    /// <summary>The status of a run.</summary>
    /// <exception cref="InvalidDataException">Its result is damaged.</exception>
    public static string StatusOf(string path) => RunLock.IsTaken(path) ? Running
        : RunResult.Read(path)?.Status ?? (File.Exists(System.IO.Path.Combine(path, RunFolder.ErrorName)) ? Failed : Interrupted);

    /// <summary>The last step and speed in the newest event file.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    static (long Step, double? Speed) LastLogged(string path)
    {
        var last = new LastScalars();
        if (Directory.EnumerateFiles(path, EventScalars.Pattern).Max(StringComparer.Ordinal) is { } file)
        {
            var tail = new EventTail(file);
            tail.Read(last);
            if (tail.Problem is { } problem)
            {
                throw new InvalidDataException(problem);
            }
        }

        return (last.Step, last.Speed);
    }

    sealed class LastScalars : IEventVisitor
    {
        public long Step { get; private set; }

        public double? Speed { get; private set; }

        public void SessionStart(long step)
        {
        }

        public void Value(in EventValue value)
        {
            Step = Math.Max(Step, value.Step);
            if (value.Scalar is { } speed && value.Tag.SequenceEqual("time/steps_per_second"u8))
            {
                Speed = speed;
            }
        }
    }
}
