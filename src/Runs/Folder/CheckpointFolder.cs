namespace RL.Runs;

/// <summary>The checkpoints of a run: checkpoint-&lt;step&gt;.bin, the newest two.</summary>
sealed class CheckpointFolder(string path)
{
    const int Kept = 2;

    public void Write(long step, IReadOnlyDictionary<string, long> lengths, Action<BinaryWriter> save)
    {
        Directory.CreateDirectory(path);
        CheckpointFile.Write(Path.Combine(path, $"checkpoint-{step}.bin"), step, lengths, save);
        foreach (var (_, file) in NewestFirst().Skip(Kept))
        {
            File.Delete(file);
        }
    }

    /// <summary>
    /// The newest checkpoint that is whole. Newer ones that are not are deleted once <paramref name="warn"/> was told why.
    /// </summary>
    /// <exception cref="UserException">There is none.</exception>
    public CheckpointFile Newest(Action<string> warn)
    {
        var damaged = new List<string>();
        foreach (var (_, file) in NewestFirst())
        {
            try
            {
                var checkpoint = CheckpointFile.Read(file);
                foreach (var other in damaged)
                {
                    File.Delete(other);
                }

                if (damaged.Count > 0)
                {
                    warn($"Resuming from the older checkpoint at step {checkpoint.Step}.");
                }

                return checkpoint;
            }
            catch (InvalidDataException exception)
            {
                warn(exception.Message);
                damaged.Add(file);
            }
        }

        throw new UserException($"There is no checkpoint to resume from in {path}.");
    }

    IEnumerable<(long Step, string File)> NewestFirst() => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "checkpoint-*.bin")
            .Select(file => (long.TryParse(Path.GetFileNameWithoutExtension(file).Split('-')[^1], out var step) ? step : -1, file))
            .OrderByDescending(pair => pair.Item1)
        : [];
}
