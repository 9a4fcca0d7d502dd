using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// A file of settings that differ from the defaults. The run.json of every run is one too: it holds all settings and, ignored when it
/// is used as a preset, the task and the sessions of the run.
/// </summary>
sealed record Preset
{
    const long MostBytes = 1 << 26;

    /// <summary>What it is, for `rl list presets`.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Summary { get; init; }

    /// <summary>The agents it is for.</summary>
    public IReadOnlyList<string> Agents { get; init; } = [];

    /// <summary>The task that <see cref="Env"/> is for; null if it is for every task.</summary>
    public string? Environment { get; init; }

    /// <summary>In a run.json: the user's assembly that the task came from.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Assembly { get; init; }

    /// <summary>In a run.json: SHA-256 of the model file that the task is simulated with, and of what it names.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? ModelSha256 { get; init; }

    /// <summary>In a run.json: the policy whose networks the run began with, and its SHA-256; null if it began with new ones.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? From { get; init; }

    /// <summary>In a run.json: the preset that the run was started with.</summary>
    public string? Base { get; init; }

    public JsonObject Agent { get; init; } = [];

    public JsonObject Training { get; init; } = [];

    public JsonObject Env { get; init; } = [];

    /// <summary>In a run.json: the sessions of the run, with their start, command line and versions.</summary>
    public IReadOnlyList<RunSession> Sessions { get; init; } = [];

    /// <summary>Where it was read; null of one that was not read from a file.</summary>
    [JsonIgnore]
    public string? File { get; init; }

    /// <summary>Names of the built-in presets.</summary>
    public static IEnumerable<string> Names { get; } =
    [
        .. System.Reflection.Assembly.GetExecutingAssembly().GetManifestResourceNames()
            .Where(name => name.StartsWith("Presets/", StringComparison.Ordinal))
            .Select(name => name["Presets/".Length..])
            .Order(),
    ];

    /// <summary>
    /// The preset for an agent: a built-in one by its name, of which the agent's at the front may be left out (adr-gd of td3 is
    /// td3-adr-gd), or a file; null is the agent's own name: its defaults.
    /// </summary>
    /// <returns>Its full name, and the preset.</returns>
    /// <exception cref="UserException">There is none, or it cannot be read.</exception>
    public static (string Name, Preset Preset) Find(string? nameOrFile, string agent)
    {
        foreach (var name in new[] { nameOrFile ?? agent, $"{agent}-{nameOrFile}" })
        {
            if (Names.Contains(name))
            {
                return (name, Load(name));
            }
        }

        if (nameOrFile is null)
        {
            return (agent, new Preset { Agents = [agent] });
        }

        return Path.Exists(nameOrFile)
            ? (nameOrFile, Read(nameOrFile))
            : throw new UserException(
                $"There is no preset and no file '{nameOrFile}'{Nearest.Suggestion(nameOrFile, Names)} Presets: {string.Join(", ", Names)}.");
    }

    /// <summary>A built-in preset of <see cref="Names"/>.</summary>
    public static Preset Load(string name)
    {
        using var resource = System.Reflection.Assembly.GetExecutingAssembly().GetManifestResourceStream($"Presets/{name}")!;
        return JsonSerializer.Deserialize<Preset>(resource, OptionsJson.Settings)!;
    }

    /// <summary>Reads a preset file or run.json.</summary>
    /// <exception cref="UserException">It cannot be read.</exception>
    public static Preset Read(string file)
    {
        if (RegularFile.Problem(file) is { } problem)
        {
            throw new UserException($"The preset {file} cannot be read: {problem}.");
        }

        try
        {
            return Parse(RegularFile.ReadText(file, MostBytes), file)
                ?? throw new UserException($"The preset {file} is empty; allowed: a JSON object with agents, agent, training, env.");
        }
        catch (InvalidDataException exception)
        {
            throw new UserException(exception.Message);
        }
        catch (JsonException exception)
        {
            throw new UserException($"The preset {file} cannot be read: {exception.Sentence()}");
        }
    }

    /// <summary>Reads the text of a preset, the options of former versions under the names of today.</summary>
    /// <param name="text">JSON.</param>
    /// <param name="file">Where it stands.</param>
    /// <returns>Null of the text "null".</returns>
    /// <exception cref="JsonException">It is none.</exception>
    public static Preset? Parse(string text, string file)
    {
        try
        {
            if (JsonSerializer.Deserialize<Preset>(text, OptionsJson.Settings) is not { } preset)
            {
                return null;
            }

            // What stands in an object is read when it is asked for: keys that are there twice, text that is no Unicode.
            foreach (var section in new[] { preset.Agent, preset.Training, preset.Env })
            {
                OptionsJson.Leaves(section);
            }

            FormerOptions.Rename(preset.Agent);
            return preset.Agents.Contains(null) ? throw new JsonException("one of its agents is null") : preset with { File = file };
        }
        catch (ArgumentException)
        {
            throw new JsonException("an entry of its options is there twice");
        }
        catch (InvalidOperationException)
        {
            throw new JsonException("its options have text that is no Unicode");
        }
    }

    /// <summary>Applies the settings to <paramref name="tree"/>.</summary>
    /// <returns>A note on settings that were ignored, or null.</returns>
    /// <exception cref="UserException">It is not for this agent, or a setting is unknown or not allowed.</exception>
    public string? ApplyTo(OptionTree tree, string name, string agent, string environment)
    {
        if (!Agents.Contains(agent))
        {
            throw new UserException($"The preset {name} is not for {agent}; it is for: {string.Join(", ", Agents)}.");
        }

        try
        {
            tree.Apply("agent", Agent);
            tree.Apply("training", Training);
            if (Environment is null || Environment == environment)
            {
                tree.Apply("env", Env);
                return null;
            }
        }
        catch (UserException exception)
        {
            throw new UserException($"Preset {name}: {exception.Message}");
        }

        return $"The env options of the preset {name} are for {Environment} and are ignored.";
    }
}
