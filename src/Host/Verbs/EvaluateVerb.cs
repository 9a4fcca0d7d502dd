using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using RL.Agents;

namespace RL.Host;

/// <summary>Plays episodes with the networks of a run.</summary>
static class EvaluateVerb
{
    static readonly Argument<string> _run = new("run") { Description = "A run: its folder, or its name under --runs." };

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
        var command = new Command("evaluate", "Play episodes with what a run has learnt.") { _run, _episodes, _seed, _best, _runs, _json };
        RecordingOptions.AddTo(command);
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959",
            "./rl evaluate runs/HalfCheetah-v5__td3__s0__20250131-235959 --best --episodes 100 --seed 7 --json",
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959 --best --video cheetah.mp4");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var path = RunNames.Find(parsed.GetValue(_runs)!, parsed.GetValue(_run)!);
        var options = RunOptions.Resolve(Preset.Read(Path.Combine(path, RunFolder.DocumentName)), []);
        var recording = RecordingOptions.Of(parsed);
        var episodes = parsed.GetValue(_episodes) ?? (recording.IsOn ? 1 : options.Training.EvaluationEpisodes);
        var seed = parsed.GetValue(_seed) ?? (long)Seeds.Of(options.Training.Seed, Purpose.Evaluation);
        if (episodes < 1 || seed < 0)
        {
            throw new UserException(
                episodes < 1 ? $"--episodes is {episodes}; allowed: 1 or more." : $"--seed is {seed}; allowed: 0 or more.");
        }

        var policy = Path.Combine(path, parsed.GetValue(_best) ? RunFolder.BestPolicyName : RunFolder.PolicyName);
        if (!File.Exists(policy))
        {
            throw new UserException($"There is no {policy}: the run has had no evaluation yet.");
        }

        var (networks, moments) = PolicyFile.Read(policy);
        // What is recorded is one copy, episode after episode.
        using var environment = TrainingHost.MakeEvaluation(options, recording.IsOn ? 1 : episodes, moments);
        using var recorder = recording.IsOn ? new Recorder(recording, environment) : null;
        using var agent = TrainingHost.MakeAgent(options, environment, console.Clock);
        agent.LoadNetworks(networks);
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
}
