using System.Globalization;

namespace RL.Runs;

/// <summary>
/// Which runs are meant: every word must fit. A word is part of the name, agent, task or status; key=value is one of these, or an option,
/// exactly.
/// </summary>
sealed class RunFilter(IReadOnlyList<string> words)
{
    static readonly string[] _sections = ["agent.", "training.", "env."];

    /// <summary>Whether a run is meant.</summary>
    public bool Fits(RunInfo run) => words.All(word => word.Split('=', 2) is [var key, var value]
        ? Value(run, key) is { } actual && IsSame(actual, value)
        : new[] { run.Name, run.Agent, run.Environment, run.Status }.Any(text => text?.Contains(word, StringComparison.OrdinalIgnoreCase) ?? false));

    static string? Value(RunInfo run, string key) => key switch
    {
        "name" => run.Name,
        "agent" => run.Agent,
        "environment" => run.Environment,
        "status" => run.Status,
        _ => run.Options.GetValueOrDefault(key)
            ?? _sections.Select(section => run.Options.GetValueOrDefault(section + key)).FirstOrDefault(value => value is not null),
    };

    /// <summary>1e6 is 1000000, and text is written without its quotation marks.</summary>
    static bool IsSame(string actual, string value) => actual.Trim('"') == value
        || (double.TryParse(actual, CultureInfo.InvariantCulture, out var first) && double.TryParse(value, CultureInfo.InvariantCulture, out var second)
            && first == second);
}
