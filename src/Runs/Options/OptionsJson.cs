using System.Text.Encodings.Web;
using System.Text.Json;
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
        // Some bounds are infinite: "Infinity".
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        WriteIndented = true,
        // Nothing here ends up in a web page, and "1 → 2" should be readable in run.json.
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower, allowIntegerValues: false) },
    };

    /// <summary>The same on one line, for results that programs read.</summary>
    public static JsonSerializerOptions Line { get; } = new(Settings) { WriteIndented = false };
}
