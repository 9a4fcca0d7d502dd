using System.Buffers.Binary;
using System.Numerics;

namespace RL.Runs;

/// <summary>CRC-32C (Castagnoli), with the processor's own instruction where it has one.</summary>
static class Crc32C
{
    /// <summary>Extends <paramref name="crc"/>, the checksum of the preceding bytes (0 at the start).</summary>
    public static uint Append(uint crc, ReadOnlySpan<byte> bytes)
    {
        crc = ~crc;
        while (bytes.Length >= sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
            bytes = bytes[sizeof(ulong)..];
        }

        foreach (var value in bytes)
        {
            crc = BitOperations.Crc32C(crc, value);
        }

        return ~crc;
    }

    /// <summary>
    /// The checksum as a TFRecord stores it: rotated and shifted, because the checksum of data that holds its own checksum is
    /// of no use.
    /// </summary>
    public static uint Masked(ReadOnlySpan<byte> bytes) => BitOperations.RotateRight(Append(0, bytes), 15) + 0xa282ead8;
}
