using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Globalization;
using Microsoft.Extensions.Logging;
using RL.Agents;
using RL.Environments;

namespace RL.Host;

/// <summary>The verbs and their exit codes: 0 success, 1 failure, 2 usage error.</summary>
static class CommandLine
{
    const int Failed = 1;
    const int UsageError = 2;
    const int LongestMessage = 4000;

    static readonly Option<string?> _logLevel = CommonOptions.LogLevelOption();

    public static int Run(IReadOnlyList<string> arguments, HostConsole console)
    {
        try
        {
            var root = Root(console);
            var result = root.Parse(arguments.Count == 0 ? ["--help"] : arguments);
            ThrowIfMisused(result);
            console.Level = Level(result);
            var start = console.Clock.GetTimestamp();
            console.Log(LogLevel.Debug, $"rl {Versions.Program}: {Typed(result)}");
            var code = result.Invoke(new InvocationConfiguration
            {
                Output = console.Out,
                Error = console.Error,
                EnableDefaultExceptionHandler = false,
                // Training handles signals itself.
                ProcessTerminationTimeout = null,
            });
            console.Log(LogLevel.Debug, string.Create(
                CultureInfo.InvariantCulture, $"exit code {code} after {console.Clock.GetElapsedTime(start).TotalSeconds:F1} s"));
            return code;
        }
        catch (UserException exception)
        {
            console.Error.WriteLine($"rl: {Shown.Lines(Short(exception.Message))}");
            return UsageError;
        }
        catch (Exception exception)
        {
            var isDebugging = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("RL_DEBUG"));
            console.Error.WriteLine($"rl: {Shown.Lines(isDebugging ? exception.ToString() : Short(exception.Sentence()))}");
            return Failed;
        }
    }

    /// <summary>A message that quotes what a damaged file holds has no bound of its own.</summary>
    static string Short(string message) => message.Length <= LongestMessage ? message : string.Create(
        CultureInfo.InvariantCulture, $"{message[..(LongestMessage / 2)]} … {message[^(LongestMessage / 2)..]}");

    /// <summary>The command as it was typed, to be recorded with its results.</summary>
    public static string Typed(ParseResult parsed) =>
        $"./rl {string.Join(' ', parsed.Tokens.Select(token => token.Value.Contains(' ') ? $"'{token.Value}'" : token.Value))}";

    /// <summary>Shows usage examples below a verb's help.</summary>
    public static Command WithExamples(this Command command, params string[] examples) => command.WithHelp(null, examples);

    /// <summary>Shows the settings of a verb's records and usage examples below its help.</summary>
    public static Command WithHelp(this Command command, RecordArguments? records, params string[] examples)
    {
        command.Options.Add(new HelpOption { Action = new ExamplesHelp(records, examples) });
        return command;
    }

    /// <summary>"rl", "rl train", "rl optimize classifier": the path of a command.</summary>
    static string Path(Command command) =>
        command.Parents.OfType<Command>().FirstOrDefault() is { } parent ? $"{Path(parent)} {command.Name}" : "rl";

    /// <summary>What the verb may tell standard error; --quiet is an option of some verbs.</summary>
    /// <exception cref="UserException">There is no such level, or the two contradict each other.</exception>
    static LogLevel Level(ParseResult result)
    {
        if (result.Action is ExamplesHelp or PrintVersion)
        {
            return LogLevel.Information;
        }

        var quiet = result.CommandResult.Command.Options.OfType<Option<bool>>().FirstOrDefault(option => option.Name == "--quiet");
        return CommonOptions.Level(result.GetValue(_logLevel), quiet is not null && result.GetValue(quiet));
    }

    /// <summary>Refuses what no verb knows, in the same words for all of them.</summary>
    /// <exception cref="UserException">An option, a verb or a value is not what it must be.</exception>
    static void ThrowIfMisused(ParseResult result)
    {
        if (result.Action is ExamplesHelp or PrintVersion)
        {
            return;
        }

        var command = result.CommandResult.Command;
        // Arguments that take any number of words take a misspelt option for one.
        var words = result.CommandResult.Children.OfType<ArgumentResult>().SelectMany(argument => argument.Tokens)
            .Select(token => token.Value).Concat(result.UnmatchedTokens).ToList();
        var unknown = result.UnmatchedTokens is [var first, ..] ? first : null;
        var intended = unknown is null ? null : Intended(unknown, result);
        var problem = intended is not null ? $"There is no command or argument '{unknown}'{intended}"
            : words.Find(word => word.Length > 1 && word[0] == '-' && (word[1] == '-' || char.IsLetter(word[1]))) is { } option
                ? $"There is no option {option}{Nearest.Suggestion(option, command.Options.Append(_logLevel).Select(known => known.Name))}"
            : result.Action is not ParseErrorAction ? null
            : result.UnmatchedTokens is [var word, ..]
                ? $"There is no command or argument '{word}'{Nearest.Suggestion(word, command.Subcommands.Select(other => other.Name))}"
            : Words(result.Errors[0]);
        if (problem is not null)
        {
            throw new UserException($"{problem} See `./{Path(command)} --help`.");
        }
    }

    /// <summary>An agent or a task where the verb should stand: the command that was probably meant, as the end of a sentence.</summary>
    static string? Intended(string word, ParseResult result)
    {
        if (result.CommandResult.Command is not RootCommand)
        {
            return null;
        }

        var rest = string.Join(' ', result.Tokens.Select(token => token.Value));
        return AgentCatalog.Entries.ContainsKey(word) ? $"; did you mean `./rl train {rest}`?"
            : EnvironmentCatalog.Find(word) is not null ? $"; did you mean `./rl train AGENT {rest}`?"
            : null;
    }

    static string Words(ParseError error) => error.SymbolResult switch
    {
        OptionResult { Option: var option, Tokens: [] } => $"{option.Name} needs a value{(option.HelpName is { } kind ? $": {kind}" : "")}.",
        OptionResult { Option: var option, Tokens.Count: > 1 } when option.Arity.MaximumNumberOfValues == 1 =>
            $"{option.Name} is given more than once.",
        OptionResult { Option: var option, Tokens: [.., var value] } when TypeName(option.ValueType) is { } type =>
            $"{option.Name} is {value.Value}; allowed: {type}.",
        ArgumentResult { Argument: var argument, Tokens: [] } => $"What is missing: {argument.Name}.",
        _ => error.Message,
    };

    /// <summary>In a user's words; null of what is any text.</summary>
    static string? TypeName(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type == typeof(bool) ? "true or false"
            : type == typeof(int) || type == typeof(long) ? "a whole number"
            : type == typeof(double) ? "a number"
            : null;
    }

    static RootCommand Root(HostConsole console)
    {
        var root = new RootCommand("Train, evaluate and attack reinforcement-learning agents, and optimise the inputs of ReLU networks.")
        {
            TrainVerb.Create(console),
            SweepVerb.Create(console),
            EvaluateVerb.Create(console),
            AttackVerb.Create(console),
            CertifyVerb.Create(console),
            ExportVerb.Create(console),
            ImportVerb.Create(console),
            DrawVerb.Create(console),
            CompareVerb.Create(console),
            RunsVerb.Create(console),
            DashboardVerb.Create(console),
            ListVerb.Create(console),
            CheckVerb.Create(console),
            TrainClassifierVerb.Create(console),
            OptimizeVerb.Create(console),
            WorkerVerb.Create(console),
            ClusterVerb.Create(console),
        };
        root.Options.Add(_logLevel);
        root.Options.OfType<VersionOption>().Single().Action = new PrintVersion();
        root.Options.OfType<HelpOption>().Single().Action = new ExamplesHelp(
            null,
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

    sealed class ExamplesHelp(RecordArguments? records, params string[] examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            new HelpAction().Invoke(parseResult);
            var output = parseResult.InvocationConfiguration.Output;
            records?.Describe(output);
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
