using System.Text;
using System.Text.RegularExpressions;

namespace RL.Runs;

/// <summary>
/// The files that a run has made, by their names in its folder: the only ones that it replaces, cuts short or deletes. The list is a file
/// itself, `.files`, a name a line; a name is on the disk before its file is made.
/// </summary>
sealed partial class RunFiles
{
    const long MostBytes = 1 << 26;

    public const string FileName = ".files";
    public const string Checkpoints = "checkpoints";

    /// <summary>Made by every run, if not at once.</summary>
    static readonly string[] _always =
    [
        FileName, RunLock.FileName, RunFolder.DocumentName, RunFolder.PolicyName, RunFolder.BestPolicyName, EvaluationTable.FileName,
        RunResult.FileName, RunFolder.ErrorName,
    ];

    readonly HashSet<string> _names;
    readonly RunEpoch? _epoch;
    long _length;

    RunFiles(string folder, IEnumerable<string> names, RunEpoch? epoch = null)
    {
        Folder = folder;
        _epoch = epoch;
        _names = [.. names];
        var list = string.Concat(_names.Order(StringComparer.Ordinal).Select(name => name + "\n"));
        AtomicFile.WriteText(Path.Combine(folder, FileName), list);
        _length = Encoding.UTF8.GetByteCount(list);
    }

    /// <summary>The run's folder.</summary>
    public string Folder { get; }

    /// <summary>Begins the list of a new run.</summary>
    public static RunFiles Create(string folder) => new(folder, _always);

    /// <summary>Reads the list of a run that is about to go on, and deletes what a process that was killed had half written.</summary>
    /// <param name="folder">The run's folder.</param>
    /// <param name="epoch">The attempt that goes on; null: none that could be fenced off.</param>
    /// <exception cref="UserException">There is none, or it is no such list.</exception>
    /// <exception cref="IOException">Another attempt has the folder.</exception>
    public static RunFiles Open(string folder, RunEpoch? epoch = null)
    {
        epoch?.ThrowUnlessHeld();
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            throw new UserException($"{file} is missing: without the list of its files a run cannot go on, as it could take others for its own.");
        }

        var text = RegularFile.ReadText(file, MostBytes);
        // A name that a killed process did not write to its end was not made either.
        var names = text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (Array.Find(names, name => !Name().IsMatch(name)) is { } wrong)
        {
            throw new UserException($"{file} lists '{Shown.Text(wrong)}', which is no file of a run.");
        }

        if (_always.Except(names).FirstOrDefault() is { } missing)
        {
            throw new UserException($"{file} is damaged: it does not list {missing}, which every run has.");
        }

        // A folder without files does not travel from machine to machine, though the list names files in it.
        foreach (var name in names.Where(name => Directory.Exists(Path.GetDirectoryName(Path.Combine(folder, name)))))
        {
            File.Delete(Path.Combine(folder, name + AtomicFile.Temporary));
        }

