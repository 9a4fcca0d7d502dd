using System.CommandLine;

namespace RL.Host;

/// <summary>The arguments that name a policy and the changes to its task; shared by several verbs.</summary>
sealed class PolicyArguments
{
    readonly Argument<string> _run = new("run|file")
    {
        Description = "A run (its folder, or its name under --runs) or a policy file (*.safetensors).",
    };

    readonly Argument<string[]> _assignments = new("key=value")
    {
        Description = "Options of the task that differ from training (./rl list options <agent> <environment>).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    readonly Option<bool> _best = new("--best") { Description = "Use the networks of the best evaluation instead of the last." };

    readonly Option<string?> _checkpoint = new("--checkpoint")
    {
        Description = "Take the networks of a checkpoint of the run, by its step, or last: its newest; best is the same as --best.",
        HelpName = "STEP|best|last",
    };

    readonly Option<string> _runs = CommonOptions.Runs();

    readonly AssemblyOptions _assembly = new();

    /// <summary>Adds the arguments and options to a verb.</summary>
    /// <param name="command">The verb.</param>
    /// <param name="second">An argument between the policy and its options.</param>
    public void AddTo(Command command, Argument? second = null)
    {
        command.Arguments.Add(_run);
        if (second is not null)
        {
            command.Arguments.Add(second);
        }

        command.Arguments.Add(_assignments);
        command.Options.Add(_best);
        command.Options.Add(_checkpoint);
        command.Options.Add(_runs);
        _assembly.AddTo(command);
    }

    /// <summary>The run or file, as given.</summary>
    public string Named(ParseResult parsed) => parsed.GetValue(_run)!;

    /// <summary>Folder of the runs.</summary>
    public string Runs(ParseResult parsed) => parsed.GetValue(_runs)!;

    /// <summary>The assembly that is named, if one is.</summary>
    public string? Assembly(ParseResult parsed) => _assembly.Named(parsed);

    /// <summary>Every key=value.</summary>
    public IReadOnlyList<string> Assignments(ParseResult parsed) => parsed.GetValue(_assignments) ?? [];

    /// <summary>Finds the policy that the arguments name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="console">Where it speaks.</param>
    /// <param name="assignments">Those of the policy's; null: all that are given.</param>
    /// <param name="further">Assignments beside those given.</param>
    /// <param name="alsoChangeable">Beginnings of further keys that may be given.</param>
    /// <exception cref="UserException">There is none, or an option is not allowed.</exception>
    public TrainedPolicy Find(
        ParseResult parsed,
        HostConsole console,
        IReadOnlyList<string>? assignments = null,
        Func<RunOptions, IEnumerable<string>>? further = null,
        params string[] alsoChangeable)
    {
        var (best, checkpoint) = (parsed.GetValue(_best), parsed.GetValue(_checkpoint));
        if (best && checkpoint is not null)
        {
            throw new UserException($"--best and --checkpoint {checkpoint} are both given; allowed: one of them.");
        }

        _assembly.Load(parsed, console);
        return TrainedPolicy.Find(
            parsed.GetValue(_runs)!,
            parsed.GetValue(_run)!,
            best ? "best" : checkpoint,
            assignments ?? Assignments(parsed),
            further,
            alsoChangeable);
    }
}
