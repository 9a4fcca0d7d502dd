using System.Globalization;
using System.Text;
using System.Text.Json;

namespace RL.Runs;

/// <summary>
/// monitor.csv: one line per training episode, as the Monitor of Stable-Baselines3 writes it, so that scripts made for it can plot a run.
/// <code>
/// #{"t_start": 1738281600.0, "env_id": "Pendulum-v1"}
/// r,l,t
/// -1204.514882,200,1.337012
/// </code>
/// Return, length, and seconds since t_start. The lines of all copies are in the order in which the episodes ended. A resumed run keeps its t_start.
/// </summary>
sealed class MonitorTable : IDisposable
{
    public const string FileName = "monitor.csv";

    const string Columns = "r,l,t\r\n";
    const int Decimals = 6;

    readonly FileStream _stream;
    readonly TimeProvider _clock;
    readonly StringBuilder _pending = new();
    readonly double _start;

    /// <summary>Opens the table in <paramref name="folder"/> to append to it, or begins it.</summary>
    /// <exception cref="InvalidDataException">It is damaged.</exception>
    public MonitorTable(string folder, string environment, TimeProvider clock)
    {
        var file = Path.Combine(folder, FileName);
        var there = File.Exists(file) ? File.ReadAllBytes(file) : [];
        Extent = new(FileName, there.Length, Crc32C.Append(0, there));
        _clock = clock;
        if (there.Length == 0)
        {
            _start = Now();
            _pending.Append(CultureInfo.InvariantCulture, $"#{{\"t_start\": {Number(_start)}, \"env_id\": {JsonSerializer.Serialize(environment, OptionsJson.Line)}}}\n{Columns}");
        }
        else
        {
            _start = Start(there, file);
        }

        _stream = new FileStream(file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.Read, 0);
    }

    /// <summary>What a checkpoint says of the file, once everything is written.</summary>
    public CheckpointPart Extent { get; private set; }

    /// <summary>Adds an episode, to be written by <see cref="Write"/>.</summary>
    public void Add(double episodeReturn, int length) =>
        _pending.Append(CultureInfo.InvariantCulture, $"{Number(episodeReturn)},{length},{Number(Now() - _start)}\r\n");

    /// <summary>Writes what was added, from where the last complete write ended.</summary>
    /// <exception cref="IOException">The disk does not take it; it will be asked again.</exception>
    public void Write(bool toDisk = false)
    {
        if (_pending.Length > 0)
        {
            var bytes = Encoding.UTF8.GetBytes(_pending.ToString());
            Disk.Write(_stream, bytes, Extent.Length);
            Extent = Extent with { Length = Extent.Length + bytes.Length, Crc = Crc32C.Append(Extent.Crc, bytes) };
            _pending.Clear();
        }

        if (toDisk)
        {
            Disk.Flush(_stream);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _stream.Dispose();

    double Now() => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).TotalSeconds;

    static double Start(byte[] content, string file)
    {
        var line = content.AsSpan(0, Math.Max(0, content.AsSpan().IndexOf((byte)'\n')));
        try
        {
            using var header = JsonDocument.Parse(line.Length > 1 && line[0] == '#' ? line[1..].ToArray() : []);
            return header.RootElement.GetProperty("t_start").GetDouble();
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            throw new InvalidDataException($"{file} is damaged: its first line is not '#' and a JSON object with t_start.", exception);
        }
    }

    /// <summary>A number as Python writes it: rounded to six decimals, and never an integer.</summary>
    static string Number(double value)
    {
        var text = Math.Round(value, Decimals).ToString("R", CultureInfo.InvariantCulture).ToLowerInvariant();
        return text.AsSpan().IndexOfAny('.', 'e', 'n') < 0 ? text + ".0" : text;
    }
}
