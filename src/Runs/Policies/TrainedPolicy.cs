using System.Globalization;
using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>The policy of a training run, and what it was trained on.</summary>
/// <param name="Path">The run's folder, or the policy file where that stands alone.</param>
/// <param name="File">The policy file, or a checkpoint.</param>
/// <param name="Document">The options that it was trained with.</param>
/// <param name="Options">The same, but for those of the task that the user has changed.</param>
sealed record TrainedPolicy(string Path, string File, Preset Document, RunOptions Options)
{
    /// <summary>Names of choices beside steps: the newest checkpoint, and the policy of the best evaluation.</summary>
    const string Last = "last";
    const string Best = "best";

    const string CheckpointBeginning = "checkpoint-";
    const string CheckpointEnding = ".bin";

    /// <summary>What may differ from training: the task's options, and what results do not depend on.</summary>
    static readonly string[] _changeable = ["env.", "training.device", "training.threads", "training.environment_threads"];

    /// <summary>What may differ where the policy plays: how its actions are refined.</summary>
    public static readonly string[] Playing =
    [
        .. new[] { "evaluate.", "gradient.", "sharp.", "adr_gd." }.SelectMany(key => new[] { $"refine.{key}", $"agent.refine.{key}" }),
    ];

    /// <summary>Whether the file stands alone, without a run's folder.</summary>
    public bool IsFile => Path == File;

    /// <summary>Finds the policy of a run, or a policy file.</summary>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="name">A run, as its folder or its name in <paramref name="runs"/>, or a policy file.</param>
    /// <param name="choice">Of a run: "best", the policy of the best evaluation; "last" or a step, a checkpoint; null: of the last evaluation.</param>
    /// <param name="changes">key=value, what differs from training.</param>
    /// <param name="further">Assignments beside those given.</param>
    /// <param name="alsoChangeable">Beginnings of further keys that may be given.</param>
    /// <exception cref="UserException">There is none, or an option is not allowed.</exception>
    public static TrainedPolicy Find(
        string runs,
        string name,
        string? choice = null,
        IReadOnlyList<string>? changes = null,
        Func<RunOptions, IEnumerable<string>>? further = null,
        params string[] alsoChangeable)
    {
        var (path, file, document) = Locate(runs, name, choice);
        changes ??= [];
        string[] changeable = [.. _changeable, .. alsoChangeable];
        foreach (var change in changes)
        {
            if (!change.Contains('=', StringComparison.Ordinal))
            {
                throw new UserException($"'{change}' is not of the form key=value.");
            }

            if (!Array.Exists(changeable, start => change.StartsWith(start, StringComparison.Ordinal)))
            {
                var allowed = changeable.Select(key => key + (key.EndsWith('.') ? "*" : ""));
                throw new UserException($"{change} cannot be changed after training; allowed: {string.Join(", ", allowed)}.");
            }
        }

        var options = RunOptions.Resolve(document, changes);
        return new(path, file, document, further is null ? options : RunOptions.Resolve(document, changes.Concat(further(options))));
    }

    /// <summary>The networks, and the moments of normalised observations if there are any.</summary>
    /// <exception cref="UserException">The file is no policy file.</exception>
    public (IReadOnlyDictionary<string, Tensor> Networks, RunningMoments? Moments) Read()
    {
        try
        {
            var (networks, moments) = File.EndsWith(CheckpointEnding, StringComparison.Ordinal) ? ReadCheckpoint() : PolicyFile.Read(File);
            return (moments is not null) == Options.Training.Normalize.Observations ? (networks, moments)
                : throw new InvalidDataException(
                    $"{File} {(moments is null ? "lacks the" : "has")} moments of normalised observations, and its training.normalize.observations is "
                    + $"{(moments is null ? "true" : "false")}: it is not the policy that its options tell of.");
        }
        catch (InvalidDataException exception)
        {
            throw new UserException(exception.Message);
        }
    }

    /// <summary>Steps of training before it; null if the file does not say so.</summary>
    public long? Step() => long.TryParse(
        File.EndsWith(CheckpointEnding, StringComparison.Ordinal)
            ? System.IO.Path.GetFileNameWithoutExtension(File)[CheckpointBeginning.Length..]
            : PolicyFile.ReadStep(File),
        NumberStyles.None, CultureInfo.InvariantCulture, out var step)
        ? step
        : null;

