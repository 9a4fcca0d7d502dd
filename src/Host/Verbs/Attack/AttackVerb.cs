using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RL.Agents;
using RL.Environments;
using RL.Studies;

namespace RL.Host;

/// <summary>Plays a policy whose observations are attacked, with several methods on the same episodes.</summary>
static class AttackVerb
{
    const string Kind = "attack";

    static readonly string[] _runSections = ["agent.", "training.", "env."];

    static readonly PolicyArguments _policy = new();

    static readonly Option<int?> _episodes = new("--episodes")
    {
        Description = "Episodes to play with each method. Default: as many as an evaluation in training.",
        HelpName = "N",
    };

    static readonly Option<long?> _seed = new("--seed")
    {
        Description = "Seed of the episodes and of what methods draw. Default: that of the evaluations in training.",
        HelpName = "N",
    };

    static readonly Option<string?> _levels = new("--levels")
    {
        Description = "Levels to play, of games that have levels: the seeds of the first and the last, or all. Default: those of "
            + "training.",
        HelpName = "FIRST-LAST|all",
    };

    static readonly Option<string?> _out = new("--out")
    {
        Description = "Folder for attack.json, attack.png and the TensorBoard files. Default: in attacks/, in the run's "
            + "folder or here.",
        HelpName = "DIR",
    };

    static readonly PieceArguments _pieces = new("the episodes of each attack");

    static readonly Option<bool> _explore = CommonOptions.Explore();

    static readonly Option<bool> _json = new("--json") { Description = "Print the results as one JSON line." };

    static readonly RecordArguments _attack = new([("--method", "methods")], (Kind, new AttackStudyOptions()));

    public static Command Create(HostConsole console)
    {
        var command = new Command(Kind, "Play a policy whose observations are attacked.")
        {
            _episodes, _seed, _levels, _explore, _out, _json,
        };
        _policy.AddTo(command);
        _pieces.AddTo(command);
        _attack.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithHelp(
            _attack,
            "./rl attack HalfCheetah-v5__td3__s0__20250131-235959 --method noise,fgsm,pgd,adr-gd,sharp --epsilon 0.05,0.15",
            "./rl attack HalfCheetah-v5__td3__s0__20250131-235959 --method pgd,adr-gd --passes default,50 --loss critic",
            "./rl attack models/coinrun-easy-200.safetensors --epsilon 1/255,3/255 --episodes 100 --levels 500-999 --targeted",
            "./rl attack models/coinrun-easy-200.safetensors --episodes 64 --shards 8 --workers 8",
            "./rl attack models/coinrun-easy-200.safetensors --restarts 2 --confidence 0.5 --budget 20 --whole-bytes");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        // What is no setting of the run is one of the attack.
        var assignments = _policy.Assignments(parsed).ToLookup(word => _runSections.Any(section => word.StartsWith(section, StringComparison.Ordinal)));
        var settings = _attack.Bind<AttackStudyOptions>(parsed, assignments[false]);
        var trained = _policy.Find(parsed, console, [.. assignments[true]], options => Levels(parsed, options));
        var options = trained.Options;
        var episodes = parsed.GetValue(_episodes) ?? options.Training.EvaluationEpisodes;
        var seed = parsed.GetValue(_seed) ?? (long)Seeds.Of(options.Training.Seed, Purpose.Evaluation);
        Require.Within("--episodes", episodes, 1, int.MaxValue);
        Require.Within("--seed", seed, 0, long.MaxValue);
        var folder = ResultsFolder.Of(parsed.GetValue(_out), trained, "attacks", AttackReport.FileName, console.Clock);
        using var learnt = trained.Open(console.Clock);
        using var environment = learnt.MakeEvaluation(episodes);
        var policy = (learnt.Agent as IAttackable)?.PolicyNetwork
            ?? throw new UserException($"The policy of {options.Agent.Name} is no network that can be attacked.");
        var explore = parsed.GetValue(_explore);
        if (explore)
        {
            Require.DrawnActions(options.Agent.Name, policy);
        }

        var (shards, place) = (_pieces.Shards(parsed, episodes), _pieces.Place(parsed));
        if (explore && shards > 1)
        {
            throw new UserException($"--shards is {shards}; allowed with --explore: 1, because what is drawn goes on from episode to episode.");
        }

        var plan = Require.Fits(() => settings.Plan(policy, environment.ObservationSpace, (ulong)seed));
        if (settings.Certify)
        {
            Require.Fits(() => CertificationStudy.ThrowUnlessFits(policy, environment.ObservationSpace, new(), console.Clock));
        }

        using var elsewhere = PolicyPieces.Of(
            (place.Cluster, place.Workers, _policy.Runs(parsed)), Kind, trained, _policy.Assembly(parsed),
            retry => status.Log(LogLevel.Warning, retry), console.Clock);
        var whole = new AttackPiece
        {
            Attack = plan[0].Options,
            Episodes = episodes,
            Seed = (ulong)seed,
            Explore = explore,
        };
        var attacks = 0;
        var study = AttackStudy.Run(
            policy, environment, plan, episodes, (ulong)seed, explore, status.WriteLine, settings.Certify ? console.Clock : null,
            elsewhere is null && shards == 1 ? null : (attack, deviations, stop) => Play(whole with { Attack = attack, Deviations = deviations }, stop),
            new PacedStatus(status, console.Clock).Show, interruption.Token);
        status.End();
        var report = new AttackReport(CommandLine.Typed(parsed), trained.File, options.Environment.Spec.Id, seed, explore, plan, study);
        report.Write(folder, console.Clock);
        if (parsed.GetValue(_json))
        {
            console.Out.WriteLine(JsonSerializer.Serialize(report.Document, OptionsJson.Line));
        }
        else
        {
            report.Print(console.Out);
            console.Out.WriteLine($"{(report.IsPartial ? "partial: stopped before the last attack; " : "")}written to {folder}");
        }

        return interruption.Code;

        async Task<AttackedEvaluationResult> Play(AttackPiece attack, CancellationToken stop)
        {
            var pieces = attack.Split(shards).ToList();
            if (elsewhere is null)
            {
                return AttackedEvaluationResult.Of(pieces.ConvertAll(piece => piece.Play(learnt, stop)));
            }

            var number = ++attacks;
            return AttackedEvaluationResult.Of(await Task.WhenAll(pieces.Select((piece, part) =>
                elsewhere.Do(string.Create(CultureInfo.InvariantCulture, $"a{number:000}-{part:000}"), piece, stop))).ConfigureAwait(false));
        }
    }

    /// <summary>The levels as assignments of the environment's options.</summary>
    static string[] Levels(ParseResult parsed, RunOptions options)
    {
        if (parsed.GetValue(_levels) is not { } levels)
        {
            return [];
        }

        if (options.EnvironmentOptions is not ProcgenOptions)
        {
            throw new UserException($"--levels is {levels}, but {options.Environment.Spec.Id} has no levels.");
        }

        var bounds = levels.Split('-').Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var level) ? level : -1).ToArray();
        return (levels, bounds) switch
        {
            ("all", _) => ["env.start_level=0", "env.num_levels=0"],
            (_, [>= 0 and var first, >= 0 and < int.MaxValue and var last]) when first <= last =>
                [$"env.start_level={first}", $"env.num_levels={last - first + 1}"],
            _ => throw new UserException($"--levels is {levels}; allowed: all, or two seeds of levels like 500-999."),
        };
    }
}
