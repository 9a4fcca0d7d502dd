using System.Globalization;

namespace RL.Runs;

/// <summary>Runs that differ in their seeds alone and were started together: the folders NAME-s0, NAME-s1, …</summary>
static class RunSeries
{
    /// <summary>Prepares a run for each seed.</summary>
    /// <param name="agent">Of all runs.</param>
    /// <param name="environment">Of all runs.</param>
    /// <param name="settings">Of all runs; <see cref="TrainingSettings.Name"/> is that of the series, null: &lt;environment&gt;__&lt;agent&gt;__&lt;time&gt;.</param>
    /// <param name="seeds">One or more.</param>
    /// <param name="note">Told of each note, once.</param>
    /// <param name="clock">For the name.</param>
    /// <returns>The name, and the folders in the order of the seeds.</returns>
    /// <exception cref="UserException">A value is not allowed, or a folder exists already. Nothing has been written.</exception>
    public static (string Name, IReadOnlyList<string> Folders) Prepare(
        string agent, string environment, TrainingSettings settings, IReadOnlyList<long> seeds, Action<string> note, TimeProvider clock)
    {
        var runs = settings.Runs!;
        var name = settings.Name ?? DefaultName(agent, environment, runs, clock);
        var (folders, notes) = (new List<string>(), new HashSet<string>());
        try
        {
            foreach (var seed in seeds)
            {
                var one = settings with { Name = FolderName(name, seed), Assignments = [.. settings.Assignments, $"training.seed={seed}"] };
                folders.Add(Training.Prepare(agent, environment, one, new() { Noted = text => notes.Add(text) }, clock));
            }
        }
        catch
        {
            // Nothing but what was prepared is in them.
            folders.ForEach(folder => Directory.Delete(folder, recursive: true));
            throw;
        }

        foreach (var text in notes)
        {
            note(text);
        }

        return (name, folders);
    }

    /// <summary>The folders of a series, in the order of their seeds; none if there is no such series, or if the name is that of a run.</summary>
    /// <param name="runs">Folder of the runs.</param>
    /// <param name="name">The series, as its name under <paramref name="runs"/> or as a path.</param>
    public static IReadOnlyList<string> Find(string runs, string name)
    {
        foreach (var path in new[] { name, Path.Combine(runs, name) }.Select(Path.TrimEndingDirectorySeparator))
        {
            var folder = Path.GetDirectoryName(path) is { Length: > 0 } parent ? parent : ".";
            if (IsRun(path))
            {
                return [];
            }

            var beginning = $"{Path.GetFileName(path)}-s";
            var found = (Directory.Exists(folder) ? Directory.EnumerateDirectories(folder) : [])
                .Select(run => (Run: run, Name: Path.GetFileName(run)))
                .Where(run => run.Name.StartsWith(beginning, StringComparison.Ordinal) && IsRun(run.Run))
                .Select(run => (run.Run, Seed: long.TryParse(run.Name[beginning.Length..], NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : -1))
                .Where(run => run.Seed >= 0)
                .OrderBy(run => run.Seed)
                .Select(run => run.Run)
                .ToList();
            if (found.Count > 0)
            {
                return found;
            }
        }

        return [];
    }

    /// <summary>Checks that every run of a series may be resumed with the given changes.</summary>
    /// <exception cref="UserException">One may not.</exception>
    public static void CheckChanges(IEnumerable<string> folders, IReadOnlyList<string> assignments)
    {
        foreach (var folder in folders)
        {
            Resumption.Changed(folder, Preset.Read(Path.Combine(folder, RunFolder.DocumentName)), assignments);
        }
    }

    static string FolderName(string name, long seed) => string.Create(CultureInfo.InvariantCulture, $"{name}-s{seed}");

    static bool IsRun(string path) => File.Exists(Path.Combine(path, RunFolder.DocumentName));

    static string DefaultName(string agent, string environment, string runs, TimeProvider clock)
    {
        var id = RunOptions.FindEnvironment(environment).Spec.Id;
        var first = RunNames.Series(id, agent, clock.GetUtcNow());
        var name = first;
        for (var suffix = 2; Find(runs, name).Count > 0; suffix++)
        {
            name = $"{first}-{suffix}";
        }

        return name;
    }
}
