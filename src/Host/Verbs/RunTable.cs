using System.Globalization;

namespace RL.Host;

/// <summary>The table of `rl list runs`.</summary>
static class RunTable
{
    public static string[] Titles { get; } = ["run", "status", "last evaluation", "best"];

    public static IEnumerable<string[]> All(string runs) => Directory.Exists(runs)
        ? Directory.EnumerateDirectories(runs)
            .Where(path => File.Exists(Path.Combine(path, RunFolder.DocumentName)))
            .Order(StringComparer.Ordinal)
            .Select(Of)
        : [];

    /// <remarks>A run that is damaged, or another user's, is one line of many.</remarks>
    static string[] Of(string path)
    {
        try
        {
            return Read(path);
        }
        catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return [Shown.Text(Path.GetFileName(path)), $"unreadable: {Shown.Text(exception.Message)}", "-", "-"];
        }
    }

    static string[] Read(string path)
    {
        var rows = EvaluationTable.Read(path).ToList();
        var status = RunLock.IsTaken(path) ? "running" : RunResult.Read(path)?.Status ?? "interrupted";
        return [Shown.Text(Path.GetFileName(path)), status, Describe(rows.LastOrDefault()), Describe(rows.Where(row => !double.IsNaN(row.Mean)).MaxBy(row => row.Mean))];
    }

    static string Describe(EvaluationRow? row) =>
        row is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{row.Mean:N1} at {row.Step:N0}");
}
