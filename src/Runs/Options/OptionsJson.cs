using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace RL.Runs;

/// <summary>How options are written as JSON: snake_case, enums as text, and an unknown member is an error.</summary>
static class OptionsJson
{
    public static JsonSerializerOptions Settings { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        RespectNullableAnnotations = true,
        AllowDuplicateProperties = false,
        // Some bounds are infinite: "Infinity".
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        // Nothing here ends up in a web page, and "1 → 2" should be readable in run.json.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The same on one line, for results that programs read.</summary>
    public static JsonSerializerOptions Line { get; } = new(Settings) { WriteIndented = false };

    /// <summary>Every value of a document by its path: "agent.refine.radius" → "0.5". A list is one value.</summary>
    public static Dictionary<string, string> Leaves(JsonObject document) =>
        document.SelectMany(pair => Leaves(pair.Key, pair.Value)).ToDictionary(leaf => leaf.Path, leaf => leaf.Value);

    /// <summary>The same of what is at <paramref name="path"/>.</summary>
    public static IEnumerable<(string Path, string Value)> Leaves(string path, JsonNode? node) => node switch
    {
        JsonObject section => section.SelectMany(pair => Leaves($"{path}.{pair.Key}", pair.Value)),
        // 1e-5 is 0.00001, however it is written.
        JsonValue number when number.GetValueKind() == JsonValueKind.Number =>
            [(path, double.Parse(number.ToJsonString(), CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture))],
        _ => [(path, node?.ToJsonString() ?? "null")],
    };
}
