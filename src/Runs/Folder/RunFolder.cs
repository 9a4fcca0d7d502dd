using System.Globalization;
using System.Text;
using System.Text.Json;
using RL.Agents;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// The folder of one run, and the only writer in it:
/// <code>
/// run.json              all options, versions, command lines; itself a preset
/// events.out.tfevents…  TensorBoard, one file per session
/// evaluation.csv        one line per evaluation
/// monitor.csv           one line per training episode, where training.log.monitor asks for it
/// checkpoints/          the newest states of the whole training loop, and the files that they share
/// policy.safetensors    the networks of the last evaluation; best.safetensors those of the best
/// result.json           how it ended
/// .files                the names of all these: what is not among them is left alone
/// .epoch                in a cluster, the attempt at the run that may write here
/// </code>
/// </summary>
sealed class RunFolder : ITrainingRun, IDisposable
{
    /// <summary>What TensorBoard's custom scalars draw together.</summary>
    static readonly (string Title, string[] Tags)[] _charts =
    [
        ("returns", ["episode/return", "evaluation/return"]), ("losses", ["loss/.*"]), ("values", ["value/.*"]), ("refinement", ["refine/.*"]),
        ("speed", ["time/steps_per_second"]),
    ];

    public const string DocumentName = "run.json";
    public const string PolicyName = "policy.safetensors";
    public const string BestPolicyName = "best.safetensors";
    public const string ErrorName = "error.log";

    const string EventsBeginning = "events.out.tfevents.";

    /// <summary>A run that was given to another worker finds out at the latest after that.</summary>
    static readonly TimeSpan _lookInterval = TimeSpan.FromSeconds(1);

    readonly RunLock _lock;
    readonly RunFiles _files;
    readonly RunOptions _options;
    readonly EventFile _events;
    readonly EvaluationTable _table;
    readonly MonitorTable? _monitor;
    readonly CheckpointFolder _checkpoints;
    readonly IReadOnlyList<CheckpointPart> _earlierEvents;
    readonly RunningMoments? _moments;
    readonly TimeProvider _clock;
    long _looked;

    RunFolder(
        RunFiles files,
        RunLock @lock,
        RunOptions options,
        TimeProvider clock,
        IReadOnlyList<CheckpointPart> earlierEvents,
        RunningMoments? moments)
    {
        var path = files.Folder;
        Path = path;
        _files = files;
        _lock = @lock;
        _options = options;
        _earlierEvents = earlierEvents;
        _moments = moments;
        _clock = clock;
        _looked = clock.GetTimestamp();
        RunRequest.Take(path);
        _checkpoints = new CheckpointFolder(files, options.Training.CheckpointsKept);
        _events = new EventFile(path, clock, files.Add, files.ThrowUnlessHeld);
        try
        {
            _table = new EvaluationTable(path);
            foreach (var row in EvaluationTable.Read(path))
            {
                Remember(row);
            }

            if (options.Training.Log.Monitor)
            {
                files.Add(MonitorTable.FileName);
                _monitor = new MonitorTable(path, options.Environment.Spec.Id, clock);
                _monitor.Write();
            }
        }
        catch
        {
            CloseLogs();
            throw;
        }
    }

    public string Path { get; }

    /// <summary>The last evaluation; null before the first.</summary>
    public EvaluationRow? Last { get; private set; }

    /// <summary>The evaluation with the highest mean return, the earlier of equals.</summary>
    public EvaluationRow? Best { get; private set; }

    /// <summary>
    /// Creates the folder of a new run. The moments of normalised observations are kept with the networks, which are useless without
    /// them.
    /// </summary>
    /// <exception cref="UserException">The chosen name is taken or not a name.</exception>
    public static RunFolder Create(
        string runs,
        string? name,
        RunOptions options,
        RunSession session,
        TimeProvider clock,
        RunningMoments? moments = null)
    {
        return Create(runs, name, options, [session], session.Started, (files, @lock) =>
        {
            var run = new RunFolder(files, @lock, options, clock, [], moments);
            run.LogOptions();
            return run;
        });
    }

    /// <summary>Creates the folder of a run that has had no session yet: its record alone, for <see cref="Resume"/> to begin.</summary>
    /// <returns>Its path.</returns>
    /// <exception cref="UserException">The chosen name is taken or not a name.</exception>
    public static string Prepare(string runs, string? name, RunOptions options, TimeProvider clock) =>
        Create(runs, name, options, [], clock.GetUtcNow(), (files, @lock) =>
        {
            @lock.Dispose();
            return files.Folder;
        });

