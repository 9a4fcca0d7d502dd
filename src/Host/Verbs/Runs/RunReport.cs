using System.Globalization;

namespace RL.Host;

/// <summary>What `./rl runs` prints.</summary>
static class RunReport
{
    static readonly string[] _titles = ["run", "status", "steps", "last evaluation", "best", "steps/s", "age"];

    public static void Write(TextWriter output, IEnumerable<RunInfo> runs, DateTimeOffset now) =>
        Table.Write(output, _titles, runs.Select(run => Row(run, now)));

    /// <summary>One run, with the options that are not the defaults.</summary>
    public static void WriteOne(TextWriter output, RunInfo run, DateTimeOffset now)
    {
        Table.Write(output, ["", ""], _titles.Zip(Row(run, now)).Select(pair => new[] { pair.First, pair.Second }).Concat(
        [
            ["agent", run.Agent ?? "-"], ["environment", run.Environment ?? "-"], ["seed", run.Seed ?? "-"], ["folder", Shown.Text(run.Path)],
            .. Sessions(run).Select((session, i) => new[]
            {
                i == 0 ? "sessions" : "",
                string.Create(CultureInfo.InvariantCulture, $"{session.Started:u} from step {session.FromStep:N0}: {Shown.Text(session.CommandLine)}"),
            }),
        ]));
        var defaults = Defaults(run);
        var changed = run.Options.Where(option => defaults.TryGetValue(option.Key, out var value) && value != option.Value).ToList();
        if (changed.Count > 0)
        {
            output.WriteLine();
            Table.Write(output, ["option", "value", "default"], changed.Select(option => new[] { option.Key, Shown.Text(option.Value), defaults[option.Key] }));
        }
    }

    public static void WriteDiff(TextWriter output, RunInfo first, RunInfo second)
    {
        Table.Write(output, ["", Shown.Text(first.Name), Shown.Text(second.Name)], Different(first, second)
            .Select(option => new[] { option.Key, Shown.Text(option.Value.First ?? "-"), Shown.Text(option.Value.Second ?? "-") })
            .Concat(_titles.Zip(Row(first, first.Written), Row(second, second.Written)).Skip(1).SkipLast(1)
                .Select(line => new[] { line.First, line.Second, line.Third })));
    }

    /// <summary>A run as a JSON document.</summary>
    public static object Json(RunInfo run) => new
    {
        run.Name,
        Run = run.Path,
        run.Status,
        run.Problem,
        run.Agent,
        run.Environment,
        Seed = long.TryParse(run.Seed, out var seed) ? seed : (long?)null,
        run.Steps,
        run.TotalSteps,
        Evaluation = Finite(run.Last),
        Best = run.Best,
        run.StepsPerSecond,
        run.Written,
    };

    /// <summary>The same with options and sessions.</summary>
    public static object WholeJson(RunInfo run) => new { Run = Json(run), run.Options, Sessions = Sessions(run) };

    /// <summary>The options that differ, and both runs.</summary>
    public static object DiffJson(RunInfo first, RunInfo second) => new
    {
        Options = Different(first, second).ToDictionary(option => option.Key, option => new[] { option.Value.First, option.Value.Second }),
        First = Json(first),
        Second = Json(second),
    };

    /// <summary>agent and environment too; in the order of their names.</summary>
    static List<KeyValuePair<string, (string? First, string? Second)>> Different(RunInfo first, RunInfo second)
    {
        static Dictionary<string, string?> All(RunInfo run) => new(run.Options.Select(option => KeyValuePair.Create(option.Key, (string?)option.Value)))
        {
            ["agent"] = run.Agent, ["environment"] = run.Environment,
        };
        var (a, b) = (All(first), All(second));
        return
        [
            .. a.Keys.Union(b.Keys).Order(StringComparer.Ordinal)
                .Select(key => KeyValuePair.Create(key, (First: a.GetValueOrDefault(key), Second: b.GetValueOrDefault(key))))
                .Where(option => option.Value.First != option.Value.Second),
        ];
    }

    /// <summary>JSON has no NaN: an evaluation that is none is null.</summary>
    static EvaluationRow? Finite(EvaluationRow? row) => row is not null && double.IsFinite(row.Mean) && double.IsFinite(row.StandardDeviation) ? row : null;

    static IReadOnlyList<RunSession> Sessions(RunInfo run) =>
        run.Problem is null ? Preset.Read(Path.Combine(run.Path, RunFolder.DocumentName)).Sessions : [];

    static Dictionary<string, string> Defaults(RunInfo run)
    {
        if (run.Agent is not { } name || !Agents.AgentCatalog.Entries.TryGetValue(name, out var agent))
        {
            return [];
        }

        var tree = RunOptions.Defaults(agent, Environments.EnvironmentCatalog.Find(run.Environment ?? ""));
        return tree.Keys.SelectMany(key => OptionsJson.Leaves(key.Path, tree[key])).ToDictionary(leaf => leaf.Path, leaf => leaf.Value);
    }

    static string[] Row(RunInfo run, DateTimeOffset now) =>
    [
        Shown.Text(run.Name),
        run.Problem is { } problem ? $"{run.Status}: {Shown.Text(problem)}" : run.Status,
        run.Problem is not null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{run.Steps:N0}/{run.TotalSteps:N0}"),
        Describe(run.Last),
        Describe(run.Best),
        run.StepsPerSecond is { } speed ? speed.ToString("N0", CultureInfo.InvariantCulture) : "-",
        run.Problem is not null ? "-" : Age(now - run.Written),
    ];

    static string Describe(EvaluationRow? row) =>
        row is null ? "-" : string.Create(CultureInfo.InvariantCulture, $"{row.Mean:N1} at {row.Step:N0}");

    static string Age(TimeSpan age) => age switch
    {
        { TotalSeconds: < 90 } => $"{Math.Max(0, (long)age.TotalSeconds)} s",
        { TotalMinutes: < 90 } => $"{(long)age.TotalMinutes} min",
        { TotalHours: < 48 } => $"{(long)age.TotalHours} h",
        _ => $"{(long)age.TotalDays} d",
    };
}
