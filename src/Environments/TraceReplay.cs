using System.Globalization;
using System.IO.Compression;
using System.Text.Json;

namespace RL.Environments;

/// <summary>How far a replayed trace is from the recorded one.</summary>
/// <param name="MaxObservationError">Largest |observed − recorded|, first observations included.</param>
/// <param name="MaxRewardError">Largest |reward − recorded|.</param>
/// <param name="TerminatedMismatches">Steps whose terminated flag differs.</param>
/// <param name="Episodes">Episodes compared.</param>
/// <param name="Steps">Steps compared.</param>
public record TraceReport(
    double MaxObservationError, double MaxRewardError, int TerminatedMismatches, int Episodes, int Steps)
{
    /// <summary>What an error must stay below.</summary>
    public const double Tolerance = 1e-9;

    /// <summary>Nothing differs by the tolerance or more (a NaN does).</summary>
    public virtual bool Passed => MaxObservationError < Tolerance && MaxRewardError < Tolerance && TerminatedMismatches == 0 && Steps > 0;

    /// <summary>The figures in words.</summary>
    public virtual string Summary => string.Create(
        CultureInfo.InvariantCulture,
        $"{Episodes} episodes, {Steps} steps; largest absolute error of observations {MaxObservationError:G3}, of rewards {MaxRewardError:G3}; terminated mismatches {TerminatedMismatches}");
}

/// <summary>Replays a trace recorded from a reference implementation and reports the difference.</summary>
public static class TraceReplay
{
    const int MostBytes = 256 << 20;

    // Format by format: does it recognise the file, and how is it replayed.
    static readonly (Func<JsonElement, bool> Recognizes, Func<TraceFile, string?, TraceReport> Replay)[] _formats =
    [
        (MujocoTrace.Recognizes, MujocoTrace.Replay),
        (ProcgenTrace.Recognizes, ProcgenTrace.Replay),
    ];

    /// <summary>Replays <paramref name="file"/> (.json or .json.gz).</summary>
    /// <param name="file">The trace.</param>
    /// <param name="id">The environment it must be of; null to take the trace's word for it.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">The file is not a trace, is damaged, or is of another environment.</exception>
    public static TraceReport Replay(string file, string? id = null)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!File.Exists(file))
        {
            throw new FileNotFoundException($"There is no trace {file}.", file);
        }

        RegularFile.ThrowUnlessRegular(file);

        using var document = Read(file);
        var root = document.RootElement;
        ThrowUnlessText(file, root);
        foreach (var (recognizes, replay) in _formats)
        {
            if (root.ValueKind == JsonValueKind.Object && recognizes(root))
            {
                return replay(new TraceFile(file, root), id);
            }
        }

        throw new InvalidDataException($"{file} is not a trace of a known format: it has neither meta.env_id with episodes nor env_name with frame_crc32.");
    }

    /// <summary>JSON is parsed without its texts being looked at, which may be no Unicode.</summary>
    static void ThrowUnlessText(string file, JsonElement element)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in element.EnumerateObject())
                {
                    ThrowUnlessText(file, () => property.Name);
                    ThrowUnlessText(file, property.Value);
                }

                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                {
                    ThrowUnlessText(file, item);
                }

                break;
            case JsonValueKind.String:
                ThrowUnlessText(file, element.GetString);
                break;
        }
    }

    static void ThrowUnlessText(string file, Func<string?> read)
    {
        try
        {
            read();
        }
        catch (InvalidOperationException exception)
        {
            throw new InvalidDataException($"{file} cannot be read as JSON: a text in it is not Unicode.", exception);
        }
    }

    /// <summary>All that a stream gives, unless that is more than a trace can be: a file of 2 MB may unpack to gigabytes.</summary>
    static byte[] Whole(Stream stream)
    {
        using var data = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (stream.Read(buffer) is > 0 and var count)
        {
            if (data.Length + count > MostBytes)
            {
                throw new InvalidDataException($"it is longer than the {MostBytes >> 20} MB that a trace may have.");
            }

            data.Write(buffer, 0, count);
        }

        return data.ToArray();
    }

    static JsonDocument Read(string file)
    {
        try
        {
            using var stream = File.OpenRead(file);
            // By content, not by name.
            var isCompressed = stream.ReadByte() == 0x1f && stream.ReadByte() == 0x8b;
            stream.Position = 0;
            if (!isCompressed)
            {
                return JsonDocument.Parse(Whole(stream));
            }

            using var unpacked = new GZipStream(stream, CompressionMode.Decompress);
            return JsonDocument.Parse(Whole(unpacked));
        }
        catch (Exception exception) when (exception is JsonException or InvalidDataException)
        {
            throw new InvalidDataException($"{file} cannot be read as JSON: {ErrorWords.Of(exception)}", exception);
        }
    }
}

/// <summary>A trace's JSON with errors that name the file and the place.</summary>
sealed class TraceFile(string path, JsonElement root)
{
    public JsonElement Root => root;

    public InvalidDataException Error(string what) => new($"{path}: {what}");

    public JsonElement Get(JsonElement parent, string name, string where) =>
        parent.ValueKind == JsonValueKind.Object && parent.TryGetProperty(name, out var value)
            ? value
            : throw Error($"{where} has no '{name}'.");

    /// <summary>As many numbers as <paramref name="destination"/> has elements.</summary>
    public void Numbers(JsonElement array, Span<double> destination, string where)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() != destination.Length)
        {
            var found = array.ValueKind == JsonValueKind.Array ? $"{array.GetArrayLength()}" : $"{array.ValueKind}";
            throw Error($"{where} is {found}; expected: {destination.Length} numbers.");
        }

        var i = 0;
        foreach (var element in array.EnumerateArray())
        {
            destination[i++] = Number(element, where);
        }
    }

    public double Number(JsonElement element, string where) =>
        element.ValueKind == JsonValueKind.Number
            ? element.GetDouble()
            : throw Error($"{where} holds {element.ValueKind}, not a number.");

    public bool Flag(JsonElement element, string where) => element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        var other => throw Error($"{where} holds {other}, not true or false."),
    };

    /// <summary>An array of at least one element, and of exactly <paramref name="length"/> if given.</summary>
    public JsonElement[] Items(JsonElement array, string where, int? length = null)
    {
        if (array.ValueKind != JsonValueKind.Array || array.GetArrayLength() == 0)
        {
            throw Error($"{where} is not an array of at least one element.");
        }

        if (length is { } expected && array.GetArrayLength() != expected)
        {
            throw Error($"{where} has {array.GetArrayLength()} elements; expected: {expected}.");
        }

        return [.. array.EnumerateArray()];
    }
}
