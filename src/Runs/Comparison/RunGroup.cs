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
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public static ComparedRun Read(string path)
    {
        var evaluations = EvaluationTable.Read(path).ToArray();
        if (evaluations.Length == 0)
        {
            throw new UserException($"The run {path} has no evaluation yet; there is nothing to compare.");
        }

        try
        {
            return new(path, Preset.Read(System.IO.Path.Combine(path, RunFolder.DocumentName)), evaluations);
        }
        catch (UserException exception)
        {
            throw new InvalidDataException($"The run {path} cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>
    /// Every option that results may depend on, except the seed, by its path. Options that did not exist when the run started have
    /// their defaults.
    /// </summary>
    public IReadOnlyDictionary<string, string> Options { get; } = AllOptions(Document);

    /// <summary>What the learning does not depend on, and the seed.</summary>
    static readonly string[] _irrelevant =
    [
        "training.seed", "training.environment_threads", "training.evaluation_interval", "training.evaluation_episodes",
        "training.checkpoint_interval", "training.checkpoints_kept", "training.log_interval", "training.log.histograms",
        "training.log.images", "training.log.monitor",
    ];

    /// <summary>Its seed, as the record has it.</summary>
    public string Seed => Document.Training["seed"]?.ToJsonString() ?? "0";

    static SortedDictionary<string, string> AllOptions(Preset document)
    {
        var task = EnvironmentCatalog.Find(document.Environment ?? ""); // null: a user-defined one, which is not loaded for a comparison
        var defaults = RunOptions.Defaults(RunOptions.FindAgent(document.Agents is [var name, ..] ? name : ""), task);
        var options = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (part, section) in new[] { ("agent", document.Agent), ("training", document.Training), ("env", document.Env) })
        {
            var known = part == "env" && task is null ? null : defaults.Section(part);
            foreach (var (key, value) in OptionsJson.Leaves(part, known).Concat(OptionsJson.Leaves(part, section)))
            {
                options[key] = value;
            }
        }

        foreach (var path in _irrelevant)
        {
            options.Remove(path);
        }

        // How far a run is to go matters where something is planned by it; else the shorter one is the longer one's beginning.
        if (options.GetValueOrDefault("agent.anneal_learning_rate") != "true")
        {
            options.Remove("training.total_steps");
        }

        if (document.From is { } from)
        {
            options["from"] = from;
        }

        return options;
    }
}

/// <summary>Runs on one task that differ in their seeds alone.</summary>
/// <param name="Environment">The task.</param>
/// <param name="Name">The preset, and what distinguishes the group from others of the same.</param>
/// <param name="Runs">At least one.</param>
sealed record RunGroup(string Environment, string Name, IReadOnlyList<ComparedRun> Runs)
{
    /// <summary>Share of the evaluations, the last ones, that <see cref="Late"/> is the mean of.</summary>
    const double LateShare = 0.25;

    /// <summary>Resamples of each point of a curve.</summary>
    const int CurveResamples = 2_000;

    /// <summary>Steps at which every run was evaluated.</summary>
    public IReadOnlyList<long> Steps { get; } =
        [.. Runs.Select(run => run.Evaluations.Select(row => row.Step)).Aggregate((left, right) => left.Intersect(right)).Order()];

    /// <summary>Return at each of <see cref="Steps"/>, over the runs.</summary>
    public IReadOnlyList<Spread> Returns => [.. Steps.Select(step => Spread.Of(Runs.Select(run => At(run, step))))];

    /// <summary>IQM of the return at each of <see cref="Steps"/>, with its interval.</summary>
    public IReadOnlyList<Estimate> Curve =>
    [
        .. Steps.Select(step => Bootstrap.Of(
            [[.. Runs.Select(run => At(run, step))]], runs => RunStatistics.InterquartileMean(runs[0]), CurveResamples)),
    ];

    /// <summary>Score of each run by its seed: the return at the last of <paramref name="steps"/>, or the area under the curve through them.</summary>
    /// <param name="steps">Steps of <see cref="Steps"/>, at least one.</param>
    /// <param name="isArea">The area under the curve, in units of the return: its mean height.</param>
    public IReadOnlyDictionary<string, double> Scores(IReadOnlyList<long> steps, bool isArea) => Runs.ToDictionary(
        run => run.Seed,
        run => isArea ? RunStatistics.MeanHeight(steps, [.. steps.Select(step => At(run, step))]) : At(run, steps[^1]));

    /// <summary>Area under the curve of the common evaluations, over the runs: the mean return over the steps.</summary>
    public Spread Area => Spread.Of(Scores(Steps, isArea: true).Values);

    /// <summary>IQM of the runs' scores, with its interval.</summary>
    public Estimate InterquartileMean(bool isArea) =>
        Bootstrap.Of([[.. Scores(Steps, isArea).Values]], runs => RunStatistics.InterquartileMean(runs[0]));

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

    /// <summary>
    /// Sorts runs into groups: by task, then by name. Of several runs that are the same but for their length the longest one counts, because
    /// a seed that counts twice makes a deviation that is too small.
    /// </summary>
    /// <param name="runs">The runs.</param>
    /// <param name="leaveOut">Is told of each that does not count, and of the one that does in its place.</param>
    /// <exception cref="UserException">Runs of a group have no evaluation at the same step.</exception>
    public static IReadOnlyList<RunGroup> Of(IEnumerable<ComparedRun> runs, Action<ComparedRun, ComparedRun> leaveOut)
    {
        ComparedRun[] LongestOfEachSeed(IEnumerable<ComparedRun> group) => [.. group.GroupBy(run => run.Seed).Select(same =>
        {
            var longest = same.MaxBy(run => run.Evaluations[^1].Step)!;
            foreach (var other in same.Where(run => run != longest))
            {
                leaveOut(other, longest);
            }

            return longest;
        })];

        var groups = runs
            .GroupBy(run => (run.Document.Environment, Agent: run.Document.Agents[0], Options: string.Join('\n', run.Options)))
            .Select(LongestOfEachSeed).ToArray();
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
