using System.CommandLine;
using System.Globalization;
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

    static readonly Option<string?> _plot = new("--plot")
    {
        Description = "Plot the learning curves, mean ± standard deviation over the runs, to FILE.png and FILE.svg; with several tasks FILE-<task>.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _csv = new("--csv") { Description = "Write the curves to this CSV file.", HelpName = "FILE" };

    public static Command Create(HostConsole console)
    {
        var command = new Command("compare", "Compare runs: mean and standard deviation over their seeds.") { _names, _runs, _scalars, _plot, _csv };
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl compare",
            "./rl compare plain-0 plain-1 refined-0 refined-1 --scalar refine/gain --plot curves --csv curves.csv");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var (folder, names) = (parsed.GetValue(_runs)!, parsed.GetValue(_names)!);
        var (plot, csv, scalars) = (parsed.GetValue(_plot), parsed.GetValue(_csv), parsed.GetValue(_scalars)!);
        Require.OutputFile("--plot", plot);
        Require.OutputFile("--csv", csv);
        var runs = Read(Paths(folder, names).Distinct(), console).ToList();
        if (runs.Count == 0)
        {
            throw new UserException("None of the runs can be read; there is nothing to compare.");
        }

        var tags = scalars.Length > 0 ? runs.SelectMany(run => EventScalars.Tags(run.Path)).ToHashSet() : [];
        if (Array.Find(scalars, tag => !tags.Contains(tag)) is { } unknown)
        {
            throw new UserException(
                $"--scalar is {Shown.Short(unknown)}, a series that none of the runs has{Nearest.Suggestion(unknown, tags)} "
                + $"They have: {string.Join(", ", tags.Order(StringComparer.Ordinal))}.");
        }

        var groups = RunGroup.Of(runs, (other, counted) =>
            console.Error.WriteLine($"left out: {other.Path} has the seed and the options of {counted.Path}; a seed counts once"));

        Table.Write(
            console.Out,
            ["task", "runs of", "seeds", "steps", "return at the end", "last quarter", "best", .. scalars],
            groups.Select(group => (string[])
            [
                group.Environment, group.Name, group.Runs.Count.ToString(CultureInfo.InvariantCulture),
                group.Steps[^1].ToString("N0", CultureInfo.InvariantCulture), Text(group.Final, "N1"), Text(group.Late, "N1"),
                Text(group.Best, "N1"), .. scalars.Select(tag => group.Scalar(tag) is { } mean ? Text(mean, "G4") : "-"),
            ]));
        if (csv is not null)
        {
            AtomicFile.WriteText(csv, Csv(groups));
        }

        if (plot is not null)
        {
            Draw(groups, plot);
        }

        return 0;
    }

    /// <summary>The runs; one that is damaged is named and left out.</summary>
    static IEnumerable<ComparedRun> Read(IEnumerable<string> paths, HostConsole console)
    {
        foreach (var path in paths)
        {
            ComparedRun? run = null;
            try
            {
                run = ComparedRun.Read(path);
            }
            catch (Exception exception) when (exception is IOException or InvalidDataException or UnauthorizedAccessException)
            {
                console.Error.WriteLine($"left out: {Shown.Text(exception.Message)}");
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

    static string Text(Spread spread, string format) => double.IsFinite(spread.Deviation)
        ? $"{spread.Mean.ToString(format, CultureInfo.InvariantCulture)} ± {spread.Deviation.ToString(format, CultureInfo.InvariantCulture)}"
        : spread.Mean.ToString(format, CultureInfo.InvariantCulture);

    static string Csv(IReadOnlyList<RunGroup> groups)
    {
        var lines = groups.SelectMany(group => group.Steps.Zip(group.Returns, (step, spread) => string.Create(
            CultureInfo.InvariantCulture,
            $"{group.Environment},\"{group.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{group.Runs.Count},{step},{spread.Mean:R},{spread.Deviation:R}")));
        return string.Join('\n', ["task,runs of,seeds,step,mean,deviation", .. lines, ""]);
    }

    static void Draw(IReadOnlyList<RunGroup> groups, string path)
    {
        var tasks = groups.GroupBy(group => group.Environment).ToArray();
        foreach (var task in tasks)
        {
            var suffix = tasks.Length > 1 ? $"-{task.Key.Replace(':', '-').Replace('/', '-')}" : "";
            new CurveChart(task.Key, "environment steps", "return, mean ± deviation over seeds")
            {
                Curves =
                [
                    .. task.Select(group => new Curve(
                        $"{group.Name} ({group.Runs.Count})",
                        [.. group.Steps.Select(step => (double)step)],
                        [.. group.Returns.Select(spread => spread.Mean)],
                        group.Runs.Count > 1 ? [.. group.Returns.Select(spread => spread.Deviation)] : null)),
                ],
            }.Save(path + suffix);
        }
    }
}
