using System.Text.Json;

namespace RL.Runs;

/// <summary>How a run ended: result.json, and what `--json` prints.</summary>
sealed record RunResult(
    string Run,
    string Agent,
    string Environment,
    long Seed,
    string Status,
    long Steps,
    EvaluationRow? Evaluation,
    EvaluationRow? Best,
    double Seconds)
{
    /// <summary>Status of a run that came to its last step.</summary>
    public const string Finished = "finished";

    /// <summary>Status of a run that was told to stop.</summary>
    public const string Stopped = "stopped";

    public const string FileName = "result.json";

    static readonly JsonSerializerOptions _line = new(OptionsJson.Settings) { WriteIndented = false };

    public string ToJsonLine() => JsonSerializer.Serialize(this, _line);

    public static RunResult? Read(string folder) => File.Exists(Path.Combine(folder, FileName))
        ? JsonSerializer.Deserialize<RunResult>(File.ReadAllText(Path.Combine(folder, FileName)), _line)
        : null;

    public void Write(string folder) => AtomicFile.WriteText(Path.Combine(folder, FileName), ToJsonLine() + "\n");
}
