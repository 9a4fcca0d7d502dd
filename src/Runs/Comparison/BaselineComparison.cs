namespace RL.Runs;

/// <summary>How the runs of a group compare with those of a baseline by one score.</summary>
/// <param name="Improvement">Probability of improvement: that a run of the group scores higher than one of the baseline.</param>
/// <param name="Difference">Mean difference of runs with the same seed; null if no seed is in both.</param>
/// <param name="Pairs">Seeds that are in both.</param>
sealed record ScoreComparison(Estimate Improvement, Estimate? Difference, int Pairs)
{
    /// <param name="scores">Score of each run of the group, by its seed.</param>
    /// <param name="baseline">The same of the baseline.</param>
    public static ScoreComparison Of(IReadOnlyDictionary<string, double> scores, IReadOnlyDictionary<string, double> baseline)
    {
        double[] differences = [.. scores.Where(run => baseline.ContainsKey(run.Key)).Select(run => run.Value - baseline[run.Key])];
        return new(
            Bootstrap.Of(
                [[.. scores.Values], [.. baseline.Values]], runs => RunStatistics.ProbabilityOfImprovement(runs[0], runs[1])),
            differences.Length == 0 ? null : Bootstrap.Of([differences], runs => runs[0].Average()),
            differences.Length);
    }
}

/// <summary>A group beside the baseline of the same task, at the steps at which all runs of both were evaluated.</summary>
/// <param name="Group">The group.</param>
/// <param name="Baseline">The baseline.</param>
/// <param name="Step">Last common step.</param>
/// <param name="Final">By the return at that step.</param>
/// <param name="Area">By the area under the curve up to it.</param>
sealed record BaselineComparison(RunGroup Group, RunGroup Baseline, long Step, ScoreComparison Final, ScoreComparison Area)
{
    /// <summary>Compares every group with the baseline of its task.</summary>
    /// <param name="groups">The groups.</param>
    /// <param name="baselines">A baseline per task at most; groups of other tasks are left out.</param>
    /// <exception cref="UserException">A group and its baseline were never evaluated at the same step.</exception>
    public static IReadOnlyList<BaselineComparison> Of(IReadOnlyList<RunGroup> groups, IReadOnlyList<RunGroup> baselines) =>
    [
        .. groups.Except(baselines)
            .Select(group => (Group: group, Baseline: baselines.FirstOrDefault(other => other.Environment == group.Environment)))
            .Where(pair => pair.Baseline is not null)
            .Select(pair => Of(pair.Group, pair.Baseline!)),
    ];

    /// <summary>The groups that --baseline names: by their name, by its beginning, or by one of their runs.</summary>
    /// <exception cref="UserException">There is none, or there are several of one task.</exception>
    public static IReadOnlyList<RunGroup> Find(IReadOnlyList<RunGroup> groups, string name)
    {
        var found = groups.Where(group => group.Name == name).ToArray() is { Length: > 0 } named ? named
            : groups.Where(group => group.Name.StartsWith(name + " ", StringComparison.Ordinal)).ToArray() is { Length: > 0 } begun ? begun
            : groups.Where(group => group.Runs.Any(run => run.Path == name || Path.GetFileName(run.Path) == name)).ToArray();
        var names = string.Join("; ", groups.Select(group => group.Name).Distinct());
        return found.Length == 0
            ? throw new UserException($"--baseline is {Shown.Short(name)}; allowed: what the table calls a group's runs, or one of its runs. Groups: {names}.")
            : found.GroupBy(group => group.Environment).FirstOrDefault(task => task.Count() > 1) is { } several
            ? throw new UserException(
                $"--baseline is {Shown.Short(name)}, which is several groups of {several.Key}: {string.Join("; ", several.Select(group => group.Name))}. "
                + "Allowed: one of them.")
            : found;
    }

    /// <summary>Probability of improvement averaged over the tasks, runs drawn within each (Agarwal et al. 2021).</summary>
    /// <param name="comparisons">Groups of the same name, one per task.</param>
    /// <param name="isArea">By the area instead of the final return.</param>
    public static Estimate OverTasks(IReadOnlyList<BaselineComparison> comparisons, bool isArea) => Bootstrap.Of(
        [
            .. comparisons.SelectMany(one =>
            {
                var steps = CommonSteps(one.Group, one.Baseline);
                return new[] { one.Group, one.Baseline }.Select(group => (double[])[.. group.Scores(steps, isArea).Values]);
            }),
        ],
        runs => Enumerable.Range(0, runs.Count / 2)
            .Average(task => RunStatistics.ProbabilityOfImprovement(runs[2 * task], runs[(2 * task) + 1])));

    static BaselineComparison Of(RunGroup group, RunGroup baseline)
    {
        var steps = CommonSteps(group, baseline);
        return steps.Count == 0
            ? throw new UserException(
                $"The runs of {group.Name} and of the baseline {baseline.Name} on {group.Environment} were never evaluated at the same step; "
                + "training.evaluation_interval sets the steps at which runs are evaluated.")
            : new(
                group,
                baseline,
                steps[^1],
                ScoreComparison.Of(group.Scores(steps, isArea: false), baseline.Scores(steps, isArea: false)),
                ScoreComparison.Of(group.Scores(steps, isArea: true), baseline.Scores(steps, isArea: true)));
    }

    static IReadOnlyList<long> CommonSteps(RunGroup group, RunGroup baseline) => [.. group.Steps.Intersect(baseline.Steps)];
}
