using System.Globalization;
using System.Text.Json;
using RL.Environments;

namespace RL.Sweeps;

/// <summary>
/// The folder of a sweep:
/// <code>
/// sweep.json            what is searched, and how: with it the trials are known
/// t0000-s0/ …           a run folder for each trial and seed
/// failures.json         runs that failed by themselves, and why
/// sweep.db              SQLite: trials, runs and scores, made from the others
/// best.json             the best settings, as a preset
/// </code>
/// </summary>
public sealed class SweepFolder : IDisposable
{
    /// <summary>The specification.</summary>
    public const string DocumentName = "sweep.json";

    /// <summary>The best settings.</summary>
    public const string BestName = "best.json";

    const string FailuresName = "failures.json";
    const long MostBytes = 1 << 26;

    readonly RunLock? _lock;
    readonly Dictionary<string, string> _failures;

    SweepFolder(string path, SweepPlan plan, RunLock? @lock)
    {
        (Path, Plan, _lock) = (path, plan, @lock);
        _failures = ReadFailures(path);
    }

    /// <summary>Its path.</summary>
    public string Path { get; }

    /// <summary>Its name.</summary>
    public string Name => System.IO.Path.GetFileName(Path);

    /// <summary>What it is to do.</summary>
    public SweepPlan Plan { get; }

    /// <summary>Creates the folder of a new sweep.</summary>
    /// <param name="runs">Folder of the runs, in which it is to be.</param>
    /// <param name="name">Its name; null: &lt;environment&gt;__&lt;agent&gt;__sweep__&lt;time&gt;.</param>
    /// <param name="plan">What it is to do.</param>
    /// <param name="clock">For the name.</param>
    /// <exception cref="UserException">The name is taken or not a name.</exception>
    public static SweepFolder Create(string runs, string? name, SweepPlan plan, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(plan);
        ArgumentNullException.ThrowIfNull(clock);
        if (name is not null && File.Exists(System.IO.Path.Combine(runs, name, DocumentName)))
        {
            throw new UserException($"The sweep {System.IO.Path.Combine(runs, name)} exists already; choose another --name, or continue it with --resume {name}.");
        }

        var environment = RunOptions.FindEnvironment(plan.Spec.Environment).Spec.Id;
        var (path, @lock) = RunNames.Create(runs, name, RunNames.Series(environment, $"{plan.Spec.Agent}__sweep", clock.GetUtcNow()));
        try
        {
            Write(path, plan.Spec);
            return new(path, plan, @lock);
        }
        catch
        {
            @lock.Dispose();
            Directory.Delete(path, recursive: true);
            throw;
        }
    }

    /// <summary>Opens a sweep to go on with it.</summary>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="name">Its name under <paramref name="runs"/>, or its path.</param>
    /// <param name="trials">A larger number of trials; null: those that it has.</param>
    /// <exception cref="UserException">There is none, it is in use, or its specification cannot be used.</exception>
    public static SweepFolder Resume(string runs, string name, int? trials = null)
    {
        var path = Find(runs, name);
        var @lock = RunLock.TryTake(path) ?? throw new UserException($"The sweep {path} is in use by another process; wait for it or stop it first.");
        try
        {
            var spec = ReadSpec(System.IO.Path.Combine(path, DocumentName));
            if (trials is { } more && more < spec.Trials)
            {
                throw new UserException($"--trials is {more}; allowed when resuming: {spec.Trials} or more.");
            }

            var plan = Planned(path, trials is null ? spec : spec with { Trials = trials });
            if (trials is not null)
            {
                Write(path, plan.Spec);
            }

            return new(path, plan, @lock);
        }
        catch
        {
            @lock.Dispose();
            throw;
        }
    }

    /// <summary>Opens a sweep to look at it, while others may be at work there.</summary>
    /// <exception cref="UserException">There is none, or its specification cannot be used.</exception>
    public static SweepFolder Open(string runs, string name)
    {
        var path = Find(runs, name);
        return new(path, Planned(path, ReadSpec(System.IO.Path.Combine(path, DocumentName))), null);
    }

    /// <summary>Reads a specification.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    public static SweepSpec ReadSpec(string file)
    {
        if (RegularFile.Problem(file) is { } problem)
        {
            throw new UserException($"The specification {file} cannot be read: {problem}.");
        }

        try
        {
            var spec = JsonSerializer.Deserialize<SweepSpec>(RegularFile.ReadText(file, MostBytes), OptionsJson.Settings)
                ?? throw new UserException($"The specification {file} is empty; allowed: a JSON object with agent, environment, settings.");
            // A file may name an assembly, but only the user has one loaded.
            return spec with { Assembly = UserAssemblies.LoadNamedByData(spec.Assembly, TrustedAssemblies.OfTheUser) };
        }
        catch (Exception exception) when (exception is JsonException or ArgumentException or InvalidOperationException)
        {
            // The last two are what System.Text.Json has for keys that are there twice and for text that is no Unicode.
            throw new UserException($"The specification {file} cannot be read: {ErrorWords.Of(exception)}");
        }
    }

    /// <summary>Folder of a trial's run with one of the seeds.</summary>
    public string RunPath(int trial, long seed) => System.IO.Path.Combine(Path, RunName(trial, seed));

    /// <summary>Its name: t0007-s1.</summary>
    public static string RunName(int trial, long seed) => string.Create(CultureInfo.InvariantCulture, $"t{trial:D4}-s{seed}");

    /// <summary>Why a run failed by itself; null if it has not.</summary>
    public string? Failure(int trial, long seed) => _failures.GetValueOrDefault(RunName(trial, seed));

    /// <summary>Keeps why a run failed by itself, so that it is not tried again: it would fail again.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Fail(int trial, long seed, string error)
    {
        _failures[RunName(trial, seed)] = error;
        AtomicFile.WriteText(System.IO.Path.Combine(Path, FailuresName), JsonSerializer.Serialize(_failures, OptionsJson.Settings) + "\n");
    }

    /// <inheritdoc/>
    public void Dispose() => _lock?.Dispose();

    static SweepPlan Planned(string path, SweepSpec spec)
    {
        try
        {
            return SweepPlan.Of(spec);
        }
        catch (UserException exception)
        {
            throw new UserException($"{System.IO.Path.Combine(path, DocumentName)} cannot be used: {exception.Message}");
        }
    }

    static string Find(string runs, string name)
    {
        foreach (var path in new[] { name, System.IO.Path.Combine(runs, name) })
        {
            if (File.Exists(System.IO.Path.Combine(path, DocumentName)))
            {
                return System.IO.Path.TrimEndingDirectorySeparator(path);
            }
        }

        throw new UserException($"There is no sweep '{Shown.Text(name)}', neither as a folder nor under {runs}.");
    }

    static void Write(string path, SweepSpec spec) =>
        AtomicFile.WriteText(System.IO.Path.Combine(path, DocumentName), JsonSerializer.Serialize(spec, OptionsJson.Settings) + "\n");

    static Dictionary<string, string> ReadFailures(string path)
    {
        var file = System.IO.Path.Combine(path, FailuresName);
        try
        {
            return File.Exists(file) ? JsonSerializer.Deserialize<Dictionary<string, string>>(RegularFile.ReadText(file, MostBytes), OptionsJson.Settings) ?? [] : [];
        }
        catch (JsonException exception)
        {
            throw new UserException($"{file} is damaged: {ErrorWords.Of(exception)} Without it, the runs that failed are tried again.");
        }
    }
}
