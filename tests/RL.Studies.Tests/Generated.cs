using System.Buffers.Binary;
using System.IO.Compression;

namespace RL.Studies.Tests;

/// <summary>Small image files in the formats that are read, with patterns that a small network learns in seconds.</summary>
static class Generated
{
    /// <summary>Images of class k with a bright bar whose place says k; the rest is deterministic noise.</summary>
    public static byte[] Pixels(int count, int channels, int side, int classes)
    {
        var pixels = new byte[count * channels * side * side];
        var noise = 12345u;
        for (var i = 0; i < pixels.Length; i++)
        {
            noise = (noise * 1664525) + 1013904223;
            var label = i / (channels * side * side) % classes;
            var row = i / side % side;
            var isBar = row * classes / side == label;
            pixels[i] = (byte)((isBar ? 180 : 20) + (noise >> 26));
        }
        return pixels;
    }

    /// <summary>Labels of those images.</summary>
    public static byte[] Labels(int count, int classes) => [.. Enumerable.Range(0, count).Select(i => (byte)(i % classes))];

    /// <summary>An IDX file of unsigned bytes, compressed if its name ends in .gz.</summary>
    public static void WriteIdx(string path, byte[] data, params int[] sizes)
    {
        var file = new byte[4 + (4 * sizes.Length) + data.Length];
        (file[2], file[3]) = (8, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteInt32BigEndian(file.AsSpan(4 + (4 * i)), sizes[i]);
        }
        data.CopyTo(file.AsSpan(4 + (4 * sizes.Length)));
        using var stream = File.Create(path);
        if (path.EndsWith(".gz", StringComparison.Ordinal))
        {
            using var gzip = new GZipStream(stream, CompressionLevel.Fastest);
            gzip.Write(file);
        }
        else
        {
            stream.Write(file);
        }
    }

    /// <summary>MNIST-format files of ten classes.</summary>
    public static (string Images, string Labels) WriteMnist(TemporaryFolder folder, int count, int side = 28)
    {
        var (images, labels) = (folder.File("images.gz"), folder.File("labels"));
        WriteIdx(images, Pixels(count, 1, side, 10), count, side, side);
        WriteIdx(labels, Labels(count, 10), count);
        return (images, labels);
    }

    /// <summary>A CIFAR-10 batch.</summary>
    public static string WriteCifar(TemporaryFolder folder, int count, string name = "data_batch_1.bin")
    {
        var pixels = Pixels(count, 3, 32, 10);
        using var file = File.Create(folder.File(name));
        for (var i = 0; i < count; i++)
        {
            file.WriteByte((byte)(i % 10));
            file.Write(pixels, i * 3072, 3072);
        }
        return folder.File(name);
    }
}
