using System.Buffers.Binary;

namespace RL.Runs;

/// <summary>
/// Reads an event file as far as it goes, and later what was added since. What is damaged, or too large to be a record, ends the reading
/// of the file for good: <see cref="Problem"/> says why. Its memory is one buffer.
/// </summary>
sealed class EventTail(string file)
{
    const int HeaderBytes = 12, FooterBytes = 4, FirstBuffer = 1 << 16;

    /// <summary>A picture or a table of options is far smaller; a length that fits its checksum may still be made up.</summary>
    const int MostRecordBytes = 1 << 26;

    /// <summary>Bytes read, all of complete records.</summary>
    public long Position { get; private set; }

    /// <summary>Why nothing more of the file is read, a sentence that names it; null: nothing is wrong.</summary>
    public string? Problem { get; private set; }

    /// <summary>Hands out the complete records that were not read yet.</summary>
    /// <param name="visitor">Receives them.</param>
    /// <param name="mostBytes">As many bytes of records in one go, and one record at least.</param>
    /// <returns>True if there may be more at once; false at the end.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public bool Read(IEventVisitor visitor, long mostBytes = long.MaxValue)
    {
        if (Problem is not null)
        {
            return false;
        }

        if (RegularFile.Problem(file) is { } other)
        {
            Problem = $"{file} cannot be read: {other}.";
            return false;
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 0);
        stream.Position = Position;
        var buffer = new byte[FirstBuffer];
        var (used, end) = (0, Position + mostBytes);
        while (stream.ReadAtLeast(buffer.AsSpan(used), 1, throwOnEndOfStream: false) is > 0 and var read)
        {
            used += read;
            var taken = Take(buffer.AsSpan(0, used), visitor, out var wanted);
            Position += taken;
            if (Problem is not null)
            {
                return false;
            }

            if (mostBytes < long.MaxValue && Position >= end)
            {
                return true;
            }

            buffer.AsSpan(taken, used - taken).CopyTo(buffer);
            used -= taken;
            // The next record as a whole: it says itself how long it is, but the file must be as long.
            if (wanted > buffer.Length)
            {
                if (stream.Length - Position < wanted)
                {
                    return false;
                }

                Array.Resize(ref buffer, wanted);
            }
        }

        return false;
    }

    /// <returns>Bytes of complete records; <paramref name="wanted"/> is how many the one behind them has.</returns>
    int Take(ReadOnlySpan<byte> bytes, IEventVisitor visitor, out int wanted)
    {
        var taken = 0;
        wanted = 0;
        while (bytes.Length - taken >= HeaderBytes)
        {
            var record = bytes[taken..];
            var length = BinaryPrimitives.ReadInt64LittleEndian(record);
            if (Crc32C.Masked(record[..8]) != BinaryPrimitives.ReadUInt32LittleEndian(record[8..]))
            {
                return Stop("is damaged: a record's length does not fit its checksum", taken);
            }

            if (length is < 0 or > MostRecordBytes)
            {
                return Stop($"is damaged: a record has {length} bytes", taken);
            }

            wanted = HeaderBytes + (int)length + FooterBytes;
            if (record.Length < wanted)
            {
                break;
            }

            var message = record.Slice(HeaderBytes, (int)length);
            if (Crc32C.Masked(message) != BinaryPrimitives.ReadUInt32LittleEndian(record[(HeaderBytes + (int)length)..]))
            {
                return Stop("is damaged: a record does not fit its checksum", taken);
            }

            try
            {
                EventParser.Parse(message, visitor);
            }
            catch (InvalidDataException exception)
            {
                return Stop($"is damaged: {exception.Message}", taken);
            }

            taken += wanted;
            wanted = 0;
        }

        return taken;
    }

    int Stop(string what, int taken)
    {
        Problem = $"{file} {what}.";
        return taken;
    }
}
