using System.Text.Json;

namespace RL.Runs;

/// <summary>What a worker process writes, a line of JSON each: a report, and at last the outcome.</summary>
sealed record WorkerMessage
{
    public RunReport? Report { get; init; }

    public RunOutcome? Outcome { get; init; }

    public string ToLine() => JsonSerializer.Serialize(this, OptionsJson.Line);

    /// <summary>Null if the line is none: native libraries print what they like.</summary>
    public static WorkerMessage? Parse(string line)
    {
        try
        {
            return line.StartsWith('{') ? JsonSerializer.Deserialize<WorkerMessage>(line, OptionsJson.Line) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
