using System.Buffers.Binary;
using System.Text;
using RL.Runs;

namespace RL;

/// <summary>What a record of an event file says.</summary>
sealed record EventRecord(double WallTime, long Step, string? FileVersion, string? Tag, float? Value, string? Text, string? Plugin, int? Session);

/// <summary>Reads an event file up to its last complete record and verifies every checksum.</summary>
static class EventReader
{
    public static List<EventRecord> Read(string file)
    {
        // A file that is being written may be read.
        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        var records = new List<EventRecord>();
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
            records.Add(Parse(message.ToArray()));
            position += 16 + length;
        }

        return records;
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
            value.TryGetValue(8, out var tensor) ? Encoding.UTF8.GetString((byte[])Fields((byte[])tensor)[8]) : null,
            value.TryGetValue(9, out var metadata) ? Encoding.UTF8.GetString((byte[])Fields((byte[])Fields((byte[])metadata)[1])[1]) : null,
            fields.TryGetValue(7, out var session) ? (int)(ulong)Fields((byte[])session)[1] : null);
    }

    static Dictionary<int, object> Fields(byte[] message) =>
        EventMessage.Fields(message).GroupBy(field => field.Number).ToDictionary(group => group.Key, group => group.Last().Value);
}
