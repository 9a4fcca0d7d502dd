namespace RL.Cluster;

/// <summary>
/// Makes the files of a folder those of another machine, piece by piece; pieces that are here already do not travel. Files are replaced as a whole,
/// those that name others last, so that a run can go on from what is there at any time.
/// </summary>
/// <param name="root">Names are relative to it; nothing outside of it is written.</param>
/// <param name="allowed">Which names may arrive.</param>
/// <param name="isToStay">Whether the files must outlive a loss of power.</param>
sealed class FolderReceiver(string root, Func<string, bool> allowed, bool isToStay) : IDisposable
{
    readonly Dictionary<string, (SentFile File, FileStream Stream)> _arriving = [];
    readonly HashSet<FilePiece> _missing = [];
    HashSet<string> _known = [];
    IReadOnlyList<SentFile> _files = [];

    /// <summary>Takes in what the files are to be.</summary>
    /// <param name="files">All of them.</param>
    /// <returns>The pieces that are not here.</returns>
    /// <exception cref="IOException">A name leads elsewhere, or a file cannot be written.</exception>
    public IReadOnlyList<FilePiece> Begin(IReadOnlyList<SentFile> files)
    {
        Forget();
        foreach (var file in files)
        {
            ThrowUnlessBelow(file);
        }

        _files = files;
        foreach (var file in files)
        {
            Begin(file);
        }

        return [.. _missing];
    }

    /// <summary>Takes a piece.</summary>
    /// <exception cref="IOException">Its checksum is another one, or it cannot be written.</exception>
    public void Put(string name, int piece, ReadOnlySpan<byte> bytes)
    {
        var wanted = new FilePiece(name, piece);
        // It was sent twice: an answer was lost.
        if (!_missing.Contains(wanted))
        {
            return;
        }

        var (file, stream) = _arriving[name];
        if (bytes.Length != file.LengthOf(piece) || SentFile.Checksum(bytes) != file.Pieces[piece])
        {
            throw new IOException($"Piece {piece} of {Shown.Short(name)} has not arrived as it was sent.");
        }

        Disk.Write(stream, bytes, (long)piece * SentFile.PieceBytes);
        _missing.Remove(wanted);
    }

    /// <summary>Puts the files in their places, and removes those that came earlier and are no more.</summary>
    /// <exception cref="IOException">Pieces are missing, or a file cannot be written.</exception>
    public void Commit()
    {
        if (_missing.FirstOrDefault() is { } missing)
        {
            throw new IOException($"Piece {missing.Piece} of {Shown.Short(missing.Name)} has not arrived.");
        }

        // The list of the run's files first: one that is there and not listed would never be deleted.
        foreach (var (name, (file, stream)) in _arriving.OrderBy(arriving => FolderSnapshot.NamesOthers(arriving.Key)).ThenByDescending(arriving => IsList(arriving.Key)).ToList())
        {
            stream.SetLength(file.Length);
            if (isToStay)
            {
                Disk.Flush(stream);
            }

            stream.Dispose();
            _arriving.Remove(name);
            File.Move(Place(name) + AtomicFile.Temporary, Place(name), overwrite: true);
        }

        var names = _files.Select(file => file.Name).ToHashSet();
        foreach (var folder in names.Select(name => Path.GetDirectoryName(Place(name))!).Distinct().Where(_ => isToStay))
        {
            Disk.FlushFolder(folder);
        }

        // Checkpoints first: none must be there without what it names.
        foreach (var gone in _known.Except(names).OrderByDescending(FolderSnapshot.NamesOthers).ToList())
        {
            File.Delete(Place(gone));
        }

        _known = names;
    }

    /// <summary>These are here, from the beginning.</summary>
    public void Know(IEnumerable<SentFile> files) => _known = [.. files.Select(file => file.Name)];

    /// <inheritdoc/>
    public void Dispose() => Forget();

    string Place(string name) => Path.Combine(root, name);

    void ThrowUnlessBelow(SentFile file)
    {
        var parts = file.Name.Split('/');
        if (!allowed(file.Name) || file.Name.IndexOfAny(['\0', '\\']) >= 0 || parts.Any(part => part is "" or "." or "..")
            || file.Length < 0 || file.Pieces.Length != (file.Length + SentFile.PieceBytes - 1) / SentFile.PieceBytes)
        {
            throw new IOException($"The file {Shown.Short(file.Name)} is refused: it is not of the run.");
        }
    }

    /// <summary>Begins a file with the pieces of it that are here; one that is here whole is left alone.</summary>
    void Begin(SentFile file)
    {
        var place = Place(file.Name);
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        if (new FileInfo(place).LinkTarget is not null)
        {
            throw new IOException($"{place} is a symbolic link; a run is written only over files of its own.");
        }

        using var old = File.Exists(place) ? new FileStream(place, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1) : null;
        var here = Enumerable.Range(0, file.Pieces.Length).Where(piece => IsHere(old, file, piece)).ToHashSet();
        if (old is not null && old.Length == file.Length && here.Count == file.Pieces.Length)
        {
            return;
        }

        File.Delete(place + AtomicFile.Temporary);
        var stream = new FileStream(place + AtomicFile.Temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1);
        _arriving.Add(file.Name, (file, stream));
        for (var piece = 0; piece < file.Pieces.Length; piece++)
        {
            if (here.Contains(piece))
            {
                Disk.Write(stream, Piece(old!, file, piece), (long)piece * SentFile.PieceBytes);
            }
            else
            {
                _missing.Add(new(file.Name, piece));
            }
        }
    }

    static bool IsList(string name) => Path.GetFileName(name) == RunFiles.FileName;

    static bool IsHere(FileStream? old, SentFile file, int piece) =>
        old is not null && old.Length >= ((long)piece * SentFile.PieceBytes) + file.LengthOf(piece)
        && SentFile.Checksum(Piece(old, file, piece)) == file.Pieces[piece];

    static byte[] Piece(FileStream stream, SentFile file, int piece)
    {
        var bytes = new byte[file.LengthOf(piece)];
        stream.Position = (long)piece * SentFile.PieceBytes;
        stream.ReadExactly(bytes);
        return bytes;
    }

    void Forget()
    {
        foreach (var (name, (_, stream)) in _arriving)
        {
            stream.Dispose();
            File.Delete(Place(name) + AtomicFile.Temporary);
        }

        _arriving.Clear();
        _missing.Clear();
    }
}