    static T Create<T>(
        string runs, string? name, RunOptions options, IReadOnlyList<RunSession> sessions, DateTimeOffset now, Func<RunFiles, RunLock, T> open)
    {
        var fallback = RunNames.Default(options.Environment.Spec.Id, options.Agent.Name, options.Training.Seed, now);
        var (path, @lock) = RunNames.Create(runs, name, fallback);
        try
        {
            var files = RunFiles.Create(path);
            WriteDocument(path, options, sessions);
            return open(files, @lock);
        }
        catch
        {
            // A start that fails leaves no run, or its name would be taken. The record goes first: without it there is none.
            File.Delete(System.IO.Path.Combine(path, DocumentName));
            foreach (var file in Directory.GetFiles(path))
            {
                File.Delete(file);
            }

            @lock.Dispose();
            Directory.Delete(path);
            throw;
        }
    }

    /// <summary>
    /// Goes on with a run from a checkpoint that is loaded already, or from its beginning if it has none: what was logged after it is
    /// dropped, the policies are those of its evaluations, and a new event file is begun that tells readers so.
    /// </summary>
    public static RunFolder Resume(
        Resumption resumption,
        RunOptions options,
        RunSession session,
        TimeProvider clock,
        RunningMoments? moments = null)
    {
        var (files, path, manifest) = (resumption.Files, resumption.Path, resumption.Checkpoint?.Manifest);
        var logs = manifest?.Logs ?? [];
        foreach (var name in files.Find(EventsBeginning).Append(EvaluationTable.FileName).Concat(files.Find(MonitorTable.FileName)).ToList())
        {
            // A file that is younger than the checkpoint holds nothing but what is done again.
            if (logs.FirstOrDefault(log => log.Name == name) is { } then)
            {
                RegularFile.MakeOwn(files.PathOf(name));
                Truncate(files.PathOf(name), then.Length);
            }
            else
            {
                files.Delete(name);
            }
        }

        files.Delete(RunResult.FileName);
        WriteDocument(path, options, [.. resumption.Document.Sessions, session]);
        var earlier = logs.Where(log => log.Name.StartsWith(EventsBeginning, StringComparison.Ordinal) && File.Exists(files.PathOf(log.Name))).ToList();
        var run = new RunFolder(files, resumption.Lock, options, clock, earlier, moments);
        run._checkpoints.RestorePolicy(manifest?.Policy, PolicyName);
        run._checkpoints.RestorePolicy(manifest?.Best, BestPolicyName);
        if (manifest is null)
        {
            run.LogOptions();
        }
        else
        {
            run._checkpoints.GoOnFrom(manifest);
            run._events.SessionStart(manifest.Step + 1);
        }

        return run;
    }

    /// <inheritdoc/>
    public void EpisodeEnded(double episodeReturn, int length) => _monitor?.Add(episodeReturn, length);

    /// <inheritdoc/>
    public void Scalar(string tag, double value, long step) => _events.Scalar(tag, value, step);

    /// <inheritdoc/>
    public void Histogram(string tag, ReadOnlySpan<float> values, long step) => _events.Histogram(tag, values, step);

    /// <inheritdoc/>
    public void Image(string tag, int width, int height, ReadOnlySpan<byte> rgb, long step) =>
        _events.Image(tag, PngFile.Encode(width, height, rgb), step);

    /// <inheritdoc/>
    public void Evaluated(EvaluationResult result, IAgent agent)
    {
        _files.ThrowUnlessHeld();
        var row = EvaluationRow.Of(result);
        Remember(row);
        WritePolicy(PolicyName, row, agent);
        if (Best == row)
        {
            WritePolicy(BestPolicyName, row, agent);
        }

        _files.ThrowUnlessHeld();
        _table.Add(result);
    }

    /// <inheritdoc/>
    /// <exception cref="IOException">The disk does not take what is logged.</exception>
    public void Progress(long step)
    {
        if (_events.Failure is { } failure)
        {
            throw new IOException($"The event file cannot be written: {failure.Message}", failure);
        }

        if (_clock.GetElapsedTime(_looked) > _lookInterval)
        {
            _looked = _clock.GetTimestamp();
            _files.ThrowUnlessHeld();
        }

        _monitor?.Write();
    }

