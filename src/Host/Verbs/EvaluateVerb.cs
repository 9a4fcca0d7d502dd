using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RL.Agents;
using RL.Environments;

namespace RL.Host;

/// <summary>Plays episodes with the policy of a run or with a policy file.</summary>
static class EvaluateVerb
{
    static readonly PolicyArguments _policy = new();

    static readonly Option<int?> _episodes = new("--episodes")
    {
        Description = "Number of episodes. Default: as many as an evaluation in training; one with --video or --image.",
        HelpName = "N",
    };

    static readonly Option<long?> _seed = new("--seed")
    {
        Description = "Seed of the episodes. Default: the seed of the evaluations in training.",
        HelpName = "N",
    };

    static readonly Option<bool> _explore = CommonOptions.Explore();

    static readonly Option<bool> _refine = new("--refine")
    {
        Description = "Refine every action with the critic before it is executed, by SHARP unless refine.evaluate.method is given; refine.evaluate.* options may be given as key=value.",
    };

    static readonly Option<bool> _audit = new("--audit")
    {
        Description = "With refined actions: play the same episodes without refinement too, and show what the critic promised against what was gained.",
    };

    static readonly Option<bool> _json = new("--json") { Description = "Print the result as one JSON line." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("evaluate", "Evaluate the policy of a run or a policy file.")
        {
            _episodes, _seed, _explore, _refine, _audit, _json,
        };
        _policy.AddTo(command);
        RecordingOptions.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithExamples(
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959",
            "./rl evaluate runs/HalfCheetah-v5__td3__s0__20250131-235959 --best --episodes 100 --seed 7 --json",
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959 --best --video cheetah.mp4",
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959 --refine refine.evaluate.critic=minimum refine.evaluate.radius=0.1",
            "./rl evaluate HalfCheetah-v5__td3__s0__20250131-235959 --refine refine.evaluate.radius=2 --audit",
            "./rl evaluate models/coinrun-easy-200.safetensors env.num_levels=0 --episodes 200");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var (explore, refine) = (parsed.GetValue(_explore), parsed.GetValue(_refine));
        if (explore && refine)
        {
            throw new UserException("--explore and --refine exclude each other; allowed: one of them.");
        }

        var trained = _policy.Find(parsed, console, null, refine ? SwitchRefinementOn : null, TrainedPolicy.Playing);
        var options = trained.Options;
        refine = !explore && (options.AgentOptions as IRefinableOptions)?.Refine.Evaluate.IsOn == true;
        var (recording, audit) = (RecordingOptions.Of(parsed), parsed.GetValue(_audit));
        if (audit && (!refine || recording.IsOn || options.Training.Normalize.Rewards))
        {
            throw new UserException(
                "--audit compares refined with other play; allowed: with refined actions (--refine), without images and videos, and for agents "
                + "trained on rewards as they are (training.normalize.rewards=false).");
        }

        var episodes = parsed.GetValue(_episodes) ?? (recording.IsOn ? 1 : options.Training.EvaluationEpisodes);
        var seed = parsed.GetValue(_seed) ?? (long)Seeds.Of(options.Training.Seed, Purpose.Evaluation);
        Require.Within("--episodes", episodes, 1, int.MaxValue);
        Require.Within("--seed", seed, 0, long.MaxValue);
        using var policy = trained.Open(console.Clock);
        // What is recorded is one copy, episode after episode.
        using var environment = policy.MakeEvaluation(recording.IsOn || audit ? 1 : episodes);
        var agent = policy.Agent;
        if (audit)
        {
            Audit(
                RefinementAudit.Run(
                    (IRefinable)agent, environment, episodes, (ulong)seed, ((IRefinableOptions)options.AgentOptions).Discount),
                trained.Path, seed, parsed.GetValue(_json), console);
            return 0;
        }

        var network = explore ? (agent as IAttackable)?.PolicyNetwork : null;
        if (explore)
        {
            Require.DrawnActions(options.Agent.Name, network);
        }

        using var recorder = recording.IsOn ? new Recorder(recording, environment) : null;
        var (gains, random) = (0d, network?.NewRandom());
        // The policy alone: an agent that explores may be in its warm-up.
        ActInEvaluation act = network is not null
            ? (observations, actions, _) =>
            {
                using var scope = TorchSharp.torch.NewDisposeScope();
                network.Act(network.Inputs(observations), actions, random);
            }
        : refine ? (observations, actions, isPlaying) => gains += ((IRefinable)agent).ActRefined(observations, actions, isPlaying)
            : (observations, actions, _) => agent.Act(observations, actions, explore: false);
        var progress = new EpisodeProgress(status, episodes, console.Clock);
        EvaluationResult result;
        try
        {
            result = Evaluation.Run(act, environment, episodes, (ulong)seed, 0, Shown, progress.Finished, interruption.Token);
        }
        catch (OperationCanceledException) when (recorder is not null)
        {
            recorder.Finish();
            console.Log(LogLevel.Warning, string.Create(
                CultureInfo.InvariantCulture, $"rl: stopped in the first episode; what was recorded is partial: its first {recorder.Shown:N0} steps."));
            return interruption.Code;
        }

        recorder?.Finish();
        status.End();
        var isPartial = result.Returns.Count < episodes;
        // Every step that counts was refined once. (Of a partial result, episodes that did not end were refined too.)
        double? gain = refine && !isPartial ? gains / result.Lengths.Sum() : null;
        if (parsed.GetValue(_json))
        {
            console.Out.WriteLine(JsonSerializer.Serialize(
                new
                {
                    Run = trained.Path,
                    Policy = Path.GetFileName(trained.File),
                    Explore = explore,
                    Refine = refine,
                    Gain = gain,
                    Seed = seed,
                    Episodes = result.Returns.Count,
                    Partial = isPartial,
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
                $"return {result.Mean:N1} ± {result.StandardDeviation:N1} (min {result.Returns.Min():N1}, max {result.Returns.Max():N1}), length {result.Lengths.Average():N1}, {(isPartial ? $"partial: {result.Returns.Count} of {episodes}" : episodes)} episodes, seed {seed}{(gain is null ? "" : $", gain by the critic {gain:N3} a step")}"));
        }

        return interruption.Code;

        void Shown(StepOutcome? outcome)
        {
            if (recorder is not null)
            {
                recorder.Show(outcome?.IsFinished(0) ?? false);
                progress.Recorded(recorder.Shown);
            }
        }
    }

    static void Audit(RefinementAudit audit, string run, long seed, bool asJson, HostConsole console)
    {
        if (asJson)
        {
            console.Out.WriteLine(JsonSerializer.Serialize(
                new { Run = run, Seed = seed, Plain = audit.Plain.Returns, Refined = audit.Refined.Returns, audit.Promised, audit.Gained, audit.Overestimation },
                OptionsJson.Line));
            return;
        }

        var promised = audit.Promised.Average();
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"return {audit.Plain.Mean:N1} without, {audit.Refined.Mean:N1} with refinement, {audit.Plain.Returns.Count} episodes, seed {seed}"));
        console.Out.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"discounted, an episode: promised by the critic {promised:N2}, gained {audit.Gained.Average():N2}; the critic over-estimates its own policy by {audit.Overestimation.Average():N2}"));
    }

    static string[] SwitchRefinementOn(RunOptions options) => options.AgentOptions is IRefinableOptions { Refine.Evaluate: var evaluate }
        ? evaluate.IsOn ? [] : ["agent.refine.evaluate.method=sharp"]
        : throw new UserException($"--refine needs a critic of actions, which {options.Agent.Name} does not have; allowed: agents with refine.* options.");
}