    /// <summary>The evaluation of the run at that step; null if there was none.</summary>
    public ExportedReturn? Return() => !IsFile && Step() is { } step && EvaluationTable.Read(Path).LastOrDefault(row => row.Step == step) is { } row
        ? new(row.Mean, row.StandardDeviation, Options.Training.EvaluationEpisodes)
        : null;

    /// <summary>Puts the networks into an agent.</summary>
    /// <exception cref="UserException">They are of another architecture.</exception>
    public void Load(IAgent agent, IReadOnlyDictionary<string, Tensor> networks)
    {
        try
        {
            agent.LoadNetworks(networks);
        }
        catch (InvalidDataException exception)
        {
            throw new UserException($"{File}: {exception.Message}");
        }
    }

    /// <summary>The policy, ready to act.</summary>
    /// <exception cref="UserException">The file is no policy file, or does not fit its options.</exception>
    public Policy Open(TimeProvider clock)
    {
        var (networks, moments) = Read();
        using var environment = RunFactory.MakeEvaluation(Options, 1, moments);
        var agent = RunFactory.MakeAgent(Options, environment, clock);
        try
        {
            Load(agent, networks);
            return new Policy(Options, agent, moments, environment);
        }
        catch
        {
            agent.Dispose();
            throw;
        }
    }

    /// <summary>The networks as they stood at a checkpoint: of an agent as it was trained, whatever the user has changed since.</summary>
    (IReadOnlyDictionary<string, Tensor> Networks, RunningMoments? Moments) ReadCheckpoint()
    {
        var options = RunOptions.Resolve(Document, []);
        using var train = RunFactory.MakeTraining(options);
        using var agent = RunFactory.MakeAgent(options, train, TimeProvider.System);
        var run = new ObservedRun(agent, null, new(), new("", 0), () => { }, TimeProvider.System);
        CheckpointFile.Read(File).Restore(new TrainingLoop(agent, train, train, options.Training, run, TimeProvider.System).Load);
        var moments = RunFactory.MomentsOf(train);
        return (
            agent.Networks.ToDictionary(network => network.Key, network => network.Value.detach().clone()),
            moments is null ? null : new RunningMoments(moments.Mean, [.. Enumerable.Range(0, moments.Size).Select(moments.Variance)]));
    }

    /// <exception cref="UserException">There is none of that step, or none at all.</exception>
    static string Checkpoint(string run, string choice)
    {
        var folder = System.IO.Path.Combine(run, RunFiles.Checkpoints);
        var steps = (Directory.Exists(folder) ? Directory.GetFiles(folder, $"{CheckpointBeginning}*{CheckpointEnding}") : [])
            .Select(file => long.TryParse(
                System.IO.Path.GetFileNameWithoutExtension(file)[CheckpointBeginning.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var step)
                ? step
                : -1)
            .Where(step => step >= 0).OrderDescending().ToList();
        var found = choice == Last ? steps.Cast<long?>().FirstOrDefault()
            : long.TryParse(choice, NumberStyles.None, CultureInfo.InvariantCulture, out var chosen) && steps.Contains(chosen) ? chosen : null;
        return found is { } at
            ? System.IO.Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{CheckpointBeginning}{at}{CheckpointEnding}"))
            : throw new UserException(
                $"--checkpoint is {Shown.Short(choice)}; allowed for {run}: {string.Join(", ", [Best, .. steps.Count > 0 ? [Last] : Array.Empty<string>(), .. steps])}.");
    }

    static (string Path, string File, Preset Options) Locate(string runs, string name, string? choice)
    {
        if (name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || System.IO.File.Exists(name))
        {
            return choice is not null ? throw new UserException($"--best and --checkpoint choose between the policies of a run; {name} is a file.")
                : !System.IO.Path.Exists(name) ? throw new UserException($"There is no file {name}.")
                : RegularFile.Problem(name) is { } problem ? throw new UserException($"The policy is {name}; {problem}.")
                : (name, name, PolicyFile.ReadOptions(name));
        }

        var run = RunNames.Find(runs, name);
        if (choice is not null and not Best)
        {
            return (run, Checkpoint(run, choice), Preset.Read(System.IO.Path.Combine(run, RunFolder.DocumentName)));
        }

        var policy = System.IO.Path.Combine(run, choice is Best ? RunFolder.BestPolicyName : RunFolder.PolicyName);
        return System.IO.File.Exists(policy)
            ? (run, policy, Preset.Read(System.IO.Path.Combine(run, RunFolder.DocumentName)))
            : throw new UserException($"There is no {policy}: the run has had no evaluation yet. `--checkpoint last` plays its newest checkpoint.");
    }
}
