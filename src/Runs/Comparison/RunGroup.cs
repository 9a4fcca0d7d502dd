using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using RL.Environments;

namespace RL.Runs;

/// <summary>Mean and deviation of a number over runs.</summary>
/// <param name="Mean">Mean over the runs.</param>
/// <param name="Deviation">Sample standard deviation over the runs; NaN of one alone.</param>
readonly record struct Spread(double Mean, double Deviation)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var all = values.ToArray();
        var mean = all.Average();
        return new(mean, Math.Sqrt(all.Sum(value => (value - mean) * (value - mean)) / (all.Length - 1)));
    }
}

/// <summary>A run as it is compared.</summary>
/// <param name="Path">Its folder.</param>
/// <param name="Document">Its options.</param>
/// <param name="Evaluations">Its evaluations, in order; at least one.</param>
sealed record ComparedRun(string Path, Preset Document, IReadOnlyList<EvaluationRow> Evaluations)
{
    /// <exception cref="UserException">It has no evaluation yet.</exception>
    public static ComparedRun Read(string path)
    {
        var evaluations = EvaluationTable.Read(path).ToArray();
        return evaluations.Length > 0
            ? new(path, Preset.Read(System.IO.Path.Combine(path, RunFolder.DocumentName)), evaluations)
            : throw new UserException($"The run {path} has no evaluation yet; there is nothing to compare.");
    }

    /// <summary>
    /// Every option that results may depend on, except the seed, by its path. Options that did not exist when the run started have
    /// their defaults.
    /// </summary>
    public IReadOnlyDictionary<string, string> Options { get; } = AllOptions(Document);

    static SortedDictionary<string, string> AllOptions(Preset document)
    {
        var task = EnvironmentCatalog.Find(document.Environment ?? ""); // null: a user-defined one, which is not loaded for a comparison
        var defaults = RunOptions.Defaults(RunOptions.FindAgent(document.Agents[0]), task);
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, section) in new[] { ("agent", document.Agent), ("training", document.Training), ("env", document.Env) })
        {
            var known = name == "env" && task is null ? null : defaults.Section(name);
            foreach (var (path, value) in Leaves(name, known).Concat(Leaves(name, section)))
            {
                options[path] = value;
            }
        }

        options.Remove("training.seed");
        options.Remove("training.environment_threads");
        return options;
    }

    static IEnumerable<(string Path, string Value)> Leaves(string path, JsonNode? node) => node switch
    {
        JsonObject section => section.SelectMany(pair => Leaves($"{path}.{pair.Key}", pair.Value)),
        // 1e-5 and 0.00001 are the same value.
        JsonValue number when number.GetValueKind() == JsonValueKind.Number =>
            [(path, double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture))],
        _ => [(path, node?.ToJsonString() ?? "null")],
    };
}

/// <summary>Runs on one task that differ in their seeds alone.</summary>
/// <param name="Environment">The task.</param>
/// <param name="Name">The preset, and what distinguishes the group from others of the same.</param>
/// <param name="Runs">At least one.</param>
sealed record RunGroup(string Environment, string Name, IReadOnlyList<ComparedRun> Runs)
{
    /// <summary>Share of the evaluations, the last ones, that <see cref="Late"/> is the mean of.</summary>
    const double LateShare = 0.25;

    /// <summary>Steps at which every run was evaluated.</summary>
    public IReadOnlyList<long> Steps { get; } =
        [.. Runs.Select(run => run.Evaluations.Select(row => row.Step)).Aggregate((left, right) => left.Intersect(right)).Order()];

    /// <summary>Return at each of <see cref="Steps"/>, over the runs.</summary>
    public IReadOnlyList<Spread> Returns => [.. Steps.Select(step => Spread.Of(Runs.Select(run => At(run, step))))];

    /// <summary>Return at the last common evaluation, over the runs.</summary>
    public Spread Final => Spread.Of(Runs.Select(run => At(run, Steps[^1])));

    /// <summary>Mean return of the last quarter of the common evaluations, over the runs: one evaluation says little.</summary>
    public Spread Late
    {
        get
        {
            var late = Steps.TakeLast(Math.Max(1, (int)(Steps.Count * LateShare))).ToArray();
            return Spread.Of(Runs.Select(run => late.Average(step => At(run, step))));
        }
    }

    /// <summary>Best evaluation of each run up to the last common step, over the runs.</summary>
    public Spread Best => Spread.Of(Runs.Select(run => run.Evaluations.Where(row => row.Step <= Steps[^1]).Max(row => row.Mean)));

    /// <summary>Mean of a series of the event files up to the last common step, over the runs that have it; null if none has.</summary>
    public Spread? Scalar(string tag)
    {
        var means = Runs.Select(run => EventScalars.Read(run.Path, tag).Where(scalar => scalar.Step <= Steps[^1]).ToArray())
            .Where(scalars => scalars.Length > 0).Select(scalars => scalars.Average(scalar => (double)scalar.Value)).ToArray();
        return means.Length > 0 ? Spread.Of(means) : null;
    }

    /// <summary>Sorts runs into groups: by task, then by name.</summary>
    /// <exception cref="UserException">Runs of a group have no evaluation at the same step.</exception>
    public static IReadOnlyList<RunGroup> Of(IEnumerable<ComparedRun> runs)
    {
        var groups = runs
            .GroupBy(run => (run.Document.Environment, Agent: run.Document.Agents[0], Options: string.Join('\n', run.Options)))
            .Select(group => group.ToArray()).ToArray();
        var named = groups.Select(group => new RunGroup(group[0].Document.Environment ?? "", NameOf(group[0], groups), group)).ToArray();
        foreach (var group in named)
        {
            if (group.Steps.Count == 0)
            {
                throw new UserException(
                    $"The runs {string.Join(", ", group.Runs.Select(run => run.Path))} were never evaluated at the same step; "
                    + "training.evaluation_interval sets the steps at which runs are evaluated.");
            }
        }

        return [.. named.OrderBy(group => group.Environment, StringComparer.Ordinal).ThenBy(group => group.Name, StringComparer.Ordinal)];
    }

    /// <summary>The preset; where others of the same task have it too, with the options in which they differ.</summary>
    static string NameOf(ComparedRun run, IReadOnlyList<ComparedRun[]> groups)
    {
        var siblings = groups.Select(group => group[0])
            .Where(other => other.Document.Environment == run.Document.Environment && Preset(other) == Preset(run)).ToArray();
        var differing = run.Options.Where(option => siblings.Any(other =>
            !other.Options.TryGetValue(option.Key, out var value) || value != option.Value));
        return string.Join(' ', [Preset(run), .. differing.Select(option => $"{option.Key}={option.Value}")]);
    }

    static string Preset(ComparedRun run) => Path.GetFileNameWithoutExtension(run.Document.Base ?? run.Document.Agents[0]);

    static double At(ComparedRun run, long step) => run.Evaluations.Last(row => row.Step == step).Mean;
}
