using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using RL.Environments;

namespace RL.Sweeps;

/// <summary>One combination of settings.</summary>
/// <param name="Number">From 0.</param>
/// <param name="Values">A value per parameter of the plan, as it is written on the command line.</param>
public sealed record Trial(int Number, IReadOnlyList<string> Values);

/// <summary>A specification with everything resolved and checked: which trials there are, and where they are compared.</summary>
public sealed class SweepPlan
{
    /// <summary>As many trials as a grid may have.</summary>
    const int MostTrials = 100_000;

    const int DefaultTrials = 20;
    const int MostAttempts = 1_000_000;
    const int MostRungsByDefault = 4;

    readonly List<string> _fixed;
    readonly int[] _copies;

    SweepPlan(SweepSpec spec, List<string> @fixed, IReadOnlyList<SweepParameter> parameters, IReadOnlyList<long> seeds, TrainingSchedule schedule)
    {
        (_fixed, Parameters, Seeds, TotalSteps) = (@fixed, parameters, seeds, schedule.TotalSteps);
        var first = FirstRung(spec, schedule, parameters);
        Rungs = spec.Search == SearchMethod.Halving ? RungsFrom(first, spec.Factor, schedule.TotalSteps) : [schedule.TotalSteps];
        var trials = Count(spec);
        Spec = spec with
        {
            Trials = trials,
            Budget = null,
            FirstRung = spec.Search == SearchMethod.Halving ? first : null,
        };
        ThrowIfTooFew(spec, trials);
        Trials = spec.Search == SearchMethod.Grid ? [.. Grid()] : [.. Drawn(trials, spec.SearchSeed)];
        _copies = [.. Trials.Select(Check)];
    }

    /// <summary>The specification, with the numbers that followed from it.</summary>
    public SweepSpec Spec { get; }

    /// <summary>What is searched.</summary>
    public IReadOnlyList<SweepParameter> Parameters { get; }

    /// <summary>Seeds of each trial.</summary>
    public IReadOnlyList<long> Seeds { get; }

    /// <summary>Steps after which trials are compared, ascending; the last one is the end of training.</summary>
    public IReadOnlyList<long> Rungs { get; }

    /// <summary>Steps of a trial that is never stopped, per seed.</summary>
    public long TotalSteps { get; }

    /// <summary>The trials, by their numbers.</summary>
    public IReadOnlyList<Trial> Trials { get; }

    /// <summary>Resolves a specification.</summary>
    /// <exception cref="UserException">Something of it is not allowed.</exception>
    public static SweepPlan Of(SweepSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        ThrowIfOutOfRange(spec);
        var seeds = SeedList.Parse("seeds", spec.Seeds);
        var tree = RunOptions.Resolve(spec.Agent, spec.Environment, new TrainingSettings { Preset = spec.Preset, Assembly = spec.Assembly }).Tree;
        var (single, parameters) = (new List<string>(), new List<SweepParameter>());
        var given = new HashSet<string>();
        foreach (var (name, value) in spec.Settings)
        {
            var text = Text(name, value);
            var key = tree.Find(name, text);
            if (!given.Add(key.Path))
            {
                throw new UserException($"{key.Path} is given twice; allowed: once, with all its values.");
            }

            var parameter = SweepParameter.Read(key, name, text);
            ThrowIfFixed(key.Path, name, text, parameter is not null);
            if (parameter is null)
            {
                key.Parse(text, name);
                single.Add($"{key.Path}={text}");
            }
            else
            {
                parameters.Add(parameter);
            }
        }

        if (parameters.Count == 0)
        {
            throw new UserException(
                $"There is nothing to search: no option of {spec.Agent} has several values or a range, such as agent.batch_size=128,256 or "
                + "agent.discount=0.9..0.999:log.");
        }

        var schedule = TrainingSchedule.Of(RunOptions.Resolve(spec.Agent, spec.Environment, Settings(spec, single)));
        return new SweepPlan(spec, single, parameters, seeds, schedule);
    }

