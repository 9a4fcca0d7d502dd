using System.CommandLine;
using System.Globalization;
using RL.Agents;
using RL.Environments;

namespace RL.Host;

/// <summary>Lists environments, agents, presets and options.</summary>
static class ListVerb
{
    public static Command Create(HostConsole console)
    {
        var command = new Command("list", "List environments, agents, presets or options.")
        {
            Environments(console),
            Simple("agents", "The agents.", () => Agents(console)),
            Simple("presets", "The built-in presets.", () => Presets(console)),
            Options(console),
        };
        return command.WithExamples("./rl list environments", "./rl list options td3 HalfCheetah-v5");
    }

    static Command Simple(string name, string description, Action print)
    {
        var command = new Command(name, description);
        command.SetAction(_ => print());
        return command.WithExamples($"./rl list {name}");
    }

    static Command Environments(HostConsole console)
    {
        var assembly = new AssemblyOptions();
        var command = new Command("environments", "The tasks.");
        assembly.AddTo(command);
        command.SetAction(parsed =>
        {
            assembly.Load(parsed, console);
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

    static Command Options(HostConsole console)
    {
        var agent = new Argument<string>("agent") { Description = "The agent." };
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
