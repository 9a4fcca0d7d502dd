using System.Text.Json;

namespace RL.Runs;

/// <summary>How a run ended: result.json, and what `--json` prints.</summary>
/// <param name="Run">Its folder; null if it had none.</param>
/// <param name="Agent">Name of the algorithm.</param>
/// <param name="Environment">Id of the task.</param>
/// <param name="Seed">Seed of the run.</param>
/// <param name="Status"><see cref="Finished"/> or <see cref="Stopped"/>.</param>
/// <param name="Steps">Environment steps done, over all copies.</param>
/// <param name="Evaluation">The last evaluation; null if there was none.</param>
/// <param name="Best">The evaluation with the highest mean return, the earlier of equals; null if there was none.</param>
/// <param name="Seconds">Time of the last session.</param>
public sealed record RunResult(
    string? Run,
    string Agent,
    string Environment,
    long Seed,
    string Status,
    long Steps,
    EvaluationRow? Evaluation,
    EvaluationRow? Best,
    double Seconds)
{
    /// <summary>Status of a run that reached its last step.</summary>
    public const string Finished = "finished";

    /// <summary>Status of a run that was stopped before its last step.</summary>
    public const string Stopped = "stopped";

    internal const string FileName = "result.json";

    const long MostBytes = 1 << 20;

    static readonly JsonSerializerOptions _line = new(OptionsJson.Settings) { WriteIndented = false };

    internal string ToJsonLine() => JsonSerializer.Serialize(this, _line);

    /// <exception cref="InvalidDataException">The file is damaged.</exception>
    internal static RunResult? Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        try
        {
            return Path.Exists(file) ? JsonSerializer.Deserialize<RunResult>(RegularFile.ReadText(file, MostBytes), _line) : null;
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"{file} is damaged: {exception.Sentence()}");
        }
    }

    /// <summary>The same for who can do without: of a damaged file is told, and it counts as none.</summary>
    internal static RunResult? ReadUndamaged(string folder, Action<string>? damaged = null)
    {
        try
        {
            return Read(folder);
        }
        catch (InvalidDataException exception)
        {
            damaged?.Invoke(exception.Message);
            return null;
        }
    }

    internal void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), ToJsonLine() + "\n");
}
