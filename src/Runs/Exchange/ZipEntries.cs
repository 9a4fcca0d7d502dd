using System.IO.Compression;
using System.IO.Hashing;

namespace RL.Runs;

/// <summary>Entries of zip archives of others.</summary>
static class ZipEntries
{
    /// <summary>torch.save and Stable-Baselines3 do not compress; weights hardly can be.</summary>
    const int LargestRatio = 20;

    /// <summary>Opens an archive that is in memory or in a file.</summary>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static ZipArchive Open(Stream stream) => Guard(() =>
    {
        ZipArchive archive;
        IReadOnlyCollection<ZipArchiveEntry> entries;
        try
        {
            archive = new(stream, ZipArchiveMode.Read);
            entries = archive.Entries;
        }
        catch (InvalidDataException exception)
        {
            throw new IOException(exception.Message, exception);
        }

        // Programs differ in which of them they read.
        return entries.GroupBy(entry => entry.FullName).FirstOrDefault(same => same.Skip(1).Any())?.Key is not { } twice
            ? archive
            : throw new InvalidDataException($"it has two entries with the name {Shown.Short(twice)}");
    });

    /// <summary>The content of an entry, if it is as long as it says.</summary>
    /// <exception cref="InvalidDataException">It is longer than <paramref name="most"/>, damaged, or would unfold to many times its size.</exception>
    public static byte[] Read(ZipArchiveEntry entry, long most) => Guard(() =>
    {
        if (entry.Length > Math.Min(most, Array.MaxLength) || entry.Length > (LargestRatio * Math.Max(entry.CompressedLength, 1 << 10)))
        {
            throw new InvalidDataException(
                $"its entry {Shown.Short(entry.FullName)} unfolds from {entry.CompressedLength} to {entry.Length} bytes; allowed: {Math.Min(most, Array.MaxLength)}, and "
                + $"{LargestRatio} times as much");
        }

        using var content = entry.Open();
        var bytes = new byte[entry.Length];
        content.ReadExactly(bytes);
        return content.ReadByte() >= 0 ? throw new InvalidDataException($"its entry {Shown.Short(entry.FullName)} is longer than it says")
            : Crc32.HashToUInt32(bytes) != entry.Crc32 ? throw new InvalidDataException($"its entry {Shown.Short(entry.FullName)} is damaged: the checksum differs")
            : bytes;
    });

    static T Guard<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception exception) when (exception is EndOfStreamException or NotSupportedException or IOException or ArgumentException or OverflowException)
        {
            throw new InvalidDataException($"it is no whole zip archive: {exception.Message}", exception);
        }
    }
}
