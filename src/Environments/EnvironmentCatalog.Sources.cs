namespace RL.Environments;

/// <summary>What users add to the catalogue.</summary>
public static partial class EnvironmentCatalog
{
    /// <summary>What an id of a model file begins with; its path follows.</summary>
    public const string MujocoFilePrefix = "mujoco:";

    static readonly OrderedDictionary<string, Func<MujocoTask>> _mujocoTasks = new(StringComparer.Ordinal);

    /// <summary>Adds what <paramref name="source"/> offers.</summary>
    /// <exception cref="ArgumentException">An id or a task's name is taken; nothing was added.</exception>
    public static void Add(IEnvironmentSource source)
    {
        ArgumentNullException.ThrowIfNull(source);
        var (environments, tasks) = (source.Environments.ToList(), source.MujocoTasks);
        if (environments.Find(entry => _entries.ContainsKey(entry.Spec.Id)) is { } taken)
        {
            throw new ArgumentException($"There is an environment {taken.Spec.Id} already.");
        }

        if (tasks.Keys.FirstOrDefault(_mujocoTasks.ContainsKey) is { } name)
        {
            throw new ArgumentException($"There is a MuJoCo task {name} already.");
        }

        foreach (var entry in environments)
        {
            _entries.Add(entry.Spec.Id, entry);
        }

        foreach (var task in tasks)
        {
            _mujocoTasks.Add(task.Key, task.Value);
        }
    }

    /// <summary>The entry of an id, or of mujoco:FILE.xml; null if there is none.</summary>
    public static EnvironmentEntry? Find(string id)
    {
        ArgumentNullException.ThrowIfNull(id);
        return _entries.TryGetValue(id, out var entry) ? entry
            : id.StartsWith(MujocoFilePrefix, StringComparison.Ordinal)
                && id[MujocoFilePrefix.Length..] is { Length: > 0 } file && !file.Contains('\0', StringComparison.Ordinal)
                ? MujocoFileEntry(file)
            : null;
    }

    static EnvironmentEntry MujocoFileEntry(string file)
    {
        // The full path, so that a run finds its model from whatever folder it is resumed or evaluated.
        var path = Path.GetFullPath(file);
        var spec = new EnvironmentSpec(MujocoFilePrefix + path, new MujocoFileOptions().MaxEpisodeSteps, null);
        return new EnvironmentEntry(
            spec,
            "mujoco",
            $"the model {path}",
            new MujocoFileOptions(),
            (options, count, threads) => MakeMujocoFile(spec, path, (MujocoFileOptions)options, count, threads));
    }

    static VectorEnvironment<double, float> MakeMujocoFile(
        EnvironmentSpec spec, string path, MujocoFileOptions options, int count, int threads)
    {
        if (!_mujocoTasks.TryGetValue(options.Task, out var task))
        {
            var known = _mujocoTasks.Count > 0 ? string.Join(", ", _mujocoTasks.Keys) : "none, because no assembly offers one";
            throw new ArgumentException($"{spec.Id}: env.task is '{options.Task}'; allowed: {known}.");
        }

        var model = MujocoModel.LoadFile(path);
        try
        {
            return new VectorEnvironment<double, float>(
                spec with { MaxEpisodeSteps = options.MaxEpisodeSteps, Model = ModelFile.Read(path) },
                options,
                CopyFactory.Make(count, _ => ActionRestrictions.Apply(new MujocoFile(model, options, task()), options)),
                model,
                threads);
        }
        catch
        {
            model.Dispose();
            throw;
        }
    }
}
