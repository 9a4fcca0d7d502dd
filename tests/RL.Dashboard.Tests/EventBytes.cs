using System.Text;

namespace RL.Dashboard.Tests;

/// <summary>Event files as others write them, byte by byte.</summary>
static class EventBytes
{
    public static byte[] Varint(int field, ulong value) => [.. Number(((ulong)field << 3) | 0), .. Number(value)];

    public static byte[] Bytes(int field, params byte[] content) => [.. Number(((ulong)field << 3) | 2), .. Number((ulong)content.Length), .. content];

    public static byte[] Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    public static byte[] Double(int field, double value) => [.. Number(((ulong)field << 3) | 1), .. BitConverter.GetBytes(value)];

    public static byte[] Float(int field, float value) => [.. Number(((ulong)field << 3) | 5), .. BitConverter.GetBytes(value)];

    /// <summary>A record with one value of a summary.</summary>
    public static byte[] Value(string tag, long step, params byte[] content) =>
        Record([.. Double(1, 1_700_000_000 + step), .. Varint(2, (ulong)step), .. Bytes(5, Bytes(1, [.. Text(1, tag), .. content]))]);

    public static byte[] Plugin(string name) => Bytes(9, Bytes(1, Text(1, name)));

    public static byte[] Record(byte[] message)
    {
        var length = BitConverter.GetBytes((long)message.Length);
        return [.. length, .. BitConverter.GetBytes(Crc32C.Masked(length)), .. message, .. BitConverter.GetBytes(Crc32C.Masked(message))];
    }

    static byte[] Number(ulong value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }
}
