using System.CommandLine;
using System.Text.Json;

namespace RL.Host;

/// <summary>Lists, shows, compares and deletes run folders.</summary>
static class RunsVerb
{
    static readonly Argument<string[]> _words = new("filter")
    {
        Description = "Only runs that fit all of these: part of the name, agent, task or status, or key=value (status=running, seed=3, batch_size=256).",
        Arity = ArgumentArity.ZeroOrMore,
    };

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<bool> _json = new("--json") { Description = "Print everything as one JSON document." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("runs", "The runs: their state, steps, last and best evaluation, speed and age.")
        {
            _words, _runs, _json,
            Show(console), Diff(console), PruneVerb.Create(console),
        };
        command.SetAction(parsed =>
        {
            var runs = Select(parsed.GetValue(_runs)!, parsed.GetValue(_words)!);
            if (parsed.GetValue(_json))
            {
                console.Out.WriteLine(JsonSerializer.Serialize(runs.Select(RunReport.Json), OptionsJson.Line));
            }
            else
            {
                RunReport.Write(console.Out, runs, console.Clock.GetUtcNow());
            }
        });
        return command.WithExamples(
            "./rl runs", "./rl runs running", "./rl runs td3 HalfCheetah status=finished --json", "./rl runs show cheetah-s0",
            "./rl runs diff cheetah-s0 cheetah-sharp-s0", "./rl runs prune status=failed");
    }

    /// <summary>The runs that fit all words.</summary>
    public static List<RunInfo> Select(string runs, IReadOnlyList<string> words) => [.. RunInfo.All(runs).Where(new RunFilter(words).Fits)];

    static Command Show(HostConsole console)
    {
        var (run, runs, json) = (Run("run"), CommonOptions.Runs(), Json());
        var command = new Command("show", "One run: what it is, how far it is, its sessions and the options that differ from the defaults.") { run, runs, json };
        command.SetAction(parsed =>
        {
            var info = RunInfo.Read(RunNames.Find(parsed.GetValue(runs)!, parsed.GetValue(run)!));
            if (parsed.GetValue(json))
            {
                console.Out.WriteLine(JsonSerializer.Serialize(RunReport.WholeJson(info), OptionsJson.Line));
            }
            else
            {
                RunReport.WriteOne(console.Out, info, console.Clock.GetUtcNow());
            }
        });
        return command.WithExamples("./rl runs show HalfCheetah-v5__td3__s0__20250131-235959");
    }

    static Command Diff(HostConsole console)
    {
        var (first, second, runs, json) = (Run("first"), Run("second"), CommonOptions.Runs(), Json());
        var command = new Command("diff", "The options in which two runs differ, and what came of them.") { first, second, runs, json };
        command.SetAction(parsed =>
        {
            var (a, b) = (Found(first), Found(second));
            RunInfo Found(Argument<string> name) => RunInfo.Read(RunNames.Find(parsed.GetValue(runs)!, parsed.GetValue(name)!)) switch
            {
                { Problem: { } problem } => throw new InvalidDataException(problem),
                var info => info,
            };
            if (parsed.GetValue(json))
            {
                console.Out.WriteLine(JsonSerializer.Serialize(RunReport.DiffJson(a, b), OptionsJson.Line));
            }
            else
            {
                RunReport.WriteDiff(console.Out, a, b);
            }
        });
        return command.WithExamples("./rl runs diff cheetah-s0 cheetah-sharp-s0");
    }

    static Argument<string> Run(string name) => new(name) { Description = "A run: its folder, or its name under --runs." };

    static Option<bool> Json() => new("--json") { Description = "Print everything as one JSON document." };
}
