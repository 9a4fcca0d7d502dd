using System.Globalization;
using System.Text;
using RL.Agents;

namespace RL.Runs;

/// <summary>evaluation.csv: one line per evaluation, on disk as soon as it is there.</summary>
sealed class EvaluationTable : IDisposable
{
    public const string FileName = "evaluation.csv";

    const string Header = "step,episodes,mean,std,min,max,length\n";

    /// <summary>Three million evaluations.</summary>
    const long MostBytes = 1 << 28;

    readonly FileStream _stream;

    /// <summary>Opens the table in <paramref name="folder"/> to append to it, or creates it.</summary>
    public EvaluationTable(string folder)
    {
        var file = Path.Combine(folder, FileName);
        var there = File.Exists(file) ? File.ReadAllBytes(file) : [];
        Extent = new(FileName, there.Length, Crc32C.Append(0, there));
        _stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 0);
        try
        {
            if (there.Length == 0)
            {
                Write(Header);
            }
        }
        catch
        {
            _stream.Dispose();
            throw;
        }
    }

    /// <summary>What a checkpoint says of the file.</summary>
    public CheckpointPart Extent { get; private set; }

    public void Add(EvaluationResult result) => Write(string.Create(
        CultureInfo.InvariantCulture,
        $"{result.Step},{result.Returns.Count},{result.Mean:R},{result.StandardDeviation:R},{result.Returns.Min():R},{result.Returns.Max():R},{result.Lengths.Average():R}\n"));

    /// <summary>Whether the folder has a table with at least a line, which is damaged or not, or may not be looked into.</summary>
    public static bool IsBegun(string folder) =>
        RunNames.IsClosed(folder)
        || (File.Exists(Path.Combine(folder, FileName)) && new FileInfo(Path.Combine(folder, FileName)).Length > Header.Length);

    /// <summary>The evaluations in the table of <paramref name="folder"/>, in order.</summary>
    /// <exception cref="InvalidDataException">The table is damaged.</exception>
    public static IEnumerable<EvaluationRow> Read(string folder)
    {
        var file = Path.Combine(folder, FileName);
        if (RunNames.IsClosed(folder))
        {
            throw new InvalidDataException($"The folder {folder} may not be read by this user.");
        }

        if (!File.Exists(file))
        {
            yield break;
        }

        RegularFile.ThrowUnlessFits(file, MostBytes);

        // A process that was killed may have left half a line at the end.
        var lines = File.ReadAllText(file).Split('\n');
        if (lines.Length > 1 && lines[0] != Header.TrimEnd())
        {
            throw new InvalidDataException($"{file} is damaged: it begins with '{Shown.Short(lines[0])}' instead of '{Header.TrimEnd()}'.");
        }

        foreach (var line in lines[..^1].Skip(1))
        {
            yield return line.Split(',') is [var step, _, var mean, var deviation, _, _, { Length: > 0 }]
                && long.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out var at)
                && double.TryParse(mean, CultureInfo.InvariantCulture, out var value)
                && double.TryParse(deviation, CultureInfo.InvariantCulture, out var spread)
                    ? new EvaluationRow(at, value, spread)
                    : throw new InvalidDataException($"{file} is damaged: '{Shown.Short(line)}' is no line of evaluations.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    /// <summary>From where the last complete line ended: what a full disk took of another is written over.</summary>
    void Write(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Disk.Write(_stream, bytes, Extent.Length);
        Disk.Flush(_stream);
        Extent = Extent with { Length = Extent.Length + bytes.Length, Crc = Crc32C.Append(Extent.Crc, bytes) };
    }
}

/// <summary>Summary of an evaluation.</summary>
/// <param name="Step">Environment steps of training before it.</param>
/// <param name="Mean">Mean return of its episodes.</param>
/// <param name="StandardDeviation">Standard deviation of the returns over the episodes.</param>
public sealed record EvaluationRow(long Step, double Mean, double StandardDeviation)
{
    internal static EvaluationRow Of(EvaluationResult result) => new(result.Step, result.Mean, result.StandardDeviation);

    /// <summary>Whether it is the best so far; of equals the earlier one is. One that is not a number never is.</summary>
    internal bool BetterThan(EvaluationRow? best) => !double.IsNaN(Mean) && (best is null || Mean > best.Mean);
}
