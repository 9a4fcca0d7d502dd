using System.CommandLine;
using System.Globalization;
using RL.Agents;
using RL.Environments;

namespace RL.Host;

/// <summary>Shows what there is to choose from.</summary>
static class ListVerb
{
    public static Command Create(HostConsole console)
    {
        var command = new Command("list", "Show environments, agents, presets, runs or options.")
        {
            Environments(console),
            Simple("agents", "What can learn them.", () => Agents(console)),
            Simple("presets", "Settings with a name.", () => Presets(console)),
            Runs(console),
            Options(console),
        };
        return command.WithExamples("./rl list environments", "./rl list options td3 HalfCheetah-v5", "./rl list runs");
    }

    static Command Simple(string name, string description, Action print)
    {
        var command = new Command(name, description);
        command.SetAction(_ => print());
        return command.WithExamples($"./rl list {name}");
    }

    static Command Environments(HostConsole console)
    {
        var assembly = CommonOptions.Assembly();
        var command = new Command("environments", "The tasks.") { assembly };
        command.SetAction(parsed =>
        {
            UserAssemblies.Load(parsed.GetValue(assembly));
            WriteEnvironments(console);
        });
        return command.WithExamples("./rl list environments");
    }

    static void WriteEnvironments(HostConsole console) => Table.Write(
        console.Out,
        ["environment", "family", "steps", "solved at", ""],
        EnvironmentCatalog.Entries.Values.Select(entry => new[]
        {
            entry.Spec.Id,
            entry.Family,
            entry.Spec.MaxEpisodeSteps?.ToString(CultureInfo.InvariantCulture) ?? "-",
            entry.Spec.RewardThreshold?.ToString(CultureInfo.InvariantCulture) ?? "-",
            entry.Summary,
        }));

    static void Agents(HostConsole console) => Table.Write(
        console.Out, ["agent", ""], AgentCatalog.Entries.Values.Select(entry => new[] { entry.Name, entry.Summary }));

    static void Presets(HostConsole console) => Table.Write(
        console.Out,
        ["preset", "for", ""],
        Preset.Names.Select(name => (name, preset: Preset.Load(name)))
            .Select(pair => new[] { pair.name, string.Join(", ", pair.preset.Agents), pair.preset.Summary ?? "" }));

    static Command Runs(HostConsole console)
    {
        var runs = CommonOptions.Runs();
        var command = new Command("runs", "The run folders and how they stand.") { runs };
        command.SetAction(parsed => Table.Write(console.Out, RunRow.Titles, RunRow.All(parsed.GetValue(runs)!)));
        return command.WithExamples("./rl list runs");
    }

    static Command Options(HostConsole console)
    {
        var agent = new Argument<string>("agent") { Description = "What learns." };
        var environment = new Argument<string?>("environment") { Description = "The task.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("options", "All options of an agent, and of an environment if one is given.") { agent, environment };
        command.SetAction(parsed =>
        {
            var tree = RunOptions.Defaults(
                RunOptions.FindAgent(parsed.GetValue(agent)!),
                parsed.GetValue(environment) is { } id ? RunOptions.FindEnvironment(id) : null);
            Table.Write(
                console.Out,
                ["option", "default", "allowed", ""],
                tree.Keys.Select(key => new[]
                {
                    key.Path, key.Default?.ToJsonString() ?? "null", key.Allowed, Documentation.Summary(key.Property),
                }));
        });
        return command.WithExamples("./rl list options td3", "./rl list options td3 HalfCheetah-v5");
    }
}
