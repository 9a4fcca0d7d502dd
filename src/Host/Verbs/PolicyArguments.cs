using System.CommandLine;
using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>A policy that a run has learnt, and what it was learnt on.</summary>
/// <param name="Path">The run's folder, or the policy file where that stands alone.</param>
/// <param name="File">The policy file.</param>
/// <param name="Options">The options that it was trained with, but for those of the task that the user has changed.</param>
sealed record TrainedPolicy(string Path, string File, RunOptions Options)
{
    /// <summary>Whether the file stands alone, without a run's folder.</summary>
    public bool IsFile => Path == File;

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
    /// <exception cref="UserException">They are another's.</exception>
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
}

/// <summary>The arguments that say which policy is to play what; several verbs have them.</summary>
sealed class PolicyArguments
{
    /// <summary>What may differ from training: the task's options, and what results do not depend on.</summary>
    static readonly string[] _changeable = ["env.", "training.device", "training.threads", "training.environment_threads"];

    readonly Argument<string> _run = new("run|file")
    {
        Description = "A run: its folder, or its name under --runs; or a policy file (*.safetensors).",
    };

    readonly Argument<string[]> _assignments = new("key=value")
    {
        Description = "Options of the task that differ from training (./rl list options <agent> <environment>).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    readonly Option<bool> _best = new("--best") { Description = "Take the networks of the best evaluation, not of the last." };

    readonly Option<string> _runs = CommonOptions.Runs();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_run);
        command.Arguments.Add(_assignments);
        command.Options.Add(_best);
        command.Options.Add(_runs);
    }

    /// <summary>The policy that is meant; its file is there.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="further">Assignments beside those given.</param>
    /// <param name="alsoChangeable">Beginnings of further keys that may be given.</param>
    /// <exception cref="UserException">There is none, or an option is not allowed.</exception>
    public TrainedPolicy Find(
        ParseResult parsed, Func<RunOptions, IEnumerable<string>>? further = null, params string[] alsoChangeable)
    {
        var (path, file, document) = Locate(parsed.GetValue(_runs)!, parsed.GetValue(_run)!, parsed.GetValue(_best));
        var assignments = parsed.GetValue(_assignments) ?? [];
        string[] changeable = [.. _changeable, .. alsoChangeable];
        foreach (var assignment in assignments)
        {
            if (!Array.Exists(changeable, start => assignment.StartsWith(start, StringComparison.Ordinal)))
            {
                var allowed = changeable.Select(key => key + (key.EndsWith('.') ? "*" : ""));
                throw new UserException($"{assignment} cannot be changed after training; allowed: {string.Join(", ", allowed)}.");
            }
        }

        var options = RunOptions.Resolve(document, assignments);
        return new(path, file, further is null ? options : RunOptions.Resolve(document, assignments.Concat(further(options))));
    }

    /// <summary>The last policy of a run, or that of a file; it is there.</summary>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="name">A run or a policy file.</param>
    /// <exception cref="UserException">There is none.</exception>
    public static TrainedPolicy Find(string runs, string name)
    {
        var (path, file, document) = Locate(runs, name, isBest: false);
        return new(path, file, RunOptions.Resolve(document, []));
    }

    static (string Path, string File, Preset Options) Locate(string runs, string name, bool isBest)
    {
        if (name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || File.Exists(name))
        {
            return isBest ? throw new UserException($"--best chooses between the policies of a run; {name} is a file.")
                : File.Exists(name) ? (name, name, PolicyFile.ReadOptions(name))
                : throw new UserException($"There is no file {name}.");
        }

        var run = RunNames.Find(runs, name);
        var policy = Path.Combine(run, isBest ? RunFolder.BestPolicyName : RunFolder.PolicyName);
        return File.Exists(policy)
            ? (run, policy, Preset.Read(Path.Combine(run, RunFolder.DocumentName)))
            : throw new UserException($"There is no {policy}: the run has had no evaluation yet.");
    }
}