    /// <inheritdoc/>
    public void Checkpoint(long step, Action<BinaryWriter> save)
    {
        _files.ThrowUnlessHeld();
        // What the checkpoint names must be on disk before it is.
        _events.Flush(toDisk: true);
        _monitor?.Write(toDisk: true);
        CheckpointPart[] logs = [.. _earlierEvents, _events.Extent, _table.Extent, .. _monitor is null ? Array.Empty<CheckpointPart>() : [_monitor.Extent]];
        _checkpoints.Write(
            new(step, _options.Comparable, logs, [], null, null),
            Last is null ? null : (System.IO.Path.Combine(Path, PolicyName), Last.Step),
            Best is null ? null : (System.IO.Path.Combine(Path, Best == Last ? PolicyName : BestPolicyName), Best.Step),
            save);
    }

    /// <summary>Everything is done: what was logged is on the disk before the result says that the run is finished.</summary>
    public void End(RunResult result)
    {
        _files.ThrowUnlessHeld();
        _events.HyperParametersEnd(result.Steps, isSuccess: true);
        _events.Flush(toDisk: true);
        _monitor?.Write(toDisk: true);
        result.Write(Path);
    }

    /// <summary>Keeps what ended the run, if the disk takes it: the caller has the exception, and that is the one to be told of.</summary>
    public void Fail(Exception exception)
    {
        try
        {
            _files.ThrowUnlessHeld();
            File.WriteAllText(_files.PathOf(ErrorName), exception.ToString());
        }
        catch (Exception other) when (other is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            CloseLogs();
        }
        finally
        {
            _lock.Dispose();
        }
    }

    /// <summary>The options, for people and for the dashboard that compares runs by them.</summary>
    void LogOptions()
    {
        _events.Text("options/text_summary", Markdown(_options), 0);
        _events.HyperParameters(HyperParameters(_options));
        _events.Layout("training", _charts);
    }

    void CloseLogs()
    {
        try
        {
            _events.Dispose();
        }
        finally
        {
            _table?.Dispose();
            _monitor?.Dispose();
        }
    }

    void Remember(EvaluationRow row)
    {
        Last = row;
        Best = row.BetterThan(Best) ? row : Best;
    }

    void WritePolicy(string name, EvaluationRow row, IAgent agent) =>
        PolicyFile.Write(System.IO.Path.Combine(Path, name), agent.Networks, _moments, _options, row.Step);

    static void WriteDocument(string path, RunOptions options, IReadOnlyList<RunSession> sessions) => AtomicFile.WriteText(
        System.IO.Path.Combine(path, DocumentName),
        JsonSerializer.Serialize(options.Document with { Sessions = sessions }, OptionsJson.Settings) + "\n");

    static void Truncate(string file, long length)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.Read);
        if (stream.Length < length)
        {
            throw new InvalidDataException($"{file} has {stream.Length} bytes; the checkpoint was taken when it had {length}.");
        }

        stream.SetLength(length);
    }

    /// <summary>Numbers and truth values as such; lists, text and what is not set as text.</summary>
    static Dictionary<string, object> HyperParameters(RunOptions options)
    {
        var values = new Dictionary<string, object> { ["agent"] = options.Agent.Name, ["environment"] = options.Environment.Spec.Id };
        foreach (var key in options.Tree.Keys)
        {
            var value = options.Tree[key];
            values[key.Path] = value?.GetValueKind() switch
            {
                JsonValueKind.True => true,
                JsonValueKind.False => false,
                JsonValueKind.Number => value.Deserialize<double>(),
                JsonValueKind.String => value.GetValue<string>(),
                _ => value?.ToJsonString() ?? "null",
            };
        }

        return values;
    }

    static string Markdown(RunOptions options)
    {
        var table = new StringBuilder("| option | value |\n| --- | --- |\n");
        table.Append(CultureInfo.InvariantCulture, $"| agent | {options.Agent.Name} |\n");
        table.Append(CultureInfo.InvariantCulture, $"| environment | {options.Environment.Spec.Id} |\n");
        foreach (var key in options.Tree.Keys)
        {
            table.Append(CultureInfo.InvariantCulture, $"| {key.Path} | {options.Tree[key]?.ToJsonString() ?? "null"} |\n");
        }

        return table.ToString();
    }
}
