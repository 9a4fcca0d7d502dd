using System.Buffers.Binary;
using System.Text;
using Google.Protobuf;

namespace RL;

/// <summary>What a record of an event file says.</summary>
sealed record EventRecord(double WallTime, long Step, string? FileVersion, string? Tag, float? Value, string? Text, string? Plugin, int? Session);

/// <summary>Reads an event file up to its last complete record and verifies every checksum.</summary>
static class EventReader
{
    public static List<EventRecord> Read(string file) => [.. Messages(file).Select(Parse)];

    static List<byte[]> Messages(string file)
    {
        // A file that is being written may be read.
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var messages = new List<byte[]>();
        for (var position = 0; position + 12 <= bytes.Length;)
        {
            var length = (int)BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(position));
            Assert.Equal(SlowMaskedCrc(bytes.AsSpan(position, 8)), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(position + 8)));
            if (position + 16 + length > bytes.Length)
            {
                break;
            }

            var message = bytes.AsSpan(position + 12, length);
            Assert.Equal(SlowMaskedCrc(message), BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(position + 12 + length)));
            messages.Add(message.ToArray());
            position += 16 + length;
        }

        return messages;
    }

    /// <summary>The definition, bit by bit.</summary>
    public static uint SlowMaskedCrc(ReadOnlySpan<byte> bytes)
    {
        var crc = 0xffffffffu;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) == 1 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
            }
        }

        crc = ~crc;
        return ((crc >> 15) | (crc << 17)) + 0xa282ead8;
    }

    static EventRecord Parse(byte[] message)
    {
        var fields = Fields(message);
        var value = fields.TryGetValue(5, out var summary) ? Fields((byte[])Fields((byte[])summary)[1]) : [];
        return new EventRecord(
            BitConverter.UInt64BitsToDouble((ulong)fields[1]),
            (long)(ulong)fields[2],
            fields.TryGetValue(3, out var version) ? Encoding.UTF8.GetString((byte[])version) : null,
            value.TryGetValue(1, out var tag) ? Encoding.UTF8.GetString((byte[])tag) : null,
            value.TryGetValue(2, out var scalar) ? BitConverter.UInt32BitsToSingle((uint)scalar) : null,
            value.TryGetValue(8, out var tensor) && Fields((byte[])tensor).TryGetValue(8, out var text) ? Encoding.UTF8.GetString((byte[])text) : null,
            value.TryGetValue(9, out var metadata) ? Encoding.UTF8.GetString((byte[])Fields((byte[])Fields((byte[])metadata)[1])[1]) : null,
            fields.TryGetValue(7, out var session) ? (int)(ulong)Fields((byte[])session)[1] : null);
    }

    /// <summary>The only value of a summary by its tag, as the fields of its Value message.</summary>
    public static ILookup<int, object> Value(string file, string tag) => Messages(file)
        .SelectMany(message => AllFields(message)[5]).SelectMany(summary => AllFields((byte[])summary)[1])
        .Select(value => AllFields((byte[])value)).Single(value => Encoding.UTF8.GetString((byte[])value[1].Single()) == tag);

    /// <summary>Every record without its time: tag and content of its summary, its step, and whether it is a marker of sessions.</summary>
    public static List<(string Tag, long Step, string Content)> WithoutTimes(string file) =>
    [
        .. from message in Messages(file)
           let fields = AllFields(message)
           from summary in fields[5]
           from value in AllFields((byte[])summary)[1]
           let tag = Encoding.UTF8.GetString((byte[])AllFields((byte[])value)[1].Single())
           select (tag, (long)(ulong)fields[2].Single(), Convert.ToHexString((byte[])value)),
    ];

    /// <summary>The fields of a message in order, repeated ones too: each a ulong, uint or byte[] (text, bytes, a message).</summary>
    public static ILookup<int, object> AllFields(byte[] message)
    {
        var input = new CodedInputStream(message);
        var fields = new List<(int Number, object Value)>();
        while (input.ReadTag() is > 0 and var tag)
        {
            fields.Add((WireFormat.GetTagFieldNumber(tag), WireFormat.GetTagWireType(tag) switch
            {
                WireFormat.WireType.Varint => input.ReadUInt64(),
                WireFormat.WireType.Fixed64 => input.ReadFixed64(),
                WireFormat.WireType.Fixed32 => input.ReadFixed32(),
                _ => input.ReadBytes().ToByteArray(),
            }));
        }

        return fields.ToLookup(field => field.Number, field => field.Value);
    }

    static Dictionary<int, object> Fields(byte[] message) => AllFields(message).ToDictionary(group => group.Key, group => group.Last());
}
