using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using RL.Agents;

namespace RL.Host;

/// <summary>Writes the policy of a run as an ONNX file.</summary>
static class ExportVerb
{
    static readonly PolicyArguments _policy = new();

    static readonly Argument<string> _file = new("file.onnx") { Description = "The file to write; one that is there is replaced." };

    static readonly Option<bool> _sampled = new("--sampled")
    {
        Description = "Draw actions as in training, from a noise that is a second input of the network (PPO, SAC).",
    };

    static readonly Option<int?> _episodes = new("--episodes")
    {
        Description = "Play that many episodes first and record their return. Default: the return of the run's evaluation at that step, if there is one.",
        HelpName = "N",
    };

    static readonly Option<bool> _json = new("--json") { Description = "Print what was written as one JSON line." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("export", "Write the policy of a run or a policy file as an ONNX file that plays without this program.")
        {
            _sampled, _episodes, _json,
        };
        _policy.AddTo(command, _file);
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl export HalfCheetah-v5__td3__s0__20250131-235959 cheetah.onnx --best",
            "./rl export HalfCheetah-v5__td3__s0__20250131-235959 cheetah.onnx --checkpoint last",
            "./rl export models/coinrun-easy-200.safetensors coinrun.onnx --sampled --episodes 100");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var file = parsed.GetValue(_file)!;
        if (!file.EndsWith(PolicyExport.Ending, StringComparison.OrdinalIgnoreCase))
        {
            throw new UserException($"The file to write is {file}; allowed: a name that ends in {PolicyExport.Ending}.");
        }

        Require.OutputFile("The file to write", file);
        var episodes = parsed.GetValue(_episodes);
        Require.Within("--episodes", episodes ?? 1, 1, int.MaxValue);
        var trained = _policy.Find(parsed, console);
        using var policy = trained.Open(console.Clock);
        var sampled = parsed.GetValue(_sampled);
        // What cannot be exported is not played before.
        OnnxPolicy.Build(policy, sampled);
        var evaluation = episodes is { } count ? ExportedReturn.Of(policy.Evaluate(count)) : trained.Return();
        PolicyExport.Write(file, policy, sampled, trained.Step(), evaluation);
        if ((policy.AgentOptions as IRefinableOptions)?.Refine.Evaluate.IsOn == true)
        {
            console.Log(LogLevel.Information, "note: the file has the policy's own action; the refinement that refine.evaluate asks for is not part of it.");
        }

        var reached = evaluation is null
            ? ""
            : string.Create(CultureInfo.InvariantCulture, $", return {evaluation.Mean:N1} ± {evaluation.StandardDeviation:N1} ({evaluation.Episodes} episodes)");
        console.Out.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(
                new
                {
                    Run = trained.Path,
                    Policy = Path.GetFileName(trained.File),
                    File = file,
                    Bytes = new FileInfo(file).Length,
                    Sampled = sampled,
                    Step = trained.Step(),
                    Return = evaluation?.Mean,
                },
                OptionsJson.Line)
            : $"{file}: {policy.Algorithm} on {policy.Environment.Id}, {policy.ObservationSpace} → {policy.ActionSpace}{reached}");
        return 0;
    }
}
