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

    readonly Option<string> _runs = CommonOptions.Runs();

    public void AddTo(Command command)
    {
        command.Arguments.Add(_run);
        command.Arguments.Add(_assignments);
        command.Options.Add(_best);
        command.Options.Add(_runs);
    }

    /// <summary>Every key=value.</summary>
    public IReadOnlyList<string> Assignments(ParseResult parsed) => parsed.GetValue(_assignments) ?? [];

    /// <summary>Finds the policy that the arguments name.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="assignments">Those of the policy's; null: all that are given.</param>
    /// <param name="further">Assignments beside those given.</param>
    /// <param name="alsoChangeable">Beginnings of further keys that may be given.</param>
    /// <exception cref="UserException">There is none, or an option is not allowed.</exception>
    public TrainedPolicy Find(
        ParseResult parsed, IReadOnlyList<string>? assignments = null, Func<RunOptions, IEnumerable<string>>? further = null,
        params string[] alsoChangeable) =>
        TrainedPolicy.Find(
            parsed.GetValue(_runs)!,
            parsed.GetValue(_run)!,
            parsed.GetValue(_best),
            assignments ?? Assignments(parsed),
            further,
            alsoChangeable);
}