        return new(folder, _always.Concat(names.Where(name => Path.Exists(Path.Combine(folder, name)) || RegularFile.IsLink(Path.Combine(folder, name)))), epoch);
    }

    /// <summary>
    /// Refuses a run folder that is a symbolic link or holds one, because what is written there would be written elsewhere. Of checkpoints,
    /// whoever reads them decides.
    /// </summary>
    /// <exception cref="UserException">Names the link.</exception>
    public static void RefuseLinks(string folder)
    {
        var checkpoints = Path.Combine(folder, Checkpoints);
        var inside = Directory.Exists(folder) ? Directory.GetFileSystemEntries(folder) : [];
        if (Array.Find(inside, entry => _always.Contains(Path.GetFileName(entry)) && !RegularFile.IsLink(entry) && RegularFile.Problem(entry) is not null)
            is { } other)
        {
            throw new UserException($"{other} stands where the run has a file: {RegularFile.Problem(other)}.");
        }

        if (RegularFile.IsLink(folder) || Array.Exists(inside, RegularFile.IsLink))
        {
            var link = RegularFile.IsLink(folder) ? folder : Array.Find(inside, RegularFile.IsLink)!;
            throw new UserException(
                $"{link} is a symbolic link (to {new FileInfo(link).LinkTarget}); a run is written only into a folder, and over files, of its own.");
        }

        foreach (var file in Directory.Exists(checkpoints) ? Directory.GetFileSystemEntries(checkpoints) : [])
        {
            if (Directory.Exists(file) && !RegularFile.IsLink(file) && CheckpointName().IsMatch(Path.GetFileName(file)))
            {
                throw new UserException($"{file} stands where the run has a file: it is a folder.");
            }

            if (RegularFile.IsLink(file) && !CheckpointName().IsMatch(Path.GetFileName(file)))
            {
                throw new UserException($"{file} is a symbolic link (to {new FileInfo(file).LinkTarget}); a run writes only over files of its own.");
            }
        }
    }

    /// <summary>Whether a file of a run may be called so within its folder. The lock is none that could be somewhere else.</summary>
    public static bool IsName(string name) => name != RunLock.FileName && Name().IsMatch(name);

    /// <summary>The names of the files in a run's folder that are called as those of a run are: what others have put beside them is theirs.</summary>
    public static IEnumerable<string> There(string folder) => NamesThere(folder).Where(IsName);

    /// <summary>Deletes what a process that was killed had half written of any file of a run. The run's lock must be held.</summary>
    public static void DeleteHalfWritten(string folder)
    {
        foreach (var name in NamesThere(folder).Where(name => name.EndsWith(AtomicFile.Temporary, StringComparison.Ordinal) && IsName(name[..^AtomicFile.Temporary.Length])))
        {
            File.Delete(Path.Combine(folder, name));
        }
    }

    static IEnumerable<string> NamesThere(string folder) => new[] { folder, Path.Combine(folder, Checkpoints) }.Where(Directory.Exists)
        .SelectMany(Directory.GetFiles).Select(file => Path.GetRelativePath(folder, file).Replace(Path.DirectorySeparatorChar, '/')).ToList();

    /// <summary>Where a file of the run is.</summary>
    public string PathOf(string name) => Path.Combine(Folder, name);

    /// <summary>Call it before something is written.</summary>
    /// <exception cref="IOException">Another attempt at the run has the folder by now.</exception>
    public void ThrowUnlessHeld() => _epoch?.ThrowUnlessHeld();

    /// <summary>Adds a file that is about to be made.</summary>
    /// <exception cref="IOException">Another attempt at the run has the folder by now.</exception>
    public void Add(string name)
    {
        if (!_names.Contains(name))
        {
            ThrowUnlessHeld();
            var line = Encoding.UTF8.GetBytes(name + "\n");
            using var stream = new FileStream(PathOf(FileName), FileMode.Open, FileAccess.Write, FileShare.Read, 0);
            // From where the last complete line ended: what a full disk took of another is written over.
            Disk.Write(stream, line, _length);
            Disk.Flush(stream);
            _length += line.Length;
            _names.Add(name);
        }
    }

    /// <summary>A list of files that is damaged may have lost what a run needs: it would begin anew beside its checkpoints.</summary>
    /// <exception cref="UserException">The file is not among the run's.</exception>
    public void ThrowUnlessListed(string name)
    {
        if (!_names.Contains(name))
        {
            throw new UserException(
                $"{PathOf(name)} is not among the run's files in {PathOf(FileName)}: either it is another run's, to be moved away, or that list is damaged.");
        }
    }

    /// <summary>Deletes a file of the run if it is there.</summary>
    /// <exception cref="IOException">Another attempt at the run has the folder by now.</exception>
    public void Delete(string name)
    {
        if (_names.Contains(name) && Directory.Exists(Path.GetDirectoryName(PathOf(name))))
        {
            ThrowUnlessHeld();
            File.Delete(PathOf(name));
        }
    }

    /// <summary>
    /// Deletes every file of a run, its record last but for the list and the lock, and the folder if nothing else is in it: what is not the
    /// run's stays.
    /// </summary>
    /// <returns>Whether the folder is gone.</returns>
    /// <exception cref="UserException">It is in use, or holds a symbolic link, or its list is damaged.</exception>
    public static bool DeleteRun(string folder)
    {
        RefuseLinks(folder);
        using (RunLock.TryTake(folder) ?? throw new UserException($"The run {folder} is in use; stop it first."))
        {
            var files = Open(folder);
            foreach (var name in files._names.Except([RunFolder.DocumentName, FileName, RunLock.FileName]).Order(StringComparer.Ordinal))
            {
                files.Delete(name);
            }

            DeleteIfEmpty(files.PathOf(Checkpoints));
            foreach (var name in new[] { RunFolder.DocumentName, FileName, RunEpoch.FileName, RunLock.FileName })
            {
                File.Delete(files.PathOf(name));
            }
        }

        return DeleteIfEmpty(folder);
    }

    static bool DeleteIfEmpty(string folder)
    {
        if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            Directory.Delete(folder);
        }

        return !Directory.Exists(folder);
    }

    /// <summary>The run's files within its folder whose names begin and end so.</summary>
    public IEnumerable<string> Find(string beginning, string ending = "") => _names.Where(name =>
        name.StartsWith(beginning, StringComparison.Ordinal) && name.EndsWith(ending, StringComparison.Ordinal)
        && (Path.Exists(PathOf(name)) || RegularFile.IsLink(PathOf(name)))).Order(StringComparer.Ordinal);

    [GeneratedRegex(@"^(\.files|\.lock|(run|result)\.json|(evaluation|monitor)\.csv|error\.log|(policy|best)\.safetensors|events\.out\.tfevents\.[^/\0]+|checkpoints/(checkpoint-[0-9]{1,18}\.bin|replay-[0-9]{1,18}\.bin|policy-[0-9]{1,18}\.safetensors))$")]
    private static partial Regex Name();

    /// <summary>Checkpoints that are there, listed or not.</summary>
    public IEnumerable<string> CheckpointsThere() => Directory.Exists(PathOf(Checkpoints))
        ? Directory.GetFiles(PathOf(Checkpoints)).Select(file => Path.GetFileName(file)).Where(name => CheckpointName().IsMatch(name))
            .Select(name => $"{Checkpoints}/{name}")
        : [];

    [GeneratedRegex(@"^checkpoint-[0-9]{1,18}\.bin$")]
    private static partial Regex CheckpointName();
}
