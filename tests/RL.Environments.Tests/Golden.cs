using System.IO.Compression;
using System.Text.Json;

namespace RL.Environments.Tests;

/// <summary>The recorded references beside these tests.</summary>
static class Golden
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "golden", "mujoco");

    public static string Trace(string id) => Path.Combine(Folder, $"{id}.json.gz");

    public static JsonDocument Read(string file)
    {
        using var stream = new GZipStream(File.OpenRead(Path.Combine(Folder, file)), CompressionMode.Decompress);
        return JsonDocument.Parse(stream);
    }

    public static double[] Numbers(JsonElement element) => element.ValueKind == JsonValueKind.Array
        ? [.. element.EnumerateArray().SelectMany(Numbers)]
        : [element.GetDouble()];
}
