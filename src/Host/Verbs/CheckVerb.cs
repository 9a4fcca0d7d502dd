using System.CommandLine;
using RL.Environments;

namespace RL.Host;

/// <summary>Tests an environment against the contract, and against recorded traces.</summary>
static class CheckVerb
{
    static readonly Argument<string> _environment = new("environment") { Description = "The task (./rl list environments)." };

    static readonly Argument<string[]> _assignments = new("key=value")
    {
        Description = "Options of the environment.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<string[]> _traces = new("--trace")
    {
        Description = "Replay a recorded trace and compare every step.",
        HelpName = "FILE",
    };

    static readonly AssemblyOptions _assembly = new();

    public static Command Create(HostConsole console)
    {
        var command = new Command("check", "Check an environment against its contract.") { _environment, _assignments, _traces };
        _assembly.AddTo(command);
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples(
            "./rl check HalfCheetah-v5",
            "./rl check HalfCheetah-v5 --trace HalfCheetah-v5.json.gz",
            "./rl check HalfCheetah-v5 env.reset_noise_scale=0");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        _assembly.Load(parsed, console);
        var entry = RunOptions.FindEnvironment(parsed.GetValue(_environment)!);
        var tree = new OptionTree(("env", entry.DefaultOptions));
        foreach (var assignment in parsed.GetValue(_assignments) ?? [])
        {
            tree.Apply(assignment);
        }

        var options = tree.Bind("env", entry.DefaultOptions.GetType());
        var traces = parsed.GetValue(_traces) ?? [];
        foreach (var trace in traces)
        {
            Require.InputFile("--trace", trace);
        }

        if (traces.Length > 0 && parsed.GetValue(_assignments) is { Length: > 0 } given)
        {
            throw new UserException($"{given[0]}: a trace is replayed with the options that it was recorded with.");
        }

        if (traces.Length == 0)
        {
            // An environment that cannot be created is a usage error, not a broken contract.
            RunOptions.Create(entry, options, 1, 1).Dispose();
        }

        var isGood = true;
        foreach (var result in traces.Length > 0 ? [] : entry.Check(options))
        {
            console.Out.WriteLine($"{(result.IsSkipped ? "skip  " : result.Passed ? "ok    " : "FAILED")} {result.Sentence}");
            isGood &= result.Passed;
        }

        foreach (var trace in traces)
        {
            var report = Require.Readable(() => TraceReplay.Replay(trace, entry.Spec.Id));
            console.Out.WriteLine($"{(report.Passed ? "ok    " : "FAILED")} {trace}: {report.Summary}");
            isGood &= report.Passed;
        }

        return isGood ? 0 : 1;
    }
}
