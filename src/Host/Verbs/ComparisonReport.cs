using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RL.Host;

/// <summary>What `rl compare` prints: tables, JSON, CSV.</summary>
static class ComparisonReport
{
    /// <summary>A table of the groups, and one of how they compare with the baseline.</summary>
    public static void Write(
        TextWriter output, IReadOnlyList<RunGroup> groups, IReadOnlyList<BaselineComparison> comparisons, string[] scalars)
    {
        Table.Write(
            output,
            ["task", "runs of", "seeds", "steps", "return at the end", "IQM", "area", "IQM of area", "last quarter", "best", .. scalars],
            groups.Select(group => (string[])
            [
                group.Environment,
                group.Name,
                Number(group.Runs.Count),
                Number(group.Steps[^1]),
                Text(group.Final, "N1"),
                Text(group.InterquartileMean(isArea: false), "N1"),
                Text(group.Area, "N1"),
                Text(group.InterquartileMean(isArea: true), "N1"),
                Text(group.Late, "N1"),
                Text(group.Best, "N1"),
                .. scalars.Select(tag => group.Scalar(tag) is { } mean ? Text(mean, "G4") : "-"),
            ]));
        output.WriteLine(
            "mean ± standard deviation over seeds; IQM: mean of the middle half; [ ]: its 95 % interval, bootstrap over seeds; area: under the curve, as the "
            + "mean return over all steps");
        if (comparisons.Count > 0)
        {
            output.WriteLine();
            WriteComparisons(output, comparisons);
        }
    }

    static void WriteComparisons(TextWriter output, IReadOnlyList<BaselineComparison> comparisons)
    {
        Table.Write(
            output,
            ["task", "runs of", "baseline", "at step", "P(better) at the end", "paired difference", "P(better) by area", "paired difference"],
            comparisons.Select(one => (string[])
            [
                one.Group.Environment, one.Group.Name, one.Baseline.Name, Number(one.Step),
                Text(one.Final.Improvement, "F2"), Text(one.Final), Text(one.Area.Improvement, "F2"), Text(one.Area),
            ]).Concat(OverTasks(comparisons).Select(all => (string[])
            [
                $"all {all.Tasks}", all.Name, "", "", Text(all.Final, "F2"), "", Text(all.Area, "F2"), "",
            ])));
        output.WriteLine(
            "P(better): probability of improvement, that a run is better than one of the baseline; paired difference: mean over the seeds that both have (their "
            + "number); [ ]: 95 % intervals, bootstrap over seeds within each task");
    }

    /// <summary>The same, and every run's scores, as one line of JSON.</summary>
    public static string Json(IReadOnlyList<RunGroup> groups, IReadOnlyList<BaselineComparison> comparisons, string[] scalars) => new JsonObject
    {
        ["groups"] = new JsonArray([.. groups.Select(group => Node(group, scalars))]),
        ["comparisons"] = new JsonArray([.. comparisons.Select(one => new JsonObject
        {
            ["task"] = one.Group.Environment,
            ["runs_of"] = one.Group.Name,
            ["baseline"] = one.Baseline.Name,
            ["step"] = one.Step,
            ["final"] = Node(one.Final),
            ["area"] = Node(one.Area),
        })]),
        ["over_tasks"] = new JsonArray([.. OverTasks(comparisons).Select(all => new JsonObject
        {
            ["tasks"] = all.Tasks, ["runs_of"] = all.Name,
            ["final_improvement"] = Node(all.Final), ["area_improvement"] = Node(all.Area),
        })]),
    }.ToJsonString(OptionsJson.Line);

