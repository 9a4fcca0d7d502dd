using System.Globalization;

namespace RL.Runs;

/// <summary>
/// The checkpoints of a run: checkpoint-&lt;step&gt;.bin, the newest few, and the files that they share: the replay buffer's rows and the
/// policies as they were then.
/// </summary>
/// <param name="files">The run's files, of which these are some.</param>
/// <param name="kept">How many checkpoints are kept.</param>
sealed class CheckpointFolder(RunFiles files, int kept)
{
    readonly RowFiles _rows = new(files.PathOf(RunFiles.Checkpoints), name => files.Add(Name(name)));

    /// <summary>Goes on behind a checkpoint.</summary>
    public void GoOnFrom(CheckpointManifest manifest) => _rows.Kept = manifest.Rows;

    /// <summary>Writes a checkpoint, then deletes what no kept one needs.</summary>
    /// <param name="now">What the checkpoint is to say, without files.</param>
    /// <param name="policy">The policy of the last evaluation, and its step; null before the first.</param>
    /// <param name="best">The same of the best.</param>
    /// <param name="save">Writes the state.</param>
    public void Write(CheckpointManifest now, (string File, long Step)? policy, (string File, long Step)? best, Action<BinaryWriter> save)
    {
        Directory.CreateDirectory(files.PathOf(RunFiles.Checkpoints));
        now = now with { Policy = Keep(policy), Best = best == policy ? Keep(policy) : Keep(best) };
        IReadOnlyList<CheckpointPart> rows = [];
        var name = Name(string.Create(CultureInfo.InvariantCulture, $"checkpoint-{now.Step}.bin"));
        files.Add(name);
        now = CheckpointFile.Write(
            files.PathOf(name),
            stream =>
            {
                using var writer = new CheckpointWriter(stream, _rows);
                save(writer);
                rows = writer.Rows;
            },
            () =>
            {
                // Writing took its time.
                files.ThrowUnlessHeld();
                return now with { Rows = rows };
            });
        _rows.Kept = rows;
        DeleteOld();
    }

    /// <summary>
    /// The newest checkpoint that is whole. Newer ones that are not are deleted once <paramref name="warn"/> was told why.
    /// </summary>
    /// <returns>Null if the run has none yet.</returns>
    /// <exception cref="UserException">There are some, but none is whole.</exception>
    public CheckpointFile? Newest(Action<string> warn)
    {
        var damaged = new List<string>();
        foreach (var (_, name) in NewestFirst())
        {
            try
            {
                var checkpoint = CheckpointFile.Read(files.PathOf(name));
                VerifyLogs(checkpoint.Manifest, warn);
                damaged.ForEach(files.Delete);
                if (damaged.Count > 0)
                {
                    warn($"Resuming from the older checkpoint at step {checkpoint.Step}.");
                }

                return checkpoint;
            }
            catch (InvalidDataException exception)
            {
                warn(exception.Message);
                damaged.Add(name);
            }
        }

        if (damaged.Count == 0)
        {
            foreach (var name in files.CheckpointsThere())
            {
                files.ThrowUnlessListed(name);
            }
        }

        return damaged.Count == 0
            ? null
            : throw new UserException($"There is no whole checkpoint to resume from in {files.PathOf(RunFiles.Checkpoints)}.");
    }

    /// <summary>
    /// Logs must be what they were, or a resumed run would go on behind others. Event files that are gone are missed, but not needed.
    /// </summary>
    /// <exception cref="InvalidDataException">One is not, or not there.</exception>
    /// <exception cref="UserException">One is not among the run's files.</exception>
    void VerifyLogs(CheckpointManifest manifest, Action<string> warn)
    {
        foreach (var log in manifest.Logs)
        {
            if (!Path.Exists(files.PathOf(log.Name)) && log.Name != EvaluationTable.FileName)
            {
                warn($"{files.PathOf(log.Name)} is gone, and with it what the run has logged there.");
                continue;
            }

            files.ThrowUnlessListed(log.Name);
            CheckpointFile.Verify(files.Folder, log);
        }
    }

    /// <summary>Puts a policy back where the run has its last and its best one, as it was when the checkpoint was taken.</summary>
    public void RestorePolicy(CheckpointPart? part, string name)
    {
        if (part is null)
        {
            files.Delete(name);
            return;
        }

        using var source = File.OpenRead(files.PathOf(Name(part.Name)));
        AtomicFile.Write(files.PathOf(name), source.CopyTo);
    }

    static string Name(string file) => $"{RunFiles.Checkpoints}/{file}";

    /// <summary>A policy's copy, which stays as it is while the run's file goes on with the next evaluation.</summary>
    CheckpointPart? Keep((string File, long Step)? policy)
    {
        if (policy is not (var file, var step))
        {
            return null;
        }

        var name = string.Create(CultureInfo.InvariantCulture, $"policy-{step}.safetensors");
        var content = File.ReadAllBytes(file);
        var part = new CheckpointPart(name, content.Length, Crc32C.Append(0, content));
        var path = files.PathOf(Name(name));
        if (!File.Exists(path) || new FileInfo(path).Length != content.Length || Crc32C.Append(0, File.ReadAllBytes(path)) != part.Crc)
        {
            files.Add(Name(name));
            AtomicFile.Write(path, stream => stream.Write(content));
        }

        return part;
    }

    void DeleteOld()
    {
        var all = NewestFirst().Select(pair => pair.Name).ToList();
        var needed = new HashSet<string>(all.Take(kept));
        foreach (var name in all.Take(kept))
        {
            if (CheckpointFile.TryReadManifest(files.PathOf(name)) is { } manifest)
            {
                needed.UnionWith(manifest.Parts().Select(part => Name(part.Name)));
            }
        }

        // The checkpoints first: none must be there without its parts.
        foreach (var name in all.Concat(files.Find($"{RunFiles.Checkpoints}/")).Where(name => !needed.Contains(name)).ToList())
        {
            files.Delete(name);
        }
    }

    IEnumerable<(long Step, string Name)> NewestFirst() => files.Find(Name("checkpoint-"), ".bin")
        .Select(name => (long.Parse(Path.GetFileNameWithoutExtension(name)["checkpoint-".Length..], CultureInfo.InvariantCulture), name))
        .OrderByDescending(pair => pair.Item1);
}
