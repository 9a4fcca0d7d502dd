using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace RL.Host;

/// <summary>Writes PNG images (ISO/IEC 15948): 8-bit RGB, not interlaced.</summary>
static class PngFile
{
    static readonly byte[] _signature = [0x89, (byte)'P', (byte)'N', (byte)'G', (byte)'\r', (byte)'\n', 0x1a, (byte)'\n'];

    static readonly uint[] _crcTable = CrcTable();

    /// <param name="path">The file; replaced as a whole.</param>
    /// <param name="width">Pixels of a row.</param>
    /// <param name="height">Rows.</param>
    /// <param name="rgb">Red, green, blue, top row first. [height × width × 3]</param>
    public static void Write(string path, int width, int height, ReadOnlySpan<byte> rgb)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(rgb.Length, width * height * 3);
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        (header[8], header[9]) = (8, 2); // bits per channel, true colour

        using var pixels = new MemoryStream();
        using (var compressed = new ZLibStream(pixels, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            // Each byte as its difference to the pixel on the left (filter 1): flat areas become zeros.
            var row = new byte[1 + (width * 3)];
            row[0] = 1;
            for (var y = 0; y < height; y++)
            {
                var source = rgb.Slice(y * width * 3, width * 3);
                for (var i = 0; i < source.Length; i++)
                {
                    row[1 + i] = (byte)(source[i] - (i < 3 ? 0 : source[i - 3]));
                }

                compressed.Write(row);
            }
        }

        var temporary = path + ".part";
        using (var file = File.Create(temporary))
        {
            file.Write(_signature);
            WriteChunk(file, "IHDR", header);
            WriteChunk(file, "IDAT", pixels.ToArray());
            WriteChunk(file, "IEND", []);
        }

        File.Move(temporary, path, overwrite: true);
    }

    static void WriteChunk(Stream file, string type, ReadOnlySpan<byte> data)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes(type), .. data];
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, data.Length);
        file.Write(number);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc(content));
        file.Write(number);
    }

    static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc = _crcTable[(byte)(crc ^ value)] ^ (crc >> 8);
        }

        return ~crc;
    }

    static uint[] CrcTable()
    {
        var table = new uint[256];
        for (var i = 0u; i < 256; i++)
        {
            var crc = i;
            for (var bit = 0; bit < 8; bit++)
            {
                crc = (crc & 1) != 0 ? 0xedb88320 ^ (crc >> 1) : crc >> 1;
            }

            table[i] = crc;
        }

        return table;
    }
}
