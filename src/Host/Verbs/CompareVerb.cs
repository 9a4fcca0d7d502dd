using System.CommandLine;
using Microsoft.Extensions.Logging;
using RL.Drawing;
using RL.Environments;
using RL.Studies;

namespace RL.Host;

/// <summary>Compares runs. Runs that differ only in their seeds form one row of the table and one curve.</summary>
static class CompareVerb
{
    static readonly Argument<string[]> _names = new("run")
    {
        Description = "Runs: their folders, or their names under --runs. Default: all of --runs.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<string[]> _scalars = new("--scalar")
    {
        Description = "Add a column with the mean of this TensorBoard series, such as refine/gain; may be repeated.",
        HelpName = "TAG",
        DefaultValueFactory = _ => [],
    };

    static readonly Option<string?> _baseline = new("--baseline")
    {
        Description = "Compare all groups with this one: what the table calls its runs (or the beginning), or one of its runs.",
        HelpName = "GROUP",
    };

    static readonly Option<string?> _plot = new("--plot")
    {
        Description = "Plot the learning curves, IQM and its 95 % interval over the runs, to FILE.png and FILE.svg; with several tasks FILE-<task>.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _csv = new("--csv") { Description = "Write the curves to this CSV file.", HelpName = "FILE" };

    static readonly Option<bool> _json = new("--json") { Description = "Print everything as one JSON document." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("compare", "Compare runs: statistics over their seeds.") { _names, _runs, _baseline, _scalars, _plot, _csv, _json };
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl compare",
            "./rl compare --baseline td3 --plot curves",
            "./rl compare plain-0 plain-1 refined-0 refined-1 --scalar refine/gain --plot curves --csv curves.csv");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var (folder, names) = (parsed.GetValue(_runs)!, parsed.GetValue(_names)!);
        var (plot, csv, scalars) = (parsed.GetValue(_plot), parsed.GetValue(_csv), parsed.GetValue(_scalars)!);
        Require.OutputFile("--plot", plot);
        Require.OutputFile("--csv", csv);
        var tags = new HashSet<string>();
        var runs = Read(Paths(folder, names).Distinct(), scalars.Length > 0 ? tags : null, console).ToList();
        if (runs.Count == 0)
        {
            throw new UserException("None of the runs can be read; there is nothing to compare.");
        }

        if (Array.Find(scalars, tag => !tags.Contains(tag)) is { } unknown)
        {
            throw new UserException(
                $"--scalar is {Shown.Short(unknown)}, a series that none of the runs has{Nearest.Suggestion(unknown, tags)} "
                + $"They have: {string.Join(", ", tags.Order(StringComparer.Ordinal))}.");
        }

        var groups = RunGroup.Of(runs, (other, counted) =>
            console.Log(LogLevel.Warning, $"left out: {other.Path} has the seed and the options of {counted.Path}; a seed counts once"));

        var baselines = parsed.GetValue(_baseline) is { } baseline ? BaselineComparison.Find(groups, baseline) : [];
        var comparisons = BaselineComparison.Of(groups, baselines);
        if (parsed.GetValue(_json))
        {
            console.Out.WriteLine(ComparisonReport.Json(groups, comparisons, scalars));
        }
        else
        {
            ComparisonReport.Write(console.Out, groups, comparisons, scalars);
        }

        if (csv is not null)
        {
            AtomicFile.WriteText(csv, ComparisonReport.Csv(groups));
        }

        if (plot is not null)
        {
            Draw(groups, plot);
        }

        return 0;
    }

    /// <summary>The runs; one that is damaged is named and left out. The names of their scalars are added to the tags, where they are asked for.</summary>
    static IEnumerable<ComparedRun> Read(IEnumerable<string> paths, HashSet<string>? tags, HostConsole console)
    {
        foreach (var path in paths)
        {
            ComparedRun? run = null;
            try
            {
                var read = ComparedRun.Read(path);
                tags?.UnionWith(EventScalars.Tags(path));
                run = read;
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                console.Log(LogLevel.Warning, $"left out: {Shown.Text(exception.Message)}");
            }

            if (run is not null)
            {
                yield return run;
            }
        }
    }

    static IEnumerable<string> Paths(string folder, string[] names)
    {
        if (names.Length > 0)
        {
            return names.Select(name => RunNames.Find(folder, name));
        }

        var all = Directory.Exists(folder)
            ? Directory.EnumerateDirectories(folder).Where(path => EvaluationTable.IsBegun(path)).Order(StringComparer.Ordinal).ToArray()
            : [];
        return all.Length > 0 ? all : throw new UserException($"--runs is {folder}; there is no run with an evaluation in it.");
    }

    static void Draw(IReadOnlyList<RunGroup> groups, string path)
    {
        var tasks = groups.GroupBy(group => group.Environment).ToArray();
        foreach (var task in tasks)
        {
            var suffix = tasks.Length > 1 ? $"-{task.Key.Replace(':', '-').Replace('/', '-')}" : "";
            new CurveChart(task.Key, "environment steps", "return: IQM and its 95 % interval over seeds")
            {
                Curves =
                [
                    .. task.Select(group => (Group: group, Points: group.Curve)).Select(drawn => new Curve(
                        $"{drawn.Group.Name} ({drawn.Group.Runs.Count})",
                        [.. drawn.Group.Steps.Select(step => (double)step)],
                        [.. drawn.Points.Select(point => point.Value)])
                    {
                        Band = drawn.Group.Runs.Count > 1
                            ? ([.. drawn.Points.Select(point => point.Low)], [.. drawn.Points.Select(point => point.High)])
                            : null,
                    }),
                ],
            }.Save(path + suffix);
        }
    }
}
