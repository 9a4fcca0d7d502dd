using System.IO.Enumeration;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace RL.Dashboard;

/// <summary>
/// The event files below a folder, followed as they grow: every folder that holds some is a run. Symbolic links are not followed, so that
/// nothing outside of the folder is read, and no path ever comes from a request: runs are known by their numbers.
/// </summary>
sealed class EventStore(string root, ILogger? logger = null)
{
    /// <summary>Runs and levels of folders that are looked at.</summary>
    const int MostRuns = 2000, MostDepth = 8;

    /// <summary>Bytes of one run that are read before another one has its turn, so that all of them soon show something.</summary>
    const long Turn = 1 << 22;

    readonly ILogger _logger = logger ?? NullLogger.Instance;
    readonly Lock _lock = new();
    readonly Dictionary<string, RunData> _byFolder = new(StringComparer.Ordinal);
    readonly List<RunData> _runs = [];

    /// <summary>The folder, whole.</summary>
    public string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));

    /// <summary>True once every file has been read to its end.</summary>
    public bool IsScanned { get; private set; }

    /// <summary>What is not shown; null: nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>Runs whose files are there, in the order of their names.</summary>
    public IReadOnlyList<RunData> Runs
    {
        get
        {
            lock (_lock)
            {
                return [.. _byFolder.Values.OrderBy(run => run.Name, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>A run by its number; null: there is none.</summary>
    public RunData? Find(int id)
    {
        lock (_lock)
        {
            return id >= 0 && id < _runs.Count ? _runs[id] : null;
        }
    }

    /// <summary>Looks for new files and reads what was added to known ones.</summary>
    public void Scan(CancellationToken stop = default)
    {
        var found = Files();
        var unread = new List<(RunData Run, SortedSet<string> Files)>();
        var videos = found.Values.SelectMany(files => files.Videos).ToLookup(file => RunOf(file, found));
        lock (_lock)
        {
            foreach (var gone in _byFolder.Keys.Where(folder => !found.ContainsKey(folder)).ToList())
            {
                _byFolder.Remove(gone, out var run);
                _logger.Gone(Shown.Text(run!.Name));
            }

            foreach (var (folder, files) in found.Where(entry => entry.Value.Events.Count > 0))
            {
                if (!_byFolder.TryGetValue(folder, out var run))
                {
                    var name = Path.GetRelativePath(Root, folder).Replace(Path.DirectorySeparatorChar, '/');
                    _byFolder[folder] = run = new RunData(_runs.Count, name, folder);
                    _runs.Add(run);
                    _logger.Found(Shown.Text(name));
                }

                run.SetVideos([.. videos[folder].Select(file => Path.GetRelativePath(folder, file)).Order(StringComparer.Ordinal)]);
                unread.Add((run, files.Events));
            }
        }

        while (unread.Count > 0 && !stop.IsCancellationRequested)
        {
            unread.RemoveAll(entry =>
            {
                var (run, before) = (entry.Run, entry.Run.Problem);
                var isRead = stop.IsCancellationRequested || !Read(run, entry.Files);
                if (run.Problem is { } problem && problem != before)
                {
                    _logger.HasProblem(Shown.Text(run.Name), Shown.Text(problem));
                }

                return isRead;
            });
        }

        IsScanned |= !stop.IsCancellationRequested;
    }

    /// <returns>Whether there is more to read at once.</returns>
    static bool Read(RunData run, SortedSet<string> files)
    {
        lock (run.Lock)
        {
            try
            {
                // What was cut off or replaced, as a resumed run does it, is read anew.
                if (run.Files.Any(file => !files.Contains(file.Key) || new FileInfo(Path.Combine(run.Folder, file.Key)).Length < file.Value.Position))
                {
                    run.Clear();
                }

                foreach (var name in files)
                {
                    var path = Path.Combine(run.Folder, name);
                    if (!run.Files.TryGetValue(name, out var tail))
                    {
                        run.Files[name] = tail = new EventTail(path);
                    }

                    if (tail.Problem is null && new FileInfo(path).Length > tail.Position && tail.Read(run, Turn))
                    {
                        return true;
                    }

                    run.Problem ??= tail.Problem is { } problem ? problem.Replace(run.Folder + Path.DirectorySeparatorChar, "", StringComparison.Ordinal) : null;
                }
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                run.Problem = $"A file cannot be read: {exception.GetType().Name}.";
            }

            return false;
        }
    }

    /// <summary>The event files and videos, by their folders.</summary>
    Dictionary<string, Found> Files()
    {
        var options = new EnumerationOptions
        {
            RecurseSubdirectories = true, MaxRecursionDepth = MostDepth, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint,
        };
        var all = new Dictionary<string, Found>(StringComparer.Ordinal);
        if (!Directory.Exists(Root))
        {
            return all;
        }

        var runs = 0;
        // Most files of a run are neither, and for those nothing is allocated.
        var files = new FileSystemEnumerable<(string Folder, string Name, bool IsVideo)>(
            Root, (ref entry) => (entry.Directory.ToString(), entry.FileName.ToString(), IsVideo(entry.FileName)), options)
        {
            ShouldIncludePredicate = (ref entry) => !entry.IsDirectory && (IsVideo(entry.FileName) || IsEvents(entry.FileName)),
        };
        foreach (var (folder, name, isVideo) in files)
        {
            if (!all.TryGetValue(folder, out var here))
            {
                all[folder] = here = new(new(StringComparer.Ordinal), []);
            }

            if (isVideo)
            {
                here.Videos.Add(Path.Combine(folder, name));
            }
            else if (here.Events.Count > 0 || runs++ < MostRuns)
            {
                here.Events.Add(name);
            }
            else
            {
                Problem = $"There are more than {MostRuns} runs; the others are not shown.";
            }
        }

        return all;
    }

    /// <summary>The run that a video belongs to: the nearest folder around it that has event files; "" if there is none.</summary>
    string RunOf(string file, Dictionary<string, Found> all)
    {
        for (var folder = Path.GetDirectoryName(file)!; folder.Length >= Root.Length; folder = Path.GetDirectoryName(folder)!)
        {
            if (all.TryGetValue(folder, out var here) && here.Events.Count > 0)
            {
                return folder;
            }
        }

        return "";
    }

    static bool IsEvents(ReadOnlySpan<char> name) => name.Contains(EventScalars.NamePart, StringComparison.Ordinal);

    static bool IsVideo(ReadOnlySpan<char> name) => RunVideo.TypeOf(name) is not null;

    /// <param name="Events">Names of event files.</param>
    /// <param name="Videos">Paths of videos.</param>
    sealed record Found(SortedSet<string> Events, List<string> Videos);
}
