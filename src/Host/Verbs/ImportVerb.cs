using System.CommandLine;
using System.Text.Json;
using RL.Agents;

namespace RL.Host;

/// <summary>Makes policy files of other programs' policies.</summary>
static class ImportVerb
{
    static readonly Argument<string> _file = new("file")
    {
        Description = "ONNX (*.onnx), a zip of Stable-Baselines3, a state dictionary of PyTorch (*.pth), or safetensors with a layout.",
    };

    static readonly Argument<string[]> _assignments = new("key=value")
    {
        Description = "Options of the task (./rl list options <agent> <environment>).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<string?> _environment = new("--environment") { Description = "The task that the policy plays.", HelpName = "ID" };

    static readonly Option<string?> _out = new("--out")
    {
        Description = "The policy file to write; one that is there is replaced. Default: the file's name with .safetensors, here.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _layout = new("--layout")
    {
        Description = "A JSON file that says what the tensors of a safetensors file or a state dictionary are (docs/exchange.md).",
        HelpName = "FILE",
    };

    static readonly Option<string?> _normalize = new("--normalize")
    {
        Description = "A file of Stable-Baselines3's VecNormalize, by whose statistics observations are normalised.",
        HelpName = "FILE",
    };

    static readonly Option<string?> _activation = new("--activation")
    {
        Description = "Activation of a state dictionary of Stable-Baselines3. Default: what its zip says; else tanh for PPO, relu for the others.",
        HelpName = "relu|tanh|sigmoid",
    };

    static readonly Option<string?> _output = new("--output")
    {
        Description = "The output of an ONNX network that is the action or the logits. Default: its first.",
        HelpName = "NAME",
    };

    static readonly Option<string> _actions = new("--actions")
    {
        Description = "What continuous actions of an ONNX network are in: the task's units, or units of half their range (normalized).",
        HelpName = "environment|normalized",
        DefaultValueFactory = _ => "environment",
    };

    static readonly Option<bool> _json = new("--json") { Description = "Print what was written as one JSON line." };

    static readonly AssemblyOptions _assembly = new();

    public static Command Create(HostConsole console)
    {
        var command = new Command("import", "Make a policy file of another program's policy: ONNX, Stable-Baselines3, PyTorch, safetensors.")
        {
            _file, _assignments, _environment, _out, _layout, _normalize, _activation, _output, _actions, _json,
        };
        _assembly.AddTo(command);
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl import ppo_pendulum.zip --environment Pendulum-v1",
            "./rl import sac.zip --environment HalfCheetah-v4 --normalize vec_normalize.pkl --out cheetah.safetensors",
            "./rl import policy.onnx --environment procgen:coinrun distribution_mode=easy",
            "./rl evaluate cheetah.safetensors --episodes 10");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var file = parsed.GetValue(_file)!;
        Require.InputFile("The file to import", file);
        var environment = parsed.GetValue(_environment) ?? throw new UserException("--environment is missing: the task that the policy plays (`./rl list environments`).");
        foreach (var (option, path) in new[] { ("--layout", parsed.GetValue(_layout)), ("--normalize", parsed.GetValue(_normalize)) })
        {
            if (path is not null)
            {
                Require.InputFile(option, path);
            }
        }

        if (parsed.GetValue(_activation) is { } activation)
        {
            Require.OneOf("--activation", activation, ["relu", "tanh", "sigmoid"]);
        }

        Require.OneOf("--actions", parsed.GetValue(_actions)!, ["environment", "normalized"]);
        var output = parsed.GetValue(_out) ?? Path.ChangeExtension(Path.GetFileName(file), ".safetensors");
        Require.OutputFile("--out", output);
        if (Path.GetFullPath(output) == Path.GetFullPath(file) || !output.EndsWith(".safetensors", StringComparison.OrdinalIgnoreCase))
        {
            throw new UserException($"The policy file to write is {output}; allowed (--out): another file than the one to import, whose name ends in .safetensors.");
        }

        var options = PolicyImport.Run(file, environment, output, new()
        {
            Layout = parsed.GetValue(_layout),
            Normalize = parsed.GetValue(_normalize),
            Activation = parsed.GetValue(_activation),
            Output = parsed.GetValue(_output),
            IsNormalized = parsed.GetValue(_actions) == "normalized",
            Assignments = parsed.GetValue(_assignments) ?? [],
            Assembly = _assembly.Load(parsed, console),
        });
        var imported = (ImportedOptions)options.AgentOptions;
        var normalized = options.Training.Normalize.Observations;
        console.Out.WriteLine(parsed.GetValue(_json)
            ? JsonSerializer.Serialize(
                new
                {
                    File = output,
                    Environment = options.Environment.Spec.Id,
                    imported.Network,
                    imported.Head,
                    imported.Deviation,
                    imported.Critic,
                    NormalizedObservations = normalized,
                },
                OptionsJson.Line)
            : $"{output}: {options.Environment.Spec.Id}, {(normalized ? "normalised observations; " : "")}{imported.Network}");
        return 0;
    }
}