    /// <summary>The learning curves, a line per group and step.</summary>
    public static string Csv(IReadOnlyList<RunGroup> groups)
    {
        var lines = groups.SelectMany(group => group.Steps.Zip(group.Returns, group.Curve).Select(at => string.Create(
            CultureInfo.InvariantCulture,
            $"{group.Environment},\"{group.Name.Replace("\"", "\"\"", StringComparison.Ordinal)}\",{group.Runs.Count},{at.First},{at.Second.Mean:R},{at.Second.Deviation:R},{at.Third.Value:R},{at.Third.Low:R},{at.Third.High:R}")));
        return string.Join('\n', ["task,runs of,seeds,step,mean,deviation,iqm,iqm_low,iqm_high", .. lines, ""]);
    }

    /// <summary>Groups that are on several tasks.</summary>
    static IEnumerable<(string Name, int Tasks, Estimate Final, Estimate Area)> OverTasks(IReadOnlyList<BaselineComparison> comparisons) =>
        comparisons.GroupBy(one => one.Group.Name).Select(named => named.ToArray()).Where(named => named.Length > 1).Select(named => (
            named[0].Group.Name,
            named.Length,
            BaselineComparison.OverTasks(named, isArea: false),
            BaselineComparison.OverTasks(named, isArea: true)));

    static JsonObject Node(RunGroup group, string[] scalars) => new()
    {
        ["task"] = group.Environment,
        ["runs_of"] = group.Name,
        ["steps"] = group.Steps[^1],
        ["runs"] = new JsonArray([.. group.Runs.Select(run => new JsonObject
        {
            ["run"] = run.Path,
            ["seed"] = JsonNode.Parse(run.Seed),
            ["final"] = Value(group.Scores(group.Steps, isArea: false)[run.Seed]),
            ["area"] = Value(group.Scores(group.Steps, isArea: true)[run.Seed]),
        })]),
        ["final"] = Node(group.Final, group.InterquartileMean(isArea: false)),
        ["area"] = Node(group.Area, group.InterquartileMean(isArea: true)),
        ["last_quarter"] = Node(group.Late, null),
        ["best"] = Node(group.Best, null),
        ["scalars"] = new JsonObject(scalars.Select(tag =>
            KeyValuePair.Create<string, JsonNode?>(tag, group.Scalar(tag) is { } mean ? Node(mean, null) : null))),
    };

    static JsonObject Node(Spread spread, Estimate? interquartileMean)
    {
        var node = new JsonObject { ["mean"] = Value(spread.Mean), ["standard_deviation"] = Value(spread.Deviation) };
        if (interquartileMean is { } estimate)
        {
            node["iqm"] = Node(estimate);
        }

        return node;
    }

    static JsonObject Node(ScoreComparison comparison) => new()
    {
        ["improvement"] = Node(comparison.Improvement),
        ["paired_difference"] = comparison.Difference is { } difference ? Node(difference) : null,
        ["pairs"] = comparison.Pairs,
    };

    static JsonObject Node(Estimate estimate) => new()
    {
        ["value"] = Value(estimate.Value), ["low"] = Value(estimate.Low), ["high"] = Value(estimate.High),
    };

    /// <summary>JSON has no NaN: what is not known is null.</summary>
    static JsonValue? Value(double value) => double.IsFinite(value) ? JsonValue.Create(value) : null;

    static string Number(long value) => value.ToString("N0", CultureInfo.InvariantCulture);

    static string Text(Spread spread, string format) => double.IsFinite(spread.Deviation)
        ? $"{spread.Mean.ToString(format, CultureInfo.InvariantCulture)} ± {spread.Deviation.ToString(format, CultureInfo.InvariantCulture)}"
        : spread.Mean.ToString(format, CultureInfo.InvariantCulture);

    static string Text(Estimate estimate, string format)
    {
        string Shown(double value) => value.ToString(format, CultureInfo.InvariantCulture);
        return double.IsFinite(estimate.Low)
            ? $"{Shown(estimate.Value)} [{Shown(estimate.Low)}, {Shown(estimate.High)}]"
            : Shown(estimate.Value);
    }

    static string Text(ScoreComparison comparison) =>
        comparison.Difference is { } difference ? $"{Text(difference, "N1")} ({comparison.Pairs})" : "-";
}
