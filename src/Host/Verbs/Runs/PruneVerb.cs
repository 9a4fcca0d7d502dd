using System.CommandLine;
using System.Globalization;
using System.Text.Json;

namespace RL.Host;

/// <summary>Deletes runs.</summary>
static class PruneVerb
{
    static readonly Argument<string[]> _words = new("filter")
    {
        Description = "Which runs, as for `./rl runs`; at least one word. Running ones are never deleted.",
        Arity = ArgumentArity.OneOrMore,
    };

    static readonly Option<string> _runs = CommonOptions.Runs();

    static readonly Option<bool> _yes = new("--yes") { Description = "Do not ask." };

    static readonly Option<bool> _json = new("--json") { Description = "Print what was deleted as one JSON document; needs --yes." };

    public static Command Create(HostConsole console)
    {
        var command = new Command("prune", "Delete runs, after a question. Files that the runs did not make stay.") { _words, _runs, _yes, _json };
        command.SetAction(parsed => Run(parsed, console));
        return command.WithExamples("./rl runs prune status=failed", "./rl runs prune td3-test --yes");
    }

    static int Run(ParseResult parsed, HostConsole console)
    {
        var (isSure, isJson) = (parsed.GetValue(_yes), parsed.GetValue(_json));
        if (isJson && !isSure)
        {
            throw new UserException("--json is given without --yes; a question does not fit into a JSON document.");
        }

        var runs = RunsVerb.Select(parsed.GetValue(_runs)!, parsed.GetValue(_words)!).Where(run => run.Status != RunInfo.Running).ToList();
        if (!isJson)
        {
            RunReport.Write(console.Out, runs, console.Clock.GetUtcNow());
        }

        if (!isSure && (runs.Count == 0 || !IsConfirmed(console, runs)))
        {
            console.Out.WriteLine("nothing deleted");
            return 0;
        }

        // One that cannot be deleted does not keep the others.
        var outcomes = runs.Select(run => (Run: run, Outcome: Delete(run.Path))).ToList();
        if (isJson)
        {
            console.Out.WriteLine(JsonSerializer.Serialize(
                outcomes.Select(pair => new { Run = pair.Run.Path, pair.Outcome.Deleted, pair.Outcome.Problem }), OptionsJson.Line));
        }
        else
        {
            outcomes.ForEach(pair => console.Out.WriteLine(pair.Outcome.Problem is { } problem
                ? $"kept: {Shown.Text(problem)}"
                : $"deleted {Shown.Text(pair.Run.Path)}{(pair.Outcome.Deleted ? "" : "; files of others stay in the folder")}"));
        }

        return outcomes.Exists(pair => pair.Outcome.Problem is not null) ? 1 : 0;
    }

    static (bool Deleted, string? Problem) Delete(string path)
    {
        try
        {
            return (RunFiles.DeleteRun(path), null);
        }
        catch (Exception exception) when (exception is UserException or IOException or UnauthorizedAccessException)
        {
            return (false, exception.Message);
        }
    }

    static bool IsConfirmed(HostConsole console, List<RunInfo> runs)
    {
        var bytes = runs.SelectMany(run => Directory.EnumerateFiles(run.Path, "*", new EnumerationOptions { RecurseSubdirectories = true }))
            .Sum(file => new FileInfo(file).Length);
        console.Out.Write(string.Create(CultureInfo.InvariantCulture, $"Delete {(runs.Count == 1 ? "this run" : $"these {runs.Count} runs")} ({bytes / 1e6:N1} MB)? [y/N] "));
        console.Out.Flush();
        return console.In.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
