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
/// checkpoints/          the newest two states of the whole training loop
/// policy.safetensors    the networks of the last evaluation; best.safetensors those of the best
/// result.json           status and last evaluations
/// </code>
/// </summary>
sealed class RunFolder : ITrainingRun, IDisposable
{
    public const string DocumentName = "run.json";
    public const string PolicyName = "policy.safetensors";
    public const string BestPolicyName = "best.safetensors";

    readonly RunLock _lock;
    readonly RunOptions _options;
    readonly EventFile _events;
    readonly EvaluationTable _table;
    readonly CheckpointFolder _checkpoints;
    readonly Dictionary<string, long> _earlierEvents;
    readonly RunningMoments? _moments;

    RunFolder(
        string path,
        RunLock @lock,
        RunOptions options,
        TimeProvider clock,
        Dictionary<string, long> earlierEvents,
        RunningMoments? moments)
    {
        Path = path;
        _lock = @lock;
        _options = options;
        _earlierEvents = earlierEvents;
        _moments = moments;
        _events = new EventFile(path, clock);
        _table = new EvaluationTable(path);
        _checkpoints = new CheckpointFolder(System.IO.Path.Combine(path, "checkpoints"));
        foreach (var row in EvaluationTable.Read(path))
        {
            Remember(row);
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
        var fallback = RunNames.Default(options.Environment.Spec.Id, options.Agent.Name, options.Training.Seed, session.Started);
        var path = RunNames.Create(runs, name, fallback);
        var @lock = RunLock.TryTake(path) ?? throw new IOException($"The new run folder {path} is in use.");
        WriteDocument(path, options, [session]);
        var run = new RunFolder(path, @lock, options, clock, [], moments);
        run._events.Text("options/text_summary", Markdown(options), 0);
        return run;
    }

    /// <summary>
    /// Reopens a run whose checkpoint is loaded. What was logged after the checkpoint is removed, and a new event file starts with a
    /// session marker, so that readers discard it too.
    /// </summary>
    public static RunFolder Resume(
        Resumption resumption,
        RunOptions options,
        RunSession session,
        TimeProvider clock,
        RunningMoments? moments = null)
    {
        var path = resumption.Path;
        var lengths = resumption.Checkpoint.Lengths;
        foreach (var file in Directory.EnumerateFiles(path, "events.out.tfevents.*"))
        {
            // A file younger than the checkpoint only holds steps that will be repeated.
            if (lengths.TryGetValue(System.IO.Path.GetFileName(file), out var length))
            {
                Truncate(file, length);
            }
            else
            {
                File.Delete(file);
            }
        }

        Truncate(System.IO.Path.Combine(path, EvaluationTable.FileName), lengths[EvaluationTable.FileName]);
        File.Delete(System.IO.Path.Combine(path, RunResult.FileName));
        WriteDocument(path, options, [.. resumption.Document.Sessions, session]);
        var earlier = lengths.Where(pair => pair.Key != EvaluationTable.FileName).ToDictionary();
        var run = new RunFolder(path, resumption.Lock, options, clock, earlier, moments);
        run._events.SessionStart(resumption.Checkpoint.Step + 1);
        return run;
    }

    /// <inheritdoc/>
    public void Scalar(string tag, double value, long step) => _events.Scalar(tag, value, step);

    /// <inheritdoc/>
    public void Evaluated(EvaluationResult result, IAgent agent)
    {
        var row = EvaluationRow.Of(result);
        Remember(row);
        WritePolicy(PolicyName, row, agent);
        if (Best == row)
        {
            WritePolicy(BestPolicyName, row, agent);
        }

        _table.Add(result);
    }

    /// <inheritdoc/>
    public void Progress(long step)
    {
    }

    /// <inheritdoc/>
    public void Checkpoint(long step, Action<BinaryWriter> save)
    {
        // The lengths that the checkpoint names must be on disk before it is.
        _events.Flush(toDisk: true);
        var lengths = new Dictionary<string, long>(_earlierEvents)
        {
            [_events.Name] = _events.Length,
            [EvaluationTable.FileName] = _table.Length,
        };
        _checkpoints.Write(step, lengths, save);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _events.Dispose();
        _table.Dispose();
        _lock.Dispose();
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