    /// <summary>How a trial is trained with one of the seeds: what `./rl train` would be given.</summary>
    public TrainingSettings Settings(Trial trial, long seed)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return Settings(Spec, [.. _fixed, .. Assignments(trial), string.Create(CultureInfo.InvariantCulture, $"training.seed={seed}")]);
    }

    /// <summary>A trial's values: "agent.batch_size=128".</summary>
    public IReadOnlyList<string> Assignments(Trial trial)
    {
        ArgumentNullException.ThrowIfNull(trial);
        return [.. Parameters.Zip(trial.Values, (parameter, value) => $"{parameter.Path}={value}")];
    }

    /// <summary>Environment copies of a trial.</summary>
    internal int Copies(Trial trial) => _copies[trial.Number];

    static TrainingSettings Settings(SweepSpec spec, IReadOnlyList<string> assignments) => new()
    {
        Preset = spec.Preset,
        Assembly = spec.Assembly,
        Assignments = assignments,
    };

    /// <returns>The trial's number of environment copies.</returns>
    /// <exception cref="UserException">The values of a trial contradict each other.</exception>
    int Check(Trial trial)
    {
        RunOptions options;
        try
        {
            options = RunOptions.Resolve(Spec.Agent, Spec.Environment, Settings(trial, Seeds[0]));
        }
        catch (UserException exception)
        {
            throw new UserException($"Trial {trial.Number} ({string.Join(' ', Assignments(trial))}): {exception.Message}");
        }

        if (Spec.Search == SearchMethod.Halving && TrainingSchedule.Of(options) is { EvaluationInterval: var interval } && (interval == 0 || interval > Rungs[0]))
        {
            throw new UserException(string.Create(
                CultureInfo.InvariantCulture,
                $"training.evaluation_interval is {interval}, and the first rung has {Rungs[0]} steps, at whose end trials are compared by their evaluations; allowed: 1 to {Rungs[0]}."));
        }

        return options.Training.Copies;
    }

    static void ThrowIfOutOfRange(SweepSpec spec)
    {
        foreach (var property in typeof(SweepSpec).GetProperties())
        {
            if (property.GetCustomAttribute<RangeAttribute>() is { } range && property.GetValue(spec) is { } value && !range.IsValid(value))
            {
                throw new UserException(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)} is {value}; allowed: {range.Minimum} {(range.Maximum is int most ? $"to {most}" : "or more")}."));
            }
        }
    }

    static string Text(string name, JsonNode? value) => value switch
    {
        JsonArray array => array.All(item => item is JsonArray)
            ? string.Join(',', array.Select(item => item!.ToJsonString()))
            : string.Join(',', array.Select(item => Text(name, item))),
        JsonValue scalar => scalar.GetValueKind() == JsonValueKind.String ? scalar.GetValue<string>() : scalar.ToJsonString(),
        null => "null",
        _ => throw new UserException($"settings.{name} is {Shown.Short(value.ToJsonString())}; allowed: a value, a list of values, or a range in quotes."),
    };

    static void ThrowIfFixed(string path, string name, string text, bool isSearched)
    {
        if (path == "training.seed")
        {
            throw new UserException($"{name} is {Shown.Short(text)}; the seeds of a sweep are given by --seeds (\"seeds\" in a file).");
        }

        if (path == "training.total_steps" && isSearched)
        {
            throw new UserException($"{name} is {Shown.Short(text)}; allowed: one number for all trials, because they are compared at the same step.");
        }
    }

    static long FirstRung(SweepSpec spec, TrainingSchedule schedule, IReadOnlyList<SweepParameter> parameters)
    {
        if (spec.FirstRung is { } given)
        {
            return given <= schedule.TotalSteps
                ? given
                : throw new UserException(string.Create(
                    CultureInfo.InvariantCulture, $"first_rung is {given}; allowed: 1 to {schedule.TotalSteps}, the steps of a whole trial."));
        }

        // As many rungs as the trials can fill, so that one at least reaches the last.
        var trials = spec.Trials ?? DefaultTrials;
        var (steps, reaching) = (schedule.TotalSteps, (long)spec.Factor);
        for (var rungs = 1; rungs < MostRungsByDefault && reaching <= trials && steps / spec.Factor > 0; rungs++, reaching *= spec.Factor)
        {
            steps /= spec.Factor;
        }

        // Where trials are evaluated, if that is not searched.
        return parameters.Any(parameter => parameter.Path == "training.evaluation_interval") || schedule.EvaluationInterval is 0 || steps < schedule.EvaluationInterval
            ? steps
            : steps / schedule.EvaluationInterval * schedule.EvaluationInterval;
    }

    static List<long> RungsFrom(long first, int factor, long total)
    {
        var rungs = new List<long>();
        // The last rung is the end, which may be further than one factor from the one before, but not nearer.
        for (var steps = first; steps <= total / factor; steps *= factor)
        {
            rungs.Add(steps);
        }

        return rungs.Count == 0 && first < total ? [first, total] : [.. rungs, total];
    }

    int Count(SweepSpec spec)
    {
        var combinations = Parameters.Aggregate(1.0, (product, parameter) => product * parameter.Count);
        if (spec.Trials is not null && spec.Budget is not null)
        {
            throw new UserException($"trials is {spec.Trials} and budget is {spec.Budget}; allowed: one of them.");
        }

        if (spec.Search == SearchMethod.Grid)
        {
            return CountOfGrid(spec, combinations);
        }

        var trials = spec.Trials ?? (spec.Budget is { } budget ? (int)Math.Clamp(budget / Seeds.Count / StepsPerTrial(spec), 0, MostTrials) : (int)Math.Min(DefaultTrials, combinations));
        return trials == 0
            ? throw new UserException(string.Create(
                CultureInfo.InvariantCulture, $"budget is {spec.Budget}; allowed: {Math.Ceiling(StepsPerTrial(spec)) * Seeds.Count:F0} or more, the steps of one trial."))
            : trials > combinations
            ? throw new UserException(string.Create(
                CultureInfo.InvariantCulture, $"trials is {trials}; allowed: 1 to {combinations}, because there are no more different settings."))
            : trials;
    }

    int CountOfGrid(SweepSpec spec, double all)
    {
        if (Parameters.FirstOrDefault(parameter => parameter.Values.Count == 0) is { } range)
        {
            throw new UserException($"{range.Path} is the range {range.Text}, and a grid needs values; {range.Text}:5 would be five of it.");
        }

        var problem = all > MostTrials ? string.Create(CultureInfo.InvariantCulture, $"The grid has {all:N0} trials; allowed: {MostTrials:N0}.")
            : spec.Trials is { } fewer && fewer != all
                ? string.Create(CultureInfo.InvariantCulture, $"trials is {fewer}, and the grid has {all}; a grid tries all of them, so leave trials out.")
            : spec.Budget < all * TotalSteps * Seeds.Count
                ? string.Create(CultureInfo.InvariantCulture, $"budget is {spec.Budget}; the grid needs {all * TotalSteps * Seeds.Count:F0} steps.")
            : null;
        return problem is null ? (int)all : throw new UserException(problem);
    }

    /// <summary>Steps that one trial costs on average if each rung promotes one in <see cref="SweepSpec.Factor"/>.</summary>
    double StepsPerTrial(SweepSpec spec)
    {
        var (sum, share, before) = (0.0, 1.0, 0L);
        foreach (var rung in Rungs)
        {
            (sum, share, before) = (sum + (share * (rung - before)), share / spec.Factor, rung);
        }

        return sum;
    }

    void ThrowIfTooFew(SweepSpec spec, int trials)
    {
        var needed = Math.Pow(spec.Factor, Rungs.Count - 1);
        if (trials < needed)
        {
            throw new UserException(string.Create(
                CultureInfo.InvariantCulture,
                $"trials is {trials}; with {Rungs.Count} rungs ({string.Join(", ", Rungs)} steps) of which each promotes one in {spec.Factor}, allowed: {needed:F0} or more, so that one reaches the last rung. Or give a larger first_rung."));
        }
    }

    IEnumerable<Trial> Grid()
    {
        var place = new int[Parameters.Count];
        for (var number = 0; ; number++)
        {
            yield return new(number, [.. Parameters.Select((parameter, i) => parameter.Values[place[i]])]);
            var last = place.Length - 1;
            while (last >= 0 && ++place[last] == Parameters[last].Values.Count)
            {
                place[last--] = 0;
            }

            if (last < 0)
            {
                yield break;
            }
        }
    }

    /// <summary>Each trial draws from a generator of its own, so that more trials leave the others as they are; none is there twice.</summary>
    IEnumerable<Trial> Drawn(int trials, long seed)
    {
        var drawn = new HashSet<string>();
        for (var number = 0; number < trials; number++)
        {
            var random = new Pcg64((ulong)seed, (uint)number);
            string[] values;
            var attempts = 0;
            do
            {
                // Ranges of real numbers may be so narrow that they hold few numbers of four digits.
                values = attempts++ < MostAttempts
                    ? [.. Parameters.Select(parameter => parameter.At(random.NextDouble()))]
                    : throw new UserException($"trials is {trials}; allowed: {number} or fewer, because no more different settings were found.");
            }
            while (!drawn.Add(string.Join('\n', values)));
            yield return new(number, values);
        }
    }
}

/// <summary>What of a run's options says when it is evaluated and when it ends.</summary>
readonly record struct TrainingSchedule(long TotalSteps, long EvaluationInterval)
{
    public static TrainingSchedule Of(RunOptions options) => new(options.Training.TotalSteps, options.Training.EvaluationInterval);
}
