using System.Buffers.Binary;
using System.Text.Json;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The safetensors format: u64 header length, JSON header {name: {dtype, shape, data_offsets}, "__metadata__": {…}}, raw
/// little-endian data. Tensors are read to the CPU.
/// </summary>
public static class SafeTensors
{
    const string Metadata = "__metadata__";
    const int MaxDimensions = 64;
    const int MaxHeader = 100_000_000;        // the reference implementation's limit: a header is never trusted with more

    static readonly Dictionary<string, (ScalarType Type, int Bytes)> _types = new()
    {
        ["F64"] = (ScalarType.Float64, 8),
        ["F32"] = (ScalarType.Float32, 4),
        ["F16"] = (ScalarType.Float16, 2),
        ["BF16"] = (ScalarType.BFloat16, 2),
        ["I64"] = (ScalarType.Int64, 8),
        ["I32"] = (ScalarType.Int32, 4),
        ["I16"] = (ScalarType.Int16, 2),
        ["I8"] = (ScalarType.Int8, 1),
        ["U8"] = (ScalarType.Byte, 1),
        ["BOOL"] = (ScalarType.Bool, 1),
    };

    /// <summary>
    /// Writes tensors in the dictionary's order. The file is complete or absent: it is written beside and moved into place.
    /// </summary>
    /// <exception cref="ArgumentException">A dtype that the format lacks.</exception>
    public static void Write(
        string path, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        var temporary = path + ".partial";
        try
        {
            using (var file = new FileStream(temporary, FileMode.Create, FileAccess.Write))
            {
                Write(file, tensors, metadata);
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }

    /// <summary>Writes tensors in the dictionary's order to a stream.</summary>
    /// <exception cref="ArgumentException">A dtype that the format lacks.</exception>
    public static void Write(
        Stream stream, IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata = null)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var header = Header(tensors, metadata);
        Span<byte> length = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(length, (ulong)header.Length);
        stream.Write(length);
        stream.Write(header);
        foreach (var tensor in tensors.Values)
        {
            using var scope = NewDisposeScope();
            if (tensor.numel() > 0)
            {
                stream.Write(tensor.detach().cpu().contiguous().bytes);
            }
        }
    }

    /// <summary>Reads all tensors of a file; they belong to the current dispose scope.</summary>
    /// <exception cref="InvalidDataException">A file that is not safetensors, or is truncated: says what is wrong
    /// where.</exception>
    public static Dictionary<string, Tensor> Read(string path)
    {
        using var file = Open(path);
        using var header = ReadHeader(file, path);
        var data = file.Length - file.Position;
        var start = file.Position;
        var entries = header.RootElement.EnumerateObject()
            .Where(property => property.Name != Metadata)
            .Select(property => Entry.Parse(property, path))
            // An empty tensor may begin where another does.
            .OrderBy(entry => entry.Begin)
            .ThenBy(entry => entry.End)
            .ToArray();

        // Every byte belongs to one tensor: the format allows neither holes nor overlaps.
        var end = 0L;
        foreach (var entry in entries)
        {
            if (entry.Begin != end)
            {
                throw Bad(path, $"tensor \"{entry.Name}\" begins at byte {entry.Begin} of the data; {end} was expected");
            }
            end = entry.End;
        }
        if (end != data)
        {
            throw Bad(path, $"the header describes {end} bytes of data, the file has {data}"
                + (end > data ? " (truncated?)" : ""));
        }

        if (MachineMemory.Available is var memory && data > memory)
        {
            throw Bad(path, $"its tensors take {data / 1e9:F1} GB, and this machine has {memory / 1e9:F1} GB free");
        }

        var tensors = new Dictionary<string, Tensor>(entries.Length);
        foreach (var entry in entries)
        {
            var tensor = empty(entry.Shape, dtype: entry.Type);
            if (entry.End > entry.Begin)
            {
                file.Position = start + entry.Begin;
                file.ReadExactly(tensor.bytes);
            }
            if (!tensors.TryAdd(entry.Name, tensor))
            {
                throw Bad(path, $"tensor \"{entry.Name}\" is there twice");
            }
        }
        return tensors;
    }

    /// <summary>The same of a file of networks, all of whose values are finite.</summary>
    /// <exception cref="InvalidDataException">A file that is not safetensors, or a value is NaN or infinite: names the tensor.</exception>
    public static Dictionary<string, Tensor> ReadFinite(string path)
    {
        var tensors = Read(path);
        using var scope = NewDisposeScope();
        foreach (var (name, tensor) in tensors)
        {
            if (tensor.is_floating_point() && !tensor.isfinite().all().item<bool>())
            {
                throw new InvalidDataException($"{path}: the tensor {name} has a value that is NaN or infinite; allowed: finite numbers.");
            }
        }
        return tensors;
    }

    /// <summary>The free-text metadata of a file; empty if it has none.</summary>
    public static IReadOnlyDictionary<string, string> ReadMetadata(string path)
    {
        using var file = Open(path);
        using var header = ReadHeader(file, path);
        var texts = new Dictionary<string, string>();
        if (!header.RootElement.TryGetProperty(Metadata, out var metadata) || metadata.ValueKind == JsonValueKind.Null)
        {
            return texts;
        }
        if (metadata.ValueKind != JsonValueKind.Object)
        {
            throw Bad(path, $"its \"{Metadata}\" is a JSON {metadata.ValueKind}; an object of texts was expected");
        }
        foreach (var property in metadata.EnumerateObject())
        {
            // Of a repeated key the last one counts, as in the reference implementation.
            texts[property.Name] = property.Value.ValueKind == JsonValueKind.String
                ? property.Value.GetString()!
                : throw Bad(path, $"its \"{Metadata}\" has {property}; texts are expected");
        }
        return texts;
    }

    static FileStream Open(string path) => RegularFile.Problem(path) is { } problem && Path.Exists(path)
        ? throw Bad(path, problem)
        : File.OpenRead(path);

    static byte[] Header(IReadOnlyDictionary<string, Tensor> tensors, IReadOnlyDictionary<string, string>? metadata)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            if (metadata is { Count: > 0 })
            {
                json.WriteStartObject(Metadata);
                foreach (var (name, text) in metadata)
                {
                    json.WriteString(name, text);
                }
                json.WriteEndObject();
            }
            var offset = 0L;
            foreach (var (name, tensor) in tensors)
            {
                var (type, bytes) = TypeName(name, tensor);
                json.WriteStartObject(name);
                json.WriteString("dtype", type);
                json.WriteStartArray("shape");
                foreach (var size in tensor.shape)
                {
                    json.WriteNumberValue(size);
                }
                json.WriteEndArray();
                json.WriteStartArray("data_offsets");
                json.WriteNumberValue(offset);
                json.WriteNumberValue(offset += tensor.numel() * bytes);
                json.WriteEndArray();
                json.WriteEndObject();
            }
            json.WriteEndObject();
        }
        while (buffer.Length % 8 != 0)
        {
            buffer.WriteByte((byte)' ');      // so that the data starts at a multiple of 8
        }
        return buffer.ToArray();
    }

    static (string Type, int Bytes) TypeName(string name, Tensor tensor)
    {
        if (name == Metadata)
        {
            throw new ArgumentException($"A tensor cannot be named \"{Metadata}\"; the format reserves that name.");
        }
        foreach (var (type, (scalar, bytes)) in _types)
        {
            if (scalar == tensor.dtype)
            {
                return (type, bytes);
            }
        }
        throw new ArgumentException($"Tensor \"{name}\" is {tensor.dtype}; safetensors hold {string.Join(", ", _types.Keys)}.");
    }

    static JsonDocument ReadHeader(FileStream file, string path)
    {
        Span<byte> prefix = stackalloc byte[8];
        if (file.ReadAtLeast(prefix, 8, throwOnEndOfStream: false) < 8)
        {
            throw Bad(path, $"it has {file.Length} bytes; the header's length alone takes 8");
        }
        var length = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
        if (length > MaxHeader || (long)length > file.Length - 8)
        {
            throw Bad(path, $"its header claims {length} bytes; the file has {file.Length - 8} after the length (truncated?)");
        }
        var header = new byte[length];
        file.ReadExactly(header);
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(header);
        }
        catch (JsonException e)
        {
            throw Bad(path, "its header is not JSON: " + e.Message);
        }
        if (!HasValidText(document.RootElement))
        {
            document.Dispose();
            throw Bad(path, "its header has text that is no Unicode");
        }
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            var kind = document.RootElement.ValueKind;
            document.Dispose();
            throw Bad(path, $"its header is a JSON {kind}; an object was expected");
        }
        return document;
    }

    /// <summary>Whether all names and texts can be read: half a surrogate pair is valid JSON, but no text.</summary>
    static bool HasValidText(JsonElement element)
    {
        try
        {
            switch (element.ValueKind)
            {
                case JsonValueKind.Object:
                    return element.EnumerateObject().All(property => property.Name is not null && HasValidText(property.Value));
                case JsonValueKind.Array:
                    return element.EnumerateArray().All(HasValidText);
                case JsonValueKind.String:
                    return element.GetString() is not null;
                default:
                    return true;
            }
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    static InvalidDataException Bad(string path, string what) => new($"{path} is not a readable safetensors file: {what}.");

    /// <summary>One tensor of the header; Begin and End are byte offsets into the data.</summary>
    sealed record Entry(string Name, ScalarType Type, long[] Shape, long Begin, long End)
    {
        public static Entry Parse(JsonProperty property, string path)
        {
            string type;
            long[] shape;
            long[] offsets;
            try
            {
                type = property.Value.GetProperty("dtype").GetString() ?? "";
                shape = [.. property.Value.GetProperty("shape").EnumerateArray().Select(size => size.GetInt64())];
                offsets = [.. property.Value.GetProperty("data_offsets").EnumerateArray().Select(offset => offset.GetInt64())];
            }
            catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
            {
                throw Bad(path, $"tensor \"{property.Name}\" needs dtype, shape and data_offsets; it is {property.Value}");
            }
            if (!_types.TryGetValue(type, out var known))
            {
                throw Bad(path, $"tensor \"{property.Name}\" has dtype \"{type}\"; allowed: {string.Join(", ", _types.Keys)}");
            }
            var bytes = Bytes(shape, known.Bytes);
            if (bytes is null || offsets.Length != 2 || offsets[0] < 0 || offsets[1] - offsets[0] != bytes)
            {
                throw Bad(path, $"tensor \"{property.Name}\" of {type} [{string.Join('×', shape)}] cannot fill " +
                    $"data_offsets [{string.Join(", ", offsets)}]");
            }
            return new(property.Name, known.Type, shape, offsets[0], offsets[1]);
        }

        /// <summary>The size of a tensor; null for negative or impossibly large shapes, for which libtorch has no strides.</summary>
        static long? Bytes(long[] shape, int elementBytes)
        {
            try
            {
                var bytes = shape.Aggregate((long)elementBytes, (bytes, size) => checked(bytes * Math.Max(1, size)));
                return Array.Exists(shape, size => size < 0) || shape.Length > MaxDimensions ? null
                    : shape.Contains(0) ? 0
                    : bytes;
            }
            catch (OverflowException)
            {
                return null;
            }
        }
    }
}
