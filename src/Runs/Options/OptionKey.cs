using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using RL.Environments;

namespace RL.Runs;

/// <summary>One setting: its place in the composed document, its type, its default and what is allowed.</summary>
/// <param name="Path">Full dotted path, e.g. agent.refine.radius.</param>
/// <param name="Property">The record's property behind it.</param>
/// <param name="Default">Value of the record's default.</param>
sealed record OptionKey(string Path, PropertyInfo Property, JsonNode? Default)
{
    /// <summary>What may be given, as the end of a sentence: "an integer from 1 to 65536".</summary>
    public string Allowed { get; } = OptionRules.Describe(Property);

    /// <summary>Whether its values are lists.</summary>
    public bool IsList => OptionRules.ElementType(ValueType) is not null;

    /// <summary>Whether its values are whole numbers.</summary>
    public bool IsInteger => OptionRules.IsInteger(ValueType) && !ValueType.IsEnum;

    /// <summary>Whether its values are numbers.</summary>
    public bool IsNumber => IsInteger || Type.GetTypeCode(ValueType) is TypeCode.Single or TypeCode.Double or TypeCode.Decimal;

    Type ValueType => Nullable.GetUnderlyingType(Property.PropertyType) ?? Property.PropertyType;

    /// <summary>Reads a value as it is written on the command line, and checks it.</summary>
    /// <param name="text">The value.</param>
    /// <param name="name">What the user called the option, for errors; null: its path.</param>
    /// <exception cref="UserException">It is of another type or out of range.</exception>
    public JsonNode? Parse(string text, string? name = null)
    {
        var node = TryParse(Property.PropertyType, text, out var value) ? value : throw Wrong(text, name);
        Check(node, text, name);
        return node;
    }

    /// <summary>Checks a value that comes from a JSON file.</summary>
    /// <exception cref="UserException">It is of another type or out of range.</exception>
    public void Check(JsonNode? node) => Check(node, node?.ToJsonString() ?? "null", null);

    void Check(JsonNode? node, string shown, string? name)
    {
        object? value;
        try
        {
            value = node.Deserialize(Property.PropertyType, OptionsJson.Settings);
        }
        catch (JsonException)
        {
            throw Wrong(shown, name);
        }

        if (!OptionRules.IsValid(Property, value))
        {
            throw Wrong(shown, name);
        }
    }

    UserException Wrong(string shown, string? name)
    {
        var names = OptionRules.Names(Property);
        var misspelt = shown.Trim('[', ']', '"').Split(',', StringSplitOptions.TrimEntries).FirstOrDefault(word => !names.Contains(word));
        var suggestion = misspelt is null ? "." : Nearest.Suggestion(misspelt, names);
        return new($"{name ?? Path} is {shown}{(suggestion == "." ? "; allowed" : $"{suggestion} Allowed")}: {Allowed}.");
    }

    static bool TryParse(Type type, string text, out JsonNode? node)
    {
        node = null;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
        {
            return text is "null" or "default" || TryParse(underlying, text, out node);
        }

        if (type == typeof(string) || type.IsEnum)
        {
            node = JsonValue.Create(type.IsEnum ? text.Replace('-', '_') : text);
            return true;
        }

        if (type == typeof(bool))
        {
            var isBoolean = bool.TryParse(text, out var value);
            node = JsonValue.Create(value);
            return isBoolean;
        }

        if (OptionRules.ElementType(type) is { } element)
        {
            var array = new JsonArray();
            node = array;
            var items = text.StartsWith('[') && text.EndsWith(']') ? text[1..^1] : text;
            if (text == "null")
            {
                node = null;
                return true;
            }

            foreach (var item in items.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
            {
                if (!TryParse(element, item, out var parsed))
                {
                    return false;
                }

                array.Add(parsed);
            }

            return true;
        }

        return OptionRules.IsInteger(type) ? TryParseInteger(text, out node) : TryParseNumber(text, out node);
    }

    /// <summary>1000000 and 1e6, but not 0.5.</summary>
    static bool TryParseInteger(string text, out JsonNode? node)
    {
        node = null;
        if (!decimal.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var value)
            || value != decimal.Truncate(value) || value is < long.MinValue or > long.MaxValue)
        {
            return false;
        }

        node = JsonValue.Create((long)value);
        return true;
    }

    /// <summary>0.5, 1e-3, 1/255 and -inf.</summary>
    static bool TryParseNumber(string text, out JsonNode? node)
    {
        node = text.ToUpperInvariant() switch
        {
            "INF" or "INFINITY" => "Infinity",
            "-INF" or "-INFINITY" => "-Infinity",
            _ => null,
        };
        if (node is not null)
        {
            return true;
        }

        var result = 1.0;
        var parts = text.Split('/');
        for (var i = 0; i < parts.Length; i++)
        {
            if (i > 1 || !double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out var part))
            {
                return false;
            }

            result = i == 0 ? part : result / part;
        }

        if (!double.IsFinite(result))
        {
            return false;
        }

        node = JsonValue.Create(result);
        return true;
    }
}
