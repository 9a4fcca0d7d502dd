using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RL.Agents;
using RL.Studies;

namespace RL.Host;

/// <summary>Certifies a policy: what no perturbation of its observations can change.</summary>
static class CertifyVerb
{
    const string Kind = "certify";

    static readonly string[] _runSections = ["agent.", "training.", "env."];

    static readonly PolicyArguments _policy = new();

    static readonly Option<int?> _episodes = new("--episodes")
    {
        Description = "Episodes of clean play that states are taken from. Default: as many as an evaluation in training.",
        HelpName = "N",
    };

    static readonly Option<long?> _seed = new("--seed")
    {
        Description = "Seed of the episodes and of what attacks draw. Default: that of the evaluations in training.",
        HelpName = "N",
    };

    static readonly Option<string?> _out = new("--out")
    {
        Description = "Folder for certificates.json, the pictures and the TensorBoard files. Default: in certificates/, in the run's folder or here.",
        HelpName = "DIR",
    };

    static readonly PieceArguments _pieces = new("the states under each ε");

    static readonly Option<bool> _json = new("--json") { Description = "Print the results as one JSON line." };

    static readonly RecordArguments _certify = new([("--method", "methods")], ("certify", new CertificationOptions()));

    public static Command Create(HostConsole console)
    {
        var command = new Command(Kind, "Prove what no perturbation of a policy's observations can change.")
        {
            _episodes, _seed, _out, _json,
        };
        _policy.AddTo(command);
        _pieces.AddTo(command);
        _certify.AddTo(command);
        command.SetAction(parsed => Interruption.Run(console, (status, interruption) => Run(parsed, console, status, interruption)));
        return command.WithHelp(
            _certify,
            "./rl certify models/coinrun-easy-200.safetensors --epsilon 0.25/255,0.5/255 --states 200",
            "./rl certify HalfCheetah-v5__td3__s0__20250131-235959 --epsilon 0.01,0.05 --method crown,alpha --radius",
            "./rl certify models/coinrun-easy-200.safetensors --epsilon 0.25/255 --states 20 --method crown,branch --seconds 60",
            "./rl certify models/coinrun-easy-200.safetensors --states 400 --shards 8 --workers 2");
    }

    static int Run(ParseResult parsed, HostConsole console, StatusLine status, Interruption interruption)
    {
        var assignments = _policy.Assignments(parsed).ToLookup(word => _runSections.Any(section => word.StartsWith(section, StringComparison.Ordinal)));
        var settings = _certify.Bind<CertificationOptions>(parsed, assignments[false]);
        var trained = _policy.Find(parsed, console, [.. assignments[true]]);
        var options = trained.Options;
        var episodes = Math.Max(parsed.GetValue(_episodes) ?? options.Training.EvaluationEpisodes, settings.WholeEpisodes ?? 1);
        var seed = parsed.GetValue(_seed) ?? (long)Seeds.Of(options.Training.Seed, Purpose.Evaluation);
        Require.Within("--episodes", parsed.GetValue(_episodes) ?? 1, 1, int.MaxValue);
        Require.Within("--seed", seed, 0, long.MaxValue);
        var (shards, place) = (_pieces.Shards(parsed, settings.WholeEpisodes is null ? settings.States : int.MaxValue), _pieces.Place(parsed));
        var folder = ResultsFolder.Of(parsed.GetValue(_out), trained, "certificates", CertificationReport.FileName, console.Clock);
        using var learnt = trained.Open(console.Clock);
        using var environment = learnt.MakeEvaluation(episodes);
        var policy = (learnt.Agent as IAttackable)?.PolicyNetwork
            ?? throw new UserException($"The policy of {options.Agent.Name} is no network that can be certified.");
        Require.Fits(() => CertificationStudy.ThrowUnlessFits(policy, environment.ObservationSpace, settings, new CpuClock()));

        using var elsewhere = PolicyPieces.Of(
            (place.Cluster, place.Workers, _policy.Runs(parsed)), Kind, trained, _policy.Assembly(parsed),
            retry => status.Log(LogLevel.Warning, retry), console.Clock);
        var study = CertificationStudy.Run(
            policy, environment, settings, episodes, (ulong)seed, new CpuClock(), status.WriteLine, shards,
            elsewhere is null ? null : new PieceCertifier(elsewhere, settings), new PacedStatus(status, console.Clock).Show, interruption.Token);
        status.End();
        var report = new CertificationReport(CommandLine.Typed(parsed), trained.File, options.Environment.Spec.Id, seed, settings, study) { IsPartial = interruption.Token.IsCancellationRequested };
        report.Write(folder, console.Clock);
        if (parsed.GetValue(_json))
        {
            console.Out.WriteLine(JsonSerializer.Serialize(report.Document, OptionsJson.Line));
        }
        else
        {
            report.Print(console.Out);
            console.Out.WriteLine($"{(report.IsPartial ? "partial: stopped before the last ε; " : "")}written to {folder}");
        }
        return interruption.Code;
    }
}
