using System.Globalization;
using System.Text;
using RL.Agents;

namespace RL.Runs;

/// <summary>
/// Rows of a replay buffer in files that only grow: replay-&lt;first row&gt;.bin, each with the same number of rows once it is full. A
/// checkpoint adds the rows that are new to the last file, and names all files with the lengths and checksums that they have then.
/// </summary>
sealed class RowFiles(string folder, Action<string> making)
{
    const string Prefix = "replay-";

    /// <summary>The files as the last complete checkpoint names them.</summary>
    public IReadOnlyList<CheckpointPart> Kept { get; set; } = [];

    /// <summary>The first row in a file.</summary>
    public static long FirstOf(CheckpointPart part) =>
        long.Parse(Path.GetFileNameWithoutExtension(part.Name)[Prefix.Length..], NumberStyles.None, CultureInfo.InvariantCulture);

    /// <summary>Brings rows to the disk that the last complete checkpoint does not have.</summary>
    /// <returns>The files that hold rows first to end.</returns>
    public IReadOnlyList<CheckpointPart> Write(long first, long end, int rowBytes, int rowsPerFile, Action<long, Span<byte>> copy)
    {
        var parts = Kept.Where(part => FirstOf(part) + (part.Length / rowBytes) > first).ToList();
        var next = parts.Count > 0 ? FirstOf(parts[^1]) + (parts[^1].Length / rowBytes) : first;
        while (next < end)
        {
            var last = parts.Count > 0 && parts[^1].Length / rowBytes < rowsPerFile ? parts[^1] : null;
            var part = last ?? new CheckpointPart(string.Create(CultureInfo.InvariantCulture, $"{Prefix}{next}.bin"), 0, 0);
            var rows = Math.Min(end - next, rowsPerFile - (part.Length / rowBytes));
            part = Append(part, next, rows, rowBytes, copy);
            next += rows;
            parts = [.. parts.Where(other => other.Name != part.Name), part];
        }

        return parts;
    }

    /// <summary>Hands out rows.</summary>
    /// <exception cref="InvalidDataException">They are not in these files.</exception>
    public static void Read(
        string folder, IReadOnlyList<CheckpointPart> parts, long first, long end, int rowBytes, Action<long, ReadOnlySpan<byte>> take)
    {
        var next = first;
        var row = new byte[rowBytes];
        foreach (var part in parts)
        {
            var (begin, rows) = (FirstOf(part), part.Length / rowBytes);
            if (begin + rows <= next || begin > next)
            {
                continue;
            }

            using var stream = new FileStream(Path.Combine(folder, part.Name), FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 18);
            stream.Position = (next - begin) * rowBytes;
            for (; next < Math.Min(end, begin + rows); next++)
            {
                stream.ReadExactly(row);
                take(next, row);
            }
        }

        if (next != end)
        {
            throw new InvalidDataException($"{folder}: rows {next} to {end} of the replay buffer are missing.");
        }
    }

    CheckpointPart Append(CheckpointPart part, long first, long rows, int rowBytes, Action<long, Span<byte>> copy)
    {
        making(part.Name);
        var path = Path.Combine(folder, part.Name);
        if (RegularFile.IsLink(path))
        {
            throw new IOException($"{path} is a symbolic link; a run writes only over files of its own.");
        }

        RegularFile.MakeOwn(path);
        using var stream = new FileStream(path, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 1);
        // What stands behind is of a checkpoint that was never completed.
        stream.SetLength(part.Length);
        stream.Position = part.Length;
        var chunk = new byte[rowBytes * (int)Math.Min(rows, Math.Max(1, (1 << 18) / rowBytes))];
        var crc = part.Crc;
        for (var row = first; row < first + rows;)
        {
            var used = 0;
            for (; used < chunk.Length && row < first + rows; used += rowBytes)
            {
                copy(row++, chunk.AsSpan(used, rowBytes));
            }

            crc = Crc32C.Append(crc, chunk.AsSpan(0, used));
            stream.Write(chunk, 0, used);
        }

        Disk.Flush(stream);
        return part with { Length = part.Length + (rows * rowBytes), Crc = crc };
    }
}

/// <summary>Writes the state of a training loop; rows of the replay buffer go to files of their own.</summary>
sealed class CheckpointWriter(Stream stream, RowFiles rows) : BinaryWriter(stream, Encoding.UTF8, leaveOpen: true), IRowLogWriter
{
    /// <summary>The files that hold the rows.</summary>
    public IReadOnlyList<CheckpointPart> Rows { get; private set; } = [];

    /// <remarks>A BinaryWriter that is derived from copies the bytes into an array first: of a rollout of images some 200 MB.</remarks>
    public override void Write(ReadOnlySpan<byte> buffer) => OutStream.Write(buffer);

    /// <inheritdoc/>
    public void WriteRows(long first, long end, int rowBytes, int rowsPerFile, Action<long, Span<byte>> copy) =>
        Rows = rows.Write(first, end, rowBytes, rowsPerFile, copy);
}

/// <summary>Reads the state of a training loop.</summary>
sealed class CheckpointReader(Stream stream, string folder, IReadOnlyList<CheckpointPart> rows)
    : BinaryReader(stream, Encoding.UTF8, leaveOpen: true), IRowLogReader
{
    /// <inheritdoc/>
    public void ReadRows(long first, long end, int rowBytes, Action<long, ReadOnlySpan<byte>> take) =>
        RowFiles.Read(folder, rows, first, end, rowBytes, take);
}
