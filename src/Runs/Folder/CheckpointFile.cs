using System.Buffers.Binary;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace RL.Runs;

/// <summary>A file beside a checkpoint that belongs to it, as far as it had been written then.</summary>
/// <param name="Name">Name in the folder of checkpoints, or of a log in the run's.</param>
/// <param name="Length">Bytes; rows that were added later stand behind them.</param>
/// <param name="Crc">CRC-32C of these bytes.</param>
sealed record CheckpointPart(string Name, long Length, uint Crc);

/// <summary>What a checkpoint consists of, and what the run was then.</summary>
/// <param name="Step">Environment steps done.</param>
/// <param name="Options">The run's options: what its run.json held, but for the sessions.</param>
/// <param name="Logs">The files in the run's folder that only grow, event files and evaluations, as they were then.</param>
/// <param name="Rows">The files with the rows of the replay buffer, in order.</param>
/// <param name="Policy">The policy of the last evaluation; null before the first.</param>
/// <param name="Best">The policy of the best evaluation; null if there is none.</param>
sealed record CheckpointManifest(
    long Step,
    JsonObject Options,
    IReadOnlyList<CheckpointPart> Logs,
    IReadOnlyList<CheckpointPart> Rows,
    CheckpointPart? Policy,
    CheckpointPart? Best)
{
    /// <summary>Every file beside the checkpoint's own.</summary>
    public IEnumerable<CheckpointPart> Parts() => Rows.Concat(new[] { Policy, Best }.OfType<CheckpointPart>());
}

/// <summary>
/// A file with the state of a training loop and the list, with checksums, of the files that belong to it.
/// <code>
/// "RLCHKPT\0" | int32 version | int32 manifest bytes | int64 state bytes | uint32 CRC-32C of the state | uint32 of the manifest
/// uint32 CRC-32C of everything so far
/// state | manifest (JSON)      (little-endian)
/// </code>
/// All checksums are verified before a byte of the state is used.
/// </summary>
sealed record CheckpointFile(string Path, CheckpointManifest Manifest)
{
    /// <summary>What stands before the state.</summary>
    public const int PrefixBytes = 36;

    const int Version = 4;

    static ReadOnlySpan<byte> Magic => "RLCHKPT\0"u8;

    public long Step => Manifest.Step;

    /// <summary>Writes a checkpoint as a whole or not at all; <paramref name="manifest"/> is asked once the state is written.</summary>
    public static CheckpointManifest Write(string path, Action<Stream> save, Func<CheckpointManifest> manifest)
    {
        CheckpointManifest? written = null;
        AtomicFile.Write(path, stream =>
        {
            // The prefix has the same size before and after its checksums are known.
            stream.Write(new byte[PrefixBytes]);
            var state = new CrcStream(stream);
            save(state);
            written = manifest();
            var json = JsonSerializer.SerializeToUtf8Bytes(written, OptionsJson.Line);
            stream.Write(json);
            stream.Position = 0;
            stream.Write(Prefix(json, state));
        });
        return written!;
    }

    /// <summary>Reads the manifest and verifies the file and all that belong to it.</summary>
    /// <exception cref="InvalidDataException">One is torn, damaged, gone or something else.</exception>
    public static CheckpointFile Read(string path)
    {
        if (RegularFile.IsLink(path))
        {
            throw new InvalidDataException($"The checkpoint {path} is a symbolic link, which no run makes.");
        }

        using var stream = Open(path);
        return new(path, Verify(path, stream));
    }

    /// <summary>What a checkpoint says that it needs, if its prefix and manifest are whole; null if not.</summary>
    public static CheckpointManifest? TryReadManifest(string path)
    {
        try
        {
            using var stream = Open(path);
            return ReadManifest(path, stream, ReadPrefix(path, stream));
        }
        catch (InvalidDataException)
        {
            // Whoever resumes from it will be told.
            return null;
        }
    }

    /// <summary>Verifies the file and hands its state to <paramref name="load"/>.</summary>
    public void Restore(Action<BinaryReader> load)
    {
        using var stream = Open(Path);
        Verify(Path, stream);
        stream.Position = PrefixBytes;
        using var reader = new CheckpointReader(stream, System.IO.Path.GetDirectoryName(Path)!, Manifest.Rows);
        load(reader);
        var end = stream.Position;
        stream.Position = 0;
        var left = PrefixBytes + StateBytes(ReadPrefix(Path, stream)) - end;
        if (left != 0)
        {
            throw new InvalidDataException($"{Path}: {left} bytes are left over; the checkpoint is of another version of the program.");
        }
    }

