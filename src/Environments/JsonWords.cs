using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RL.Environments;

/// <summary>What is wrong with JSON, in the words of who wrote it: the serializer's name its own types.</summary>
static partial class JsonWords
{
    /// <summary>A sentence that says what is wrong, and where.</summary>
    public static string Of(JsonException exception)
    {
        var what = exception.Message.Split(" Path: ", 2)[0].Split(" LineNumber: ", 2)[0];
        var place = exception.Path is null or "" or "$" ? "the document" : exception.Path.TrimStart('$').TrimStart('.');
        var line = exception is { LineNumber: { } number, BytePositionInLine: { } position }
            ? string.Create(CultureInfo.InvariantCulture, $" (line {number + 1}, byte {position + 1})")
            : "";
        return what.Contains("could not be converted to", StringComparison.Ordinal) ? $"{place} is not of the kind that stands there{line}."
            : what.Contains("doesn't allow setting null", StringComparison.Ordinal)
                || what.Contains("doesn't allow null", StringComparison.Ordinal) ? $"{place} is null; allowed: a value{line}."
            : Unknown().Match(what) is { Success: true } unknown ? $"there is no entry '{unknown.Groups[1].Value}'."
            : what.Contains("missing required properties", StringComparison.Ordinal) ? $"{place} lacks an entry{line}."
            : what.Contains("uplicate propert", StringComparison.Ordinal) ? $"{place} has an entry twice{line}."
            : what.Contains("does not contain any JSON tokens", StringComparison.Ordinal) ? "it is empty."
            : what.TrimEnd('.') + $"{line}.";
    }

    [GeneratedRegex("The JSON property '(.*)' could not be mapped")]
    private static partial Regex Unknown();
}
