using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Agents;
using RL.Environments;
using static TorchSharp.torch;

namespace RL.Host;

/// <summary>Plays episodes with the networks of a run, or with a policy file by itself.</summary>
static class EvaluateVerb
{
    /// <summary>What may differ from training: the task's options, and what results do not depend on.</summary>
    static readonly string[] _changeable = ["env.", "training.device", "training.threads", "training.environment_threads"];

    static readonly Argument<string> _run = new("run|file")
    {
        Description = "A run: its folder, or its name under --runs; or a policy file (*.safetensors).",
    };

    static readonly Argument<string[]> _assignments = new("key=value")
    {
        Description = "Options of the task that differ from training (./rl list options <agent> <environment>).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<int?> _episodes = new("--episodes")
    {
        Description = "Episodes to play. Default: as many as in training; one if it is recorded.",
        HelpName = "N",
    };

    static readonly Option<long?> _seed = new("--seed")
    {
        Description = "Seed of the episodes. Default: that of the evaluations in training.",
        HelpName = "N",
    };

    static readonly Option<bool> _best = new("--best") { Description = "Take the networks of the best evaluation, not of the last." };

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<bool> _json = new("--json") { Description = "Print the result as one JSON line." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("evaluate", "Play episodes with what a run has learnt.")
        {
            _run, _assignments, _episodes, _seed, _best, _runs, _json,
        };
        RecordingOptions.AddTo(command);
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959",
            "./rl evaluate runs/HalfCheetah-v5__td3__s0__20250131-235959 --best --episodes 100 --seed 7 --json",
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959 --best --video cheetah.mp4",
            "./rl evaluate models/coinrun-easy-200.safetensors env.num_levels=0 --episodes 200");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var (path, policy, document) = Find(parsed);
        var options = RunOptions.Resolve(document, Assignments(parsed));
        var recording = RecordingOptions.Of(parsed);
        var episodes = parsed.GetValue(_episodes) ?? (recording.IsOn ? 1 : options.Training.EvaluationEpisodes);
        var seed = parsed.GetValue(_seed) ?? (long)Seeds.Of(options.Training.Seed, Purpose.Evaluation);
        if (episodes < 1 || seed < 0)
        {
            throw new UserException(
                episodes < 1 ? $"--episodes is {episodes}; allowed: 1 or more." : $"--seed is {seed}; allowed: 0 or more.");
        }

        var (networks, moments) = Read(policy);
        // What is recorded is one copy, episode after episode.
        using var environment = TrainingHost.MakeEvaluation(options, recording.IsOn ? 1 : episodes, moments);
        using var recorder = recording.IsOn ? new Recorder(recording, environment) : null;
        using var agent = TrainingHost.MakeAgent(options, environment, console.Clock);
        Load(agent, networks, policy);
        var result = Evaluation.Run(agent, environment, episodes, (ulong)seed, 0, outcome => recorder?.Show(outcome?.IsFinished(0) ?? false));
        recorder?.Finish();
        if (parsed.GetValue(_json))
        {
            console.Out.WriteLine(JsonSerializer.Serialize(
                new
                {
                    Run = path,
                    Policy = Path.GetFileName(policy),
                    Seed = seed,
                    Episodes = episodes,
                    result.Mean,
                    result.StandardDeviation,
                    result.Returns,
                    result.Lengths,
                },
                OptionsJson.Line));
        }
        else
        {
            console.Out.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"return {result.Mean:N1} ± {result.StandardDeviation:N1} (min {result.Returns.Min():N1}, max {result.Returns.Max():N1}), length {result.Lengths.Average():N1}, {episodes} episodes, seed {seed}"));
        }

        return 0;
    }

    /// <summary>The run or file that is meant, its policy file, and the options that it was trained with.</summary>
    static (string Path, string Policy, Preset Options) Find(ParseResult parsed)
    {
        var name = parsed.GetValue(_run)!;
        var isBest = parsed.GetValue(_best);
        if (name.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase) || File.Exists(name))
        {
            return isBest ? throw new UserException($"--best chooses between the policies of a run; {name} is a file.")
                : File.Exists(name) ? (name, name, PolicyFile.ReadOptions(name))
                : throw new UserException($"There is no file {name}.");
        }

        var run = RunNames.Find(parsed.GetValue(_runs)!, name);
        var policy = Path.Combine(run, isBest ? RunFolder.BestPolicyName : RunFolder.PolicyName);
        return File.Exists(policy)
            ? (run, policy, Preset.Read(Path.Combine(run, RunFolder.DocumentName)))
            : throw new UserException($"There is no {policy}: the run has had no evaluation yet.");
    }

    static (IReadOnlyDictionary<string, Tensor> Networks, RunningMoments? Moments) Read(string policy)
    {
        try
        {
            return PolicyFile.Read(policy);
        }
        catch (InvalidDataException exception)
        {
            throw new UserException(exception.Message);
        }
    }

    static void Load(IAgent agent, IReadOnlyDictionary<string, Tensor> networks, string policy)
    {
        try
        {
            agent.LoadNetworks(networks);
        }
        catch (InvalidDataException exception)
        {
            throw new UserException($"{policy}: {exception.Message}");
        }
    }

    static string[] Assignments(ParseResult parsed)
    {
        var assignments = parsed.GetValue(_assignments) ?? [];
        foreach (var assignment in assignments)
        {
            if (!Array.Exists(_changeable, start => assignment.StartsWith(start, StringComparison.Ordinal)))
            {
                throw new UserException(
                    $"{assignment} cannot be changed after training; allowed: {string.Join(", ", _changeable.Select(key => key + (key.EndsWith('.') ? "*" : "")))}.");
            }
        }

        return assignments;
    }
}