    /// <summary>The bytes of a part, and that they are what they were.</summary>
    /// <exception cref="InvalidDataException">They are not.</exception>
    public static void Verify(string folder, CheckpointPart part)
    {
        var file = System.IO.Path.Combine(folder, part.Name);
        if (part.Name != System.IO.Path.GetFileName(part.Name) || RegularFile.IsLink(file) || RegularFile.Problem(file) is not null)
        {
            throw new InvalidDataException($"{file}, which a checkpoint needs, is gone.");
        }

        using var stream = Open(file);
        if (stream.Length < part.Length)
        {
            throw new InvalidDataException($"{file}, which a checkpoint needs, is torn: {stream.Length} of {part.Length} bytes are there.");
        }

        if (Crc(stream, part.Length) != part.Crc)
        {
            throw new InvalidDataException($"{file}, which a checkpoint needs, is damaged: its checksum is wrong.");
        }
    }

    /// <summary>CRC-32C of the next <paramref name="count"/> bytes.</summary>
    public static uint Crc(Stream stream, long count)
    {
        var (crc, buffer) = (0u, new byte[1 << 18]);
        while (count > 0 && stream.Read(buffer, 0, (int)Math.Min(buffer.Length, count)) is > 0 and var read)
        {
            crc = Crc32C.Append(crc, buffer.AsSpan(0, read));
            count -= read;
        }

        return crc;
    }

    /// <summary>The size of the state behind a prefix.</summary>
    public static long StateBytes(byte[] prefix) => BinaryPrimitives.ReadInt64LittleEndian(prefix.AsSpan(16));

    static FileStream Open(string path)
    {
        if (File.Exists(path) && RegularFile.Problem(path) is { } problem)
        {
            throw new InvalidDataException($"{path} cannot be read: {problem}.");
        }

        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        }
        catch (FileNotFoundException)
        {
            throw new InvalidDataException($"The checkpoint {path} is gone.");
        }
    }

    static byte[] Prefix(byte[] json, CrcStream state)
    {
        var prefix = new byte[PrefixBytes];
        Magic.CopyTo(prefix);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(prefix.AsSpan(12), json.Length);
        BinaryPrimitives.WriteInt64LittleEndian(prefix.AsSpan(16), state.Count);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix.AsSpan(24), state.Crc);
        BinaryPrimitives.WriteUInt32LittleEndian(prefix.AsSpan(28), Crc32C.Append(0, json));
        BinaryPrimitives.WriteUInt32LittleEndian(prefix.AsSpan(32), Crc32C.Append(0, prefix.AsSpan(0, 32)));
        return prefix;
    }

    static InvalidDataException Damaged(string path, string what) => new($"The checkpoint {path} {what}.");

    static byte[] ReadPrefix(string path, FileStream stream)
    {
        var prefix = new byte[PrefixBytes];
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
        {
            throw Damaged(path, $"is torn: it has {stream.Length} bytes");
        }

        if (!prefix.AsSpan(0, 8).SequenceEqual(Magic))
        {
            throw Damaged(path, "is not a checkpoint: it does not begin with RLCHKPT");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(8));
        if (version != Version)
        {
            throw Damaged(path, $"has version {version}; this program reads version {Version}");
        }

        if (Crc32C.Append(0, prefix.AsSpan(0, 32)) != BinaryPrimitives.ReadUInt32LittleEndian(prefix.AsSpan(32)))
        {
            throw Damaged(path, "is damaged: the checksum of its header is wrong");
        }

        var length = PrefixBytes + StateBytes(prefix) + BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(12));
        return stream.Length == length ? prefix : throw Damaged(path, $"is torn: {stream.Length} of {length} bytes are there");
    }

    static CheckpointManifest ReadManifest(string path, FileStream stream, byte[] prefix)
    {
        stream.Position = PrefixBytes + StateBytes(prefix);
        var json = new byte[BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(12))];
        stream.ReadExactly(json);
        if (Crc32C.Append(0, json) != BinaryPrimitives.ReadUInt32LittleEndian(prefix.AsSpan(28)))
        {
            throw Damaged(path, "is damaged: the checksum of its manifest is wrong");
        }

        try
        {
            return JsonSerializer.Deserialize<CheckpointManifest>(json, OptionsJson.Line)!;
        }
        catch (JsonException exception)
        {
            throw Damaged(path, $"cannot be read: {exception.Sentence()}");
        }
    }

    static CheckpointManifest Verify(string path, FileStream stream)
    {
        var prefix = ReadPrefix(path, stream);
        if (Crc(stream, StateBytes(prefix)) != BinaryPrimitives.ReadUInt32LittleEndian(prefix.AsSpan(24)))
        {
            throw Damaged(path, "is damaged: the checksum of its state is wrong");
        }

        var manifest = ReadManifest(path, stream, prefix);
        foreach (var part in manifest.Parts())
        {
            Verify(System.IO.Path.GetDirectoryName(path)!, part);
        }

        return manifest;
    }
}
