using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Runs;

/// <summary>The policy of a training run, and what it was trained on.</summary>
/// <param name="Path">The run's folder, or the policy file where that stands alone.</param>
/// <param name="File">The policy file.</param>
/// <param name="Options">The options that it was trained with, but for those of the task that the user has changed.</param>
sealed record TrainedPolicy(string Path, string File, RunOptions Options)
{
    /// <summary>What may differ from training: the task's options, and what results do not depend on.</summary>
    static readonly string[] _changeable = ["env.", "training.device", "training.threads", "training.environment_threads"];

    /// <summary>Whether the file stands alone, without a run's folder.</summary>
    public bool IsFile => Path == File;

    /// <summary>Finds the policy of a run, or a policy file.</summary>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="name">A run, as its folder or its name in <paramref name="runs"/>, or a policy file.</param>
    /// <param name="isBest">The policy of the best evaluation, not of the last.</param>
    /// <param name="changes">key=value, what differs from training.</param>
    /// <param name="further">Assignments beside those given.</param>
    /// <param name="alsoChangeable">Beginnings of further keys that may be given.</param>
    /// <exception cref="UserException">There is none, or an option is not allowed.</exception>
    public static TrainedPolicy Find(
        string runs,
        string name,
        bool isBest = false,
        IReadOnlyList<string>? changes = null,
        Func<RunOptions, IEnumerable<string>>? further = null,
        params string[] alsoChangeable)
    {
        var (path, file, document) = Locate(runs, name, isBest);
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
        return new(path, file, further is null ? options : RunOptions.Resolve(document, changes.Concat(further(options))));
    }

    /// <summary>The networks, and the moments of normalised observations if there are any.</summary>
    /// <exception cref="UserException">The file is no policy file.</exception>
    public (IReadOnlyDictionary<string, Tensor> Networks, RunningMoments? Moments) Read()
    {
        try
        {
            return PolicyFile.Read(File);
        }
        catch (InvalidDataException exception)
        {
            throw new UserException(exception.Message);
        }
    }

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

    static (string Path, string File, Preset Options) Locate(string runs, string name, bool isBest)
    {
        if (name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || System.IO.File.Exists(name))
        {
            return isBest ? throw new UserException($"--best chooses between the policies of a run; {name} is a file.")
                : System.IO.File.Exists(name) ? (name, name, PolicyFile.ReadOptions(name))
                : throw new UserException($"There is no file {name}.");
        }

        var run = RunNames.Find(runs, name);
        var policy = System.IO.Path.Combine(run, isBest ? RunFolder.BestPolicyName : RunFolder.PolicyName);
        return System.IO.File.Exists(policy)
            ? (run, policy, Preset.Read(System.IO.Path.Combine(run, RunFolder.DocumentName)))
            : throw new UserException($"There is no {policy}: the run has had no evaluation yet.");
    }
}
