namespace RL.Cluster;

/// <summary>
/// The files of a run, or of a piece of work, as they are when it is made: they are kept open, so that one that is replaced or deleted can still be
/// read, and what is appended later does not count. Checkpoints are opened before the files that they name, which only grow. So the whole is what a
/// process that is killed at that moment leaves behind, from which a run goes on.
/// </summary>
sealed class FolderSnapshot : IDisposable
{
    const int MostAttempts = 20;
    const string Checkpoints = "checkpoints/checkpoint-";

    readonly Dictionary<string, FileStream> _open = [];
    readonly List<SentFile> _files = [];
    readonly string _root;

    FolderSnapshot(string root) => _root = root;

    /// <summary>All files.</summary>
    public IReadOnlyList<SentFile> Files => _files;

    /// <summary>Opens the files.</summary>
    /// <param name="root">Names are relative to it.</param>
    /// <param name="folder">The run's, or the piece's, below it.</param>
    /// <param name="list">Which files there are: <see cref="OfRun"/>, or <see cref="OfPiece"/> and those beside it.</param>
    /// <exception cref="IOException">They change faster than they can be opened, or cannot be read.</exception>
    public static FolderSnapshot Of(string root, string folder, Func<string, IEnumerable<string>> list)
    {
        for (var attempt = 1; ; attempt++)
        {
            var snapshot = new FolderSnapshot(root);
            try
            {
                var newest = NewestCheckpoint(folder);
                snapshot.Open(list(folder));
                if (NewestCheckpoint(folder) == newest)
                {
                    // What is open stays as it is, however long this takes.
                    snapshot.Sum();
                    return snapshot;
                }

                snapshot.Dispose();
            }
            catch (IOException) when (attempt < MostAttempts)
            {
                // Another file was deleted, or cut short, since its folder was read.
                snapshot.Dispose();
            }
            catch
            {
                snapshot.Dispose();
                throw;
            }

            if (attempt == MostAttempts)
            {
                throw new IOException($"The files in {folder} change faster than they can be opened.");
            }
        }
    }

    /// <summary>The files that a run has made: what others have put into its folder stays with them.</summary>
    public static IEnumerable<string> OfRun(string folder) => RunFiles.There(folder).Select(name => Path.Combine(folder, name));

    /// <summary>The files of a piece.</summary>
    public static IEnumerable<string> OfPiece(string folder) => Directory.GetFiles(folder);

    /// <summary>Name of the newest checkpoint of a run; null if there is none.</summary>
    public static string? NewestCheckpoint(string folder) => Directory.Exists(Path.Combine(folder, "checkpoints"))
        ? Directory.GetFiles(Path.Combine(folder, "checkpoints"), "checkpoint-*.bin").Select(Path.GetFileName).OrderBy(name => name!.Length).ThenBy(name => name, StringComparer.Ordinal).LastOrDefault()
        : null;

    /// <summary>Whether a file names others, so that it has to arrive after them.</summary>
    public static bool NamesOthers(string name) => name.Contains(Checkpoints, StringComparison.Ordinal);

    /// <summary>The bytes of a piece.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    /// <exception cref="ArgumentException">There is no such file, or no such piece of it.</exception>
    public byte[] Read(string name, int piece)
    {
        var file = _files.Find(file => file.Name == name);
        if (file is null || piece < 0 || piece >= file.Pieces.Length)
        {
            throw new ArgumentException($"There is no piece {piece} of {Shown.Short(name)}.");
        }

        var bytes = new byte[file.LengthOf(piece)];
        ReadExactly(_open[name], bytes, (long)piece * SentFile.PieceBytes);
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var stream in _open.Values)
        {
            stream.Dispose();
        }
    }

    void Open(IEnumerable<string> list)
    {
        var files = list.Where(Travels)
            .Select(file => Path.GetRelativePath(_root, file).Replace(Path.DirectorySeparatorChar, '/'))
            .OrderByDescending(NamesOthers).ThenBy(name => name, StringComparer.Ordinal);
        foreach (var name in files)
        {
            var stream = new FileStream(Path.Combine(_root, name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1);
            _open.Add(name, stream);
            var length = stream.Length;
            _files.Add(new(name, length, new string[(length + SentFile.PieceBytes - 1) / SentFile.PieceBytes]));
        }
    }

    /// <summary>Fills in the checksums.</summary>
    void Sum()
    {
        var buffer = new byte[SentFile.PieceBytes];
        foreach (var file in _files)
        {
            for (var piece = 0; piece < file.Pieces.Length; piece++)
            {
                var bytes = buffer.AsSpan(0, file.LengthOf(piece));
                ReadExactly(_open[file.Name], bytes, (long)piece * SentFile.PieceBytes);
                file.Pieces[piece] = SentFile.Checksum(bytes);
            }
        }
    }

    static bool Travels(string file) =>
        Path.GetFileName(file) is not (RunLock.FileName or RunEpoch.FileName) && !file.EndsWith(AtomicFile.Temporary, StringComparison.Ordinal) && new FileInfo(file).LinkTarget is null;

    static void ReadExactly(FileStream stream, Span<byte> bytes, long from)
    {
        while (bytes.Length > 0)
        {
            var read = RandomAccess.Read(stream.SafeFileHandle, bytes, from);
            if (read == 0)
            {
                throw new EndOfStreamException($"{stream.Name} was cut short while it was read.");
            }

            bytes = bytes[read..];
            from += read;
        }
    }
}
