using System.Text.Json.Nodes;
using RL.Agents;
using RL.Environments;

namespace RL.Runs;

/// <summary>Everything that defines a run, resolved and checked: defaults ← preset ← command line.</summary>
sealed record RunOptions(
    AgentEntry Agent,
    EnvironmentEntry Environment,
    object AgentOptions,
    TrainingOptions Training,
    object EnvironmentOptions,
    string Preset,
    OptionTree Tree,
    IReadOnlyList<string> Notes)
{
    /// <summary>The user's assembly that the environment came from; null if it is one of ours.</summary>
    public string? Assembly { get; init; }

    /// <summary>SHA-256 of the model that the task was simulated with; null if it has none of the user's, or was never made.</summary>
    public string? ModelSha256 { get; init; }

    /// <summary>The policy whose networks the run began with; null if it began with new ones.</summary>
    public string? From { get; init; }

    /// <summary>The record as a file, without sessions.</summary>
    public Preset Document => new()
    {
        Agents = [Agent.Name],
        Environment = Environment.Spec.Id,
        Assembly = Assembly,
        ModelSha256 = ModelSha256,
        From = From,
        Base = Preset,
        Agent = Tree.Section("agent"),
        Training = Tree.Section("training"),
        Env = Tree.Section("env"),
    };

    /// <summary>What makes the run what it is: agent, task and every option.</summary>
    public JsonObject Comparable => new()
    {
        ["algorithm"] = Agent.Name,
        ["environment"] = Environment.Spec.Id,
        ["agent"] = Tree.Section("agent"),
        ["training"] = Tree.Section("training"),
        ["env"] = Tree.Section("env"),
    };

    /// <summary>Resolves the options of a run.</summary>
    /// <param name="agent">Name in the agent catalogue.</param>
    /// <param name="environment">Id in the environment catalogue.</param>
    /// <param name="preset">Name or file; null for the agent's defaults.</param>
    /// <param name="assignments">key=value, applied in order.</param>
    /// <exception cref="UserException">Something is unknown or not allowed.</exception>
    public static RunOptions Resolve(string agent, string environment, string? preset, IEnumerable<string> assignments)
    {
        return Resolve(agent, environment, new TrainingSettings { Preset = preset, Assignments = [.. assignments] });
    }

    /// <summary>The same for all settings; the records replace the defaults.</summary>
    public static RunOptions Resolve(string agent, string environment, TrainingSettings settings)
    {
        var assembly = settings.Assembly is { } path ? Path.GetFullPath(path) : null;
        UserAssemblies.Load(assembly);
        var (entry, task) = (FindAgent(agent), FindEnvironment(environment));
        var (name, found) = Runs.Preset.Find(settings.Preset, agent);
        var tree = new OptionTree(
            ("agent", Given(settings.AgentOptions, entry.DefaultOptions, agent)),
            ("training", settings.Training ?? new()),
            ("env", Given(settings.EnvironmentOptions, task.DefaultOptions, environment)));
        return Resolve(tree, entry, task, found, name, settings.Assignments) with { Assembly = assembly };
    }

    /// <summary>The options of a saved run, with <paramref name="assignments"/> on top.</summary>
    /// <exception cref="UserException">The record cannot be used, and why, or an assignment is not allowed.</exception>
    public static RunOptions Resolve(Preset run, IEnumerable<string> assignments)
    {
        UserAssemblies.LoadNamedByData(run.Assembly, TrustedAssemblies.OfTheUser);
        RunOptions With(IEnumerable<string> changes)
        {
            var agent = FindAgent(run.Agents is [var name, ..] ? name : "");
            var task = FindEnvironment(run.Environment ?? "");
            return Resolve(Defaults(agent, task), agent, task, run, run.Base ?? "run.json", changes);
        }

        RunOptions options;
        try
        {
            options = With([]);
        }
        catch (Exception exception) when (run.File is not null && exception is UserException or InvalidOperationException or ArgumentException)
        {
            // The last two are what System.Text.Json has for text that is no Unicode and for keys that are there twice.
            throw new UserException($"{run.File} cannot be used: {exception.Sentence()}");
        }

        var given = assignments.ToList();
        return (given.Count > 0 ? With(given) : options) with { Assembly = run.Assembly, ModelSha256 = run.ModelSha256, From = run.From };
    }

    /// <summary>The entry of an agent's name, or that of imported policies.</summary>
    public static AgentEntry FindAgent(string name) => name == ImportedPolicy.Entry.Name
        ? ImportedPolicy.Entry
        : Find(AgentCatalog.Entries, name, "agent", "./rl list agents");

    /// <summary>The entry of a task's id, or of mujoco:FILE.xml.</summary>
    /// <exception cref="UserException">There is none, or the model is no file.</exception>
    public static EnvironmentEntry FindEnvironment(string id)
    {
        // The path of a model may be longer; whether it is a file is seen below.
        if (!id.StartsWith(EnvironmentCatalog.MujocoFilePrefix, StringComparison.Ordinal) && RunNames.Problem(id) is { } wrong)
        {
            throw new UserException($"The environment is '{Shown.Short(id)}'; {wrong}.");
        }

        var entry = EnvironmentCatalog.Find(id) ?? Find(EnvironmentCatalog.Entries, id, "environment", "./rl list environments");
        var model = entry.Spec.Id.StartsWith(EnvironmentCatalog.MujocoFilePrefix, StringComparison.Ordinal)
            ? entry.Spec.Id[EnvironmentCatalog.MujocoFilePrefix.Length..]
            : null;
        if (model is not null && Shown.FirstHidden(model) is not null)
        {
            throw new UserException($"The model is '{Shown.Short(model)}'; allowed: a path of characters that one can see.");
        }

        return model is not null && Path.Exists(model) && RegularFile.Problem(model) is { } problem
            ? throw new UserException($"The model is {model}; {problem}.")
            : entry;
    }

    /// <summary>Makes an environment.</summary>
    /// <exception cref="UserException">An option, or a file that the user names, is invalid.</exception>
    public static IVectorEnvironment Create(EnvironmentEntry environment, object options, int copies, int threads)
    {
        try
        {
            var made = environment.Create(options, copies, threads);
            return Array.Find([.. made.RewardTerms, .. made.Measures], name => Shown.FirstHidden(name) is not null) is { } unseen
                ? throw new ArgumentException($"{environment.Spec.Id}: '{Shown.Short(unseen)}' names a part of the reward or a measure; allowed: characters that one can see.")
                : made;
        }
        catch (Exception exception) when (exception is ArgumentException or FileNotFoundException or EnvironmentFailureException
            || (exception is MujocoException && environment.Spec.Id.StartsWith(EnvironmentCatalog.MujocoFilePrefix, StringComparison.Ordinal)))
        {
            throw new UserException(exception.Sentence());
        }
    }

    /// <summary>All options of an agent and, if given, of an environment, at their defaults.</summary>
    public static OptionTree Defaults(AgentEntry agent, EnvironmentEntry? environment) => environment is null
        ? new OptionTree(("agent", agent.DefaultOptions), ("training", new TrainingOptions()))
        : new OptionTree(
            ("agent", agent.DefaultOptions), ("training", new TrainingOptions()), ("env", environment.DefaultOptions));

    static RunOptions Resolve(
        OptionTree tree, AgentEntry agent, EnvironmentEntry environment, Preset preset, string name, IEnumerable<string> assignments)
    {
        tree.Check();
        var note = preset.ApplyTo(tree, name, agent.Name, environment.Spec.Id);
        foreach (var assignment in assignments)
        {
            tree.Apply(assignment);
        }

        var agentOptions = tree.Bind("agent", agent.DefaultOptions.GetType());
        var training = (TrainingOptions)tree.Bind("training", typeof(TrainingOptions));
        string?[] notes = [note, NoteOnWarmUp(agentOptions, training)];
        return new RunOptions(
            agent,
            environment,
            agentOptions,
            training,
            tree.Bind("env", environment.DefaultOptions.GetType()),
            name,
            tree,
            [.. notes.OfType<string>()]);
    }

    /// <summary>A run that ends before it learns is allowed, but rarely intended.</summary>
    static string? NoteOnWarmUp(object agent, TrainingOptions training) =>
        agent is IOffPolicyOptions { StartSteps: var start } && start >= training.TotalSteps
            ? $"All {training.TotalSteps} steps are warm-up: nothing is learned before agent.start_steps={start}."
            : null;

    /// <exception cref="UserException">The options are of another agent or task.</exception>
    static object Given(object? options, object defaults, string owner) => options is null ? defaults
        : options.GetType() == defaults.GetType() ? options
        : throw new UserException($"{owner} takes {defaults.GetType().Name}, not {options.GetType().Name}.");

    static T Find<T>(IReadOnlyDictionary<string, T> entries, string name, string kind, string command) =>
        entries.TryGetValue(name, out var entry)
            ? entry
            : throw new UserException(
                $"There is no {kind} '{Shown.Short(name)}'{Nearest.Suggestion(name, entries.Keys)} See `{command}`.");
}
