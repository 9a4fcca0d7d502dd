using System.Buffers.Binary;
using System.IO.Compression;
using System.IO.Hashing;

namespace RL.Runs;

/// <summary>
/// The least of PNG that event files need: RGB pictures written with the "up" filter, and the size of any. (Reading pictures, and writing
/// text on them, is RL.Drawing's, with a graphics library that training does not need.)
/// </summary>
static class PngFile
{
    const int HeaderBytes = 24, Channels = 3;

    static ReadOnlySpan<byte> Signature => [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0d, 0x0a, 0x1a, 0x0a];

    /// <summary>Encodes red, green, blue, top row first. [height × width × 3]</summary>
    public static byte[] Encode(int width, int height, ReadOnlySpan<byte> rgb)
    {
        var stride = width * Channels;
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var line = new byte[stride + 1];
            for (var y = 0; y < height; y++)
            {
                var row = rgb.Slice(y * stride, stride);
                line[0] = 2; // up
                for (var x = 0; x < stride; x++)
                {
                    line[x + 1] = (byte)(row[x] - (y == 0 ? 0 : rgb[((y - 1) * stride) + x]));
                }

                zlib.Write(line);
            }
        }

        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        (header[8], header[9]) = (8, 2); // bits, RGB
        using var file = new MemoryStream();
        file.Write(Signature);
        WriteChunk(file, "IHDR"u8, header);
        WriteChunk(file, "IDAT"u8, packed.GetBuffer().AsSpan(0, (int)packed.Length));
        WriteChunk(file, "IEND"u8, []);
        return file.ToArray();
    }

    /// <summary>Width and height as a PNG file says them.</summary>
    /// <exception cref="InvalidDataException">It is no PNG file.</exception>
    public static (int Width, int Height) SizeOf(ReadOnlySpan<byte> png) =>
        IsPng(png)
            ? (BinaryPrimitives.ReadInt32BigEndian(png[16..]), BinaryPrimitives.ReadInt32BigEndian(png[20..]))
            : throw new InvalidDataException("The picture is no PNG file.");

    /// <summary>Whether bytes begin as a PNG file does.</summary>
    public static bool IsPng(ReadOnlySpan<byte> bytes) => bytes.Length >= HeaderBytes && bytes.StartsWith(Signature);

    static void WriteChunk(MemoryStream file, ReadOnlySpan<byte> name, ReadOnlySpan<byte> content)
    {
        Span<byte> number = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(number, content.Length);
        file.Write(number);
        file.Write(name);
        file.Write(content);
        BinaryPrimitives.WriteUInt32BigEndian(number, Crc32.HashToUInt32([.. name, .. content]));
        file.Write(number);
    }
}
