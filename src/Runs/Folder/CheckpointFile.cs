using System.Buffers.Binary;

namespace RL.Runs;

/// <summary>
/// A file with the state of a training loop and the lengths that the run's other files had at that moment.
/// <code>
/// "RLCHKPT\0" | int32 version | int32 header bytes
/// header: int64 step | int32 n | n × (string name, int64 length) | int64 payload bytes | uint32 CRC-32C of the payload
/// uint32 CRC-32C of everything so far
/// payload      (little-endian)
/// </code>
/// Both checksums are verified before a byte of the payload is used.
/// </summary>
sealed record CheckpointFile(string Path, long Step, IReadOnlyDictionary<string, long> Lengths)
{
    const int Version = 1;

    static ReadOnlySpan<byte> Magic => "RLCHKPT\0"u8;

    /// <summary>Writes a checkpoint as a whole or not at all.</summary>
    public static void Write(string path, long step, IReadOnlyDictionary<string, long> lengths, Action<BinaryWriter> save)
    {
        AtomicFile.Write(path, stream =>
        {
            // The header has the same size before and after its checksums are known.
            stream.Write(Header(step, lengths, 0, 0));
            var payload = new CrcStream(stream);
            using (var writer = new BinaryWriter(payload, System.Text.Encoding.UTF8, leaveOpen: true))
            {
                save(writer);
            }

            stream.Position = 0;
            stream.Write(Header(step, lengths, payload.Count, payload.Crc));
        });
    }

    /// <summary>Reads the header and verifies the whole file.</summary>
    /// <exception cref="InvalidDataException">It is torn, damaged or something else.</exception>
    public static CheckpointFile Read(string path)
    {
        using var stream = File.OpenRead(path);
        return Verify(path, stream);
    }

    /// <summary>Verifies the file and hands its payload to <paramref name="load"/>.</summary>
    public void Restore(Action<BinaryReader> load)
    {
        using var stream = new FileStream(Path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16);
        Verify(Path, stream);
        stream.Position = PayloadStart(stream);
        using var reader = new BinaryReader(stream);
        load(reader);
        if (stream.Position != stream.Length)
        {
            throw new InvalidDataException(
                $"{Path}: {stream.Length - stream.Position} bytes are left over; the checkpoint was written by another version of the program.");
        }
    }

    static byte[] Header(long step, IReadOnlyDictionary<string, long> lengths, long payloadLength, uint payloadCrc)
    {
        using var fields = new MemoryStream();
        using var writer = new BinaryWriter(fields);
        writer.Write(step);
        writer.Write(lengths.Count);
        foreach (var (name, length) in lengths)
        {
            writer.Write(name);
            writer.Write(length);
        }

        writer.Write(payloadLength);
        writer.Write(payloadCrc);
        var header = new byte[16 + fields.Length + 4];
        Magic.CopyTo(header);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(8), Version);
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(12), (int)fields.Length);
        fields.ToArray().CopyTo(header, 16);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(header.Length - 4), Crc32C.Append(0, header.AsSpan(0, header.Length - 4)));
        return header;
    }

    static long PayloadStart(FileStream stream)
    {
        Span<byte> length = stackalloc byte[4];
        stream.Position = 12;
        stream.ReadExactly(length);
        return 16 + BinaryPrimitives.ReadInt32LittleEndian(length) + 4;
    }

    static CheckpointFile Verify(string path, FileStream stream)
    {
        InvalidDataException Damaged(string what) => new($"The checkpoint {path} {what}.");

        var prefix = new byte[16];
        if (stream.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false) < prefix.Length)
        {
            throw Damaged($"is torn: it has {stream.Length} bytes");
        }

        if (!prefix.AsSpan(0, 8).SequenceEqual(Magic))
        {
            throw Damaged("is not a checkpoint: it does not begin with RLCHKPT");
        }

        var version = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(8));
        if (version != Version)
        {
            throw Damaged($"has version {version}; this program reads version {Version}");
        }

        var headerLength = BinaryPrimitives.ReadInt32LittleEndian(prefix.AsSpan(12));
        if (headerLength < 0 || 16L + headerLength + 4 > stream.Length)
        {
            throw Damaged("is torn: its header is incomplete");
        }

        var rest = new byte[headerLength + 4];
        stream.ReadExactly(rest);
        var crc = Crc32C.Append(Crc32C.Append(0, prefix), rest.AsSpan(0, headerLength));
        if (crc != BinaryPrimitives.ReadUInt32LittleEndian(rest.AsSpan(headerLength)))
        {
            throw Damaged("is damaged: the checksum of its header is wrong");
        }

        using var reader = new BinaryReader(new MemoryStream(rest));
        var step = reader.ReadInt64();
        var lengths = new Dictionary<string, long>();
        for (var i = reader.ReadInt32(); i > 0; i--)
        {
            lengths.Add(reader.ReadString(), reader.ReadInt64());
        }

        var (payloadLength, payloadCrc) = (reader.ReadInt64(), reader.ReadUInt32());
        if (stream.Length - stream.Position != payloadLength)
        {
            throw Damaged($"is torn: {stream.Length - stream.Position} of {payloadLength} bytes of state are there");
        }

        return PayloadCrc(stream) == payloadCrc
            ? new CheckpointFile(path, step, lengths)
            : throw Damaged("is damaged: the checksum of its state is wrong");
    }

    static uint PayloadCrc(FileStream stream)
    {
        var (crc, buffer) = (0u, new byte[1 << 18]);
        while (stream.Read(buffer) is > 0 and var count)
        {
            crc = Crc32C.Append(crc, buffer.AsSpan(0, count));
        }

        return crc;
    }
}
