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
    const int MostBytes = 1 << 30;

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
        var file = Decompressed(path);
        var header = 4 + (4 * dimensions);
        if (file.Length < header || file[0] != 0 || file[1] != 0)
        {
            throw Bad(path, what, "it does not begin with an IDX header");
        }
        if (file[2] != UnsignedByte || file[3] != dimensions)
        {
            throw Bad(
                path, what, $"it has element type {file[2]} and {file[3]} dimensions; allowed: {UnsignedByte} and {dimensions}");
        }
        var sizes = new int[dimensions];
        var length = 1L;
        for (var i = 0; i < dimensions; i++)
        {
            sizes[i] = BinaryPrimitives.ReadInt32BigEndian(file.AsSpan(4 + (4 * i)));
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
        return file.Length - header == length
            ? (sizes, file[header..])
            : throw Bad(path, what, $"[{string.Join('×', sizes)}] takes {length} bytes of data; it has {file.Length - header}" +
                (file.Length - header < length ? " (truncated?)" : ""));
    }

    static byte[] Decompressed(string path)
    {
        var stored = RegularFile.ReadAllBytes(path);
        if (!(stored is [0x1f, 0x8b, ..]))
        {
            return stored;
        }
        using var data = new MemoryStream();
        try
        {
            using var gzip = new GZipStream(new MemoryStream(stored), CompressionMode.Decompress);
            var buffer = new byte[1 << 16];
            while (gzip.Read(buffer) is > 0 and var count)
            {
                if (data.Length > MostBytes)
                {
                    throw new InvalidDataException($"it unpacks to more than {MostBytes} bytes");
                }
                data.Write(buffer, 0, count);
            }
        }
        catch (InvalidDataException error)
        {
            throw new InvalidDataException($"{path} is a damaged gzip file: {error.Message}", error);
        }
        return data.ToArray();
    }

    static InvalidDataException Bad(string path, string what, string why) =>
        new($"{path} is not a readable IDX file of {what}: {why}.");
}
