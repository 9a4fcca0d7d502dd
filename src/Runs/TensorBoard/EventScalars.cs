using System.Buffers.Binary;
using System.Text;

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
                var (step, session, name, value) = Parse(message);
                if (session)
                {
                    scalars.RemoveAll(scalar => scalar.Step >= step);
                }
                else if (name == tag)
                {
                    scalars.Add((step, value));
                }
            }
        }

        return scalars;
    }

    /// <summary>The tags of all scalars of a run.</summary>
    /// <exception cref="InvalidDataException">A file is damaged.</exception>
    public static HashSet<string> Tags(string folder) =>
    [
        .. Directory.EnumerateFiles(folder, "events.out.tfevents.*").SelectMany(Records).Select(message => Parse(message).Tag).OfType<string>(),
    ];

    static IEnumerable<byte[]> Records(string file)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var header = new byte[12];
        while (stream.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) == header.Length)
        {
            var length = BinaryPrimitives.ReadInt64LittleEndian(header);
            if (Crc32C.Masked(header.AsSpan(0, 8)) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(8)))
            {
                throw new InvalidDataException($"{file} is damaged: a record's length does not fit its checksum.");
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

    /// <summary>An Event; the fields are listed at <see cref="EventMessage"/>.</summary>
    static (long Step, bool StartsSession, string? Tag, float Value) Parse(byte[] message)
    {
        var fields = EventMessage.Fields(message);
        var step = fields.TryGetValue(2, out var number) ? (long)(ulong)number : 0;
        if (!fields.TryGetValue(5, out var summary))
        {
            return (step, fields.ContainsKey(7), null, 0);
        }

        var value = EventMessage.Fields((byte[])EventMessage.Fields((byte[])summary)[1]);
        return value.TryGetValue(2, out var scalar)
            ? (step, false, Encoding.UTF8.GetString((byte[])value[1]), BitConverter.UInt32BitsToSingle((uint)scalar))
            : (step, false, null, 0);
    }
}
