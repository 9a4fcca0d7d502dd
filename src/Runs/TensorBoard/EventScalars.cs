using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace RL.Runs;

/// <summary>Reads scalars back from the event files of a run: what <see cref="EventFile"/> wrote.</summary>
static class EventScalars
{
    /// <summary>
    /// (step, value) of a series, in order, over all sessions of a run: where one begins again at an earlier step, what came after that step
    /// is dropped, as TensorBoard does. A file that is being written is read up to its last complete record.
    /// </summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static List<(long Step, float Value)> Read(string folder, string tag)
    {
        var scalars = new List<(long Step, float Value)>();
        foreach (var file in Directory.EnumerateFiles(folder, "events.out.tfevents.*").Order(StringComparer.Ordinal))
        {
            foreach (var message in Records(file))
            {
                var (step, session, values) = Parse(file, message);
                if (session)
                {
                    scalars.RemoveAll(scalar => scalar.Step >= step);
                }

                scalars.AddRange(values.Where(scalar => scalar.Tag == tag).Select(scalar => (step, scalar.Value)));
            }
        }

        return scalars;
    }

    /// <summary>The tags of all scalars of a run.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static HashSet<string> Tags(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "events.out.tfevents.*")
            .SelectMany(file => Records(file).SelectMany(message => Parse(file, message).Scalars)).Select(scalar => scalar.Tag),
    ];

    static IEnumerable<byte[]> Records(string file)
    {
        if (RegularFile.Problem(file) is { } problem)
        {
            throw new InvalidDataException($"{file} cannot be read: {problem}.");
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var header = new byte[12];
        while (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length)
        {
            var length = BinaryPrimitives.ReadInt64LittleEndian(header);
            if (Crc32C.Masked(header.AsSpan(0, 8)) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)))
            {
                throw new InvalidDataException($"{file} is damaged: a record's length does not fit its checksum.");
            }

            if (length < 0 || length > Array.MaxLength - 4)
            {
                throw new InvalidDataException($"{file} is damaged: a record has {length} bytes.");
            }

            if (stream.Length - stream.Position < length + 4)
            {
                yield break;
            }

            var record = new byte[length + 4];
            stream.ReadExactly(record);
            var message = record[..^4];
            if (Crc32C.Masked(message) != BinaryPrimitives.ReadUInt32LittleEndian(record.AsSpan(message.Length)))
            {
                throw new InvalidDataException($"{file} is damaged: a record does not fit its checksum.");
            }

            yield return message;
        }
    }

    /// <summary>An Event; the fields are listed at <see cref="EventMessage"/>. A summary has any number of values, of which some are scalars.</summary>
    /// <exception cref="InvalidDataException">It is no Event.</exception>
    static (long Step, bool StartsSession, List<(string Tag, float Value)> Scalars) Parse(string file, byte[] message)
    {
        try
        {
            var fields = EventMessage.Fields(message).ToLookup(field => field.Number, field => field.Value);
            var scalars = new List<(string Tag, float Value)>();
            foreach (var value in fields[5].SelectMany(summary => EventMessage.Fields((byte[])summary)).Where(field => field.Number == 1))
            {
                var parts = EventMessage.Fields((byte[])value.Value).ToLookup(field => field.Number, field => field.Value);
                if (parts[1].LastOrDefault() is byte[] tag && parts[2].LastOrDefault() is uint scalar)
                {
                    scalars.Add((Encoding.UTF8.GetString(tag), BitConverter.UInt32BitsToSingle(scalar)));
                }
            }

            return (fields[2].LastOrDefault() is ulong step ? (long)step : 0, fields[7].Any(), scalars);
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or InvalidCastException)
        {
            throw new InvalidDataException($"{file} is damaged: a record is no event ({exception.Message})", exception);
        }
    }
}
