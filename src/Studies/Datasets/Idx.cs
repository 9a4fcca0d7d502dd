using System.Buffers.Binary;
using System.IO.Compression;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>
/// The format of MNIST's files: two zero bytes, the element type (8: unsigned bytes), the number of dimensions, each dimension as
/// a big-endian 32-bit number, then the data row by row; as it is or compressed by gzip.
/// </summary>
public static class Idx
{
    const byte UnsignedByte = 8;

    /// <summary>Reads images [N×H×W] and their labels [N].</summary>
    /// <exception cref="InvalidDataException">A damaged file or files that do not belong together: says which and why.</exception>
    public static ImageSet Read(string images, string labels)
    {
        var (sizes, pixels) = ReadPixels(images);
        var (count, classes) = ReadFile(labels, 1, "labels");
        if (count[0] != sizes[0])
        {
            throw new InvalidDataException($"{images} has {sizes[0]} images, but {labels} has {count[0]} labels.");
        }
        // MNIST and what stands in for it have ten classes, even where a small excerpt lacks some.
        var known = Math.Max(10, classes.Max() + 1);
        return ImageSet.FromBytes(
            pixels, [1, sizes[1], sizes[2]], [.. classes.Select(label => (long)label)], ImageSet.Numbered(known));
    }

    /// <summary>Reads images alone, as [N×1×H×W] in [0, 1].</summary>
    /// <exception cref="InvalidDataException">A damaged file: says what is wrong.</exception>
    public static Tensor ReadImages(string images)
    {
        var (sizes, pixels) = ReadPixels(images);
        return ImageSet.Values(pixels, [sizes[0], 1, sizes[1], sizes[2]]);
    }

    static (int[] Sizes, byte[] Data) ReadPixels(string path)
    {
        var (sizes, pixels) = ReadFile(path, 3, "images");
        return pixels.Length > 0 ? (sizes, pixels) : throw new InvalidDataException($"{path} has no images.");
    }

    static (int[] Sizes, byte[] Data) ReadFile(string path, int dimensions, string what)
    {
        RegularFile.ThrowUnlessRegular(path);
        using var stored = File.OpenRead(path);
        var isCompressed = stored.ReadByte() == 0x1f && stored.ReadByte() == 0x8b;
        stored.Position = 0;
        using Stream file = isCompressed ? new GZipStream(stored, CompressionMode.Decompress) : stored;
        var header = Bytes(path, file, 4 + (4 * dimensions));
        if (header.Length < 4 + (4 * dimensions) || header[0] != 0 || header[1] != 0)
        {
            throw Bad(path, what, "it does not begin with an IDX header");
        }
        if (header[2] != UnsignedByte || header[3] != dimensions)
        {
            throw Bad(
                path, what, $"it has element type {header[2]} and {header[3]} dimensions; allowed: {UnsignedByte} and {dimensions}");
        }
        var sizes = new int[dimensions];
        var length = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + (4 * i)));
            if (sizes[i] < 0)
            {
                throw Bad(path, what, $"dimension {i + 1} is {sizes[i]}");
            }
            // Three sizes may have a product beyond 64 bits.
            if (sizes[i] > 0 && length > Array.MaxLength / sizes[i])
            {
                throw Bad(path, what, $"its sizes have a product of more than {Array.MaxLength}");
            }
            length *= sizes[i];
        }
        // A file may be longer than it says, and unpack to any size: what it says is read.
        var data = Bytes(path, file, (int)length);
        var has = isCompressed ? data.Length + Bytes(path, file, 1).Length : stored.Length - header.Length;
        return has == length
            ? (sizes, data)
            : throw Bad(path, what, $"[{string.Join('×', sizes)}] takes {length} bytes of data; it has {(isCompressed && has > length ? "more" : has)}" +
                (has < length ? " (truncated?)" : ""));
    }

    /// <summary>The next bytes, as many as are there; no more memory is taken than for twice as many.</summary>
    static byte[] Bytes(string path, Stream file, int most)
    {
        var bytes = new byte[Math.Min(most, 1 << 20)];
        var count = 0;
        try
        {
            while (true)
            {
                count += file.ReadAtLeast(bytes.AsSpan(count), bytes.Length - count, throwOnEndOfStream: false);
                if (count < bytes.Length || count == most)
                {
                    return bytes[..count];
                }
                Array.Resize(ref bytes, (int)Math.Min(most, 2L * bytes.Length));
            }
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path} is a damaged gzip file: {error.Message}", error);
        }
    }

    static InvalidDataException Bad(string path, string what, string why) =>
        new($"{path} is not a readable IDX file of {what}: {why}.");
}
