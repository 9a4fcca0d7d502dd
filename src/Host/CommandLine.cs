using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace RL.Host;

/// <summary>The verbs and their exit codes: 0 success, 1 failure, 2 usage error.</summary>
static class CommandLine
{
    const int Failed = 1;
    const int UsageError = 2;

    public static int Run(IReadOnlyList<string> arguments, HostConsole console)
    {
        try
        {
            var root = Root(console);
            var result = root.Parse(arguments.Count == 0 ? ["--help"] : arguments);
            if (result.Action is ParseErrorAction)
            {
                var command = result.CommandResult.Command;
                var verb = Path(command);
                var problem = result.UnmatchedTokens is [var word, ..]
                    ? $"There is no command or argument '{word}'{Nearest.Suggestion(word, command.Subcommands.Select(other => other.Name))}"
                    : result.Errors[0].Message;
                throw new UserException($"{problem} See `./{verb} --help`.");
            }

            return result.Invoke(new InvocationConfiguration
            {
                Output = console.Out,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                // Training handles signals itself.
                ProcessTerminationTimeout = null,
            });
        }
        catch (UserException exception)
        {
            console.Error.WriteLine($"rl: {exception.Message}");
            return UsageError;
        }
        catch (Exception exception)
        {
            var isDebugging = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("RL_DEBUG"));
            console.Error.WriteLine($"rl: {(isDebugging ? exception : exception.Message)}");
            return Failed;
        }
    }

    /// <summary>The command as it was typed, to be recorded with its results.</summary>
    public static string Typed(ParseResult parsed) =>
        $"./rl {string.Join(' ', parsed.Tokens.Select(token => token.Value.Contains(' ') ? $"'{token.Value}'" : token.Value))}";

    /// <summary>Shows usage examples below a verb's help.</summary>
    public static Command WithExamples(this Command command, params string[] examples)
    {
        command.Options.Add(new HelpOption { Action = new ExamplesHelp(examples) });
        return command;
    }

    /// <summary>"rl", "rl train", "rl optimize classifier": the path of a command.</summary>
    static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "rl";

    static RootCommand Root(HostConsole console)
    {
        var root = new RootCommand("Train, evaluate and attack reinforcement-learning agents, and optimise the inputs of ReLU networks.")
        {
            TrainVerb.Create(console),
            EvaluateVerb.Create(console),
            AttackVerb.Create(console),
            DrawVerb.Create(console),
            CompareVerb.Create(console),
            ListVerb.Create(console),
            CheckVerb.Create(console),
            TrainClassifierVerb.Create(console),
            OptimizeVerb.Create(console),
        };
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        root.Options.OfType<HelpOption>().Single().Action = new ExamplesHelp(
            "./rl list environments",
            "./rl train td3 HalfCheetah-v5 --seed 1",
            "./rl train td3 HalfCheetah-v5 --preset td3-adr-gd --steps 300000",
            "./rl evaluate HalfCheetah-v5__td3__s1__20250131-235959");
        return root;
    }

    sealed class PrintVersion : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            parseResult.InvocationConfiguration.Output.WriteLine(Versions.Program);
            return 0;
        }
    }

    sealed class ExamplesHelp(params string[] examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            new HelpAction().Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            output.WriteLine("Examples:");
            foreach (var example in examples)
            {
                output.WriteLine($"  {example}");
            }

            output.WriteLine();
            return 0;
        }
    }
}
