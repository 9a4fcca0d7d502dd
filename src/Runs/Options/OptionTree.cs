using System.ComponentModel.DataAnnotations;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// All settings of a run in one document {"agent": {…}, "training": {…}, "env": {…}}: it starts as the records' defaults, and each
/// layer (preset, command line) replaces single values. Lists are replaced, never appended to.
/// </summary>
sealed class OptionTree
{
    /// <summary>As many settings as are named one by one in an error.</summary>
    const int MostShown = 30;

    readonly List<OptionKey> _keys = [];
    readonly JsonObject _values = [];

    /// <summary>The defaults of the given sections, e.g. ("training", new TrainingOptions()).</summary>
    public OptionTree(params ReadOnlySpan<(string Name, object Defaults)> sections)
    {
        foreach (var (name, defaults) in sections)
        {
            var values = JsonSerializer.SerializeToNode(defaults, defaults.GetType(), OptionsJson.Settings)!.AsObject();
            AddKeys(name, defaults.GetType(), values);
            _values.Add(name, values);
        }
    }

    /// <summary>Every setting, in the order of the records.</summary>
    public IReadOnlyList<OptionKey> Keys => _keys;

    /// <summary>The current value of a setting.</summary>
    public JsonNode? this[OptionKey key] => Parent(key.Path, out var name)[name];

    /// <summary>One section as it stands now.</summary>
    public JsonObject Section(string name) => _values[name]!.DeepClone().AsObject();

    /// <summary>One section as a record of the type of its defaults.</summary>
    /// <exception cref="UserException">Two settings contradict each other.</exception>
    public object Bind(string section, Type type)
    {
        var options = _values[section].Deserialize(type, OptionsJson.Settings)!;
        CheckWhole(section, options);
        return options;
    }

    /// <summary>Checks every value: records given as defaults may hold values that are not allowed.</summary>
    /// <exception cref="UserException">A value is not allowed.</exception>
    public void Check() => _keys.ForEach(key => key.Check(this[key]));

    /// <summary>Applies the settings of a file to a section.</summary>
    /// <exception cref="UserException">A key is unknown or a value not allowed.</exception>
    public void Apply(string section, JsonObject differences)
    {
        foreach (var (name, value) in differences)
        {
            var path = $"{section}.{name}";
            if (_keys.Find(key => key.Path == path) is { } key)
            {
                key.Check(value);
                Set(key, value?.DeepClone());
            }
            else if (value is JsonObject nested && _keys.Exists(key => key.Path.StartsWith(path + ".", StringComparison.Ordinal)))
            {
                Apply(path, nested);
            }
            else
            {
                throw Unknown(path, value?.ToJsonString() ?? "null");
            }
        }
    }

    /// <summary>Applies one "key=value" of the command line; the key is a path, or a path without its section.</summary>
    /// <exception cref="UserException">The key is unknown or ambiguous, or the value not allowed.</exception>
    public void Apply(string assignment)
    {
        var (name, value) = assignment.Split('=', 2) switch
        {
            [{ Length: > 0 } left, var right] => (left, right),
            _ => throw new UserException($"'{assignment}' is not of the form key=value."),
        };
        Apply(Find(name, value), value);
    }

    /// <summary>Sets one setting as it is written on the command line.</summary>
    /// <param name="key">The setting.</param>
    /// <param name="value">Its value.</param>
    /// <param name="name">What the user called it, for errors; null: its path.</param>
    /// <exception cref="UserException">The value is not allowed.</exception>
    public void Apply(OptionKey key, string value, string? name = null) => Set(key, key.Parse(value, name));

    /// <summary>The setting whose path is <paramref name="name"/>, with or without its section (agent, training, env).</summary>
    /// <remarks>
    /// Shorter suffixes are not accepted: learning_rate alone would match the refinement's, which is rarely what is meant.
    /// </remarks>
    public OptionKey Find(string name, string value)
    {
        if (_keys.Find(key => key.Path == name) is { } exact)
        {
            return exact;
        }

        return _keys.FindAll(key => WithoutSection(key) == name) switch
        {
            [var only] => only,
            [] => throw Unknown(name, value),
            var several => throw new UserException(
                $"{name}={value} is ambiguous; write one of: {string.Join(", ", several.Select(key => key.Path))}."),
        };
    }

    static string WithoutSection(OptionKey key) => key.Path.Split('.', 2)[^1];

    UserException Unknown(string name, string value)
    {
        if (FormerOptions.NameToday(name) is { } today && _keys.Exists(key => WithoutSection(key) == today))
        {
            return new UserException($"{name}={value}: there is no option {name}; it is {today} now.");
        }

        // The end of a path first, the least deep ones, then a typing error, which is in the last part more often than in the section.
        var ends = _keys.Select(WithoutSection)
            .Where(path => path.EndsWith("." + name, StringComparison.Ordinal) || path.EndsWith("_" + name, StringComparison.Ordinal))
            .OrderBy(path => path.Count(letter => letter == '.'))
            .Take(Nearest.Most)
            .ToList();
        var suggestion = ends.Count > 0
            ? $"; did you mean {string.Join(" or ", ends)}?"
            : Nearest.Suggestion(name, _keys.Select(WithoutSection).Concat(_keys.Select(key => key.Path)));
        var all = suggestion == "."
            ? _keys.Count <= MostShown
                ? $" Allowed: {string.Join(", ", _keys.Select(WithoutSection))}."
                : " `./rl list options <agent> <environment>` shows them all."
            : "";
        return new UserException($"{name}={value}: there is no option {name}{suggestion}{all}");
    }

    void Set(OptionKey key, JsonNode? value) => Parent(key.Path, out var name)[name] = value;

    JsonObject Parent(string path, out string name)
    {
        var parts = path.Split('.');
        name = parts[^1];
        return parts[..^1].Aggregate(_values, (node, part) => node[part]!.AsObject());
    }

    void AddKeys(string prefix, Type type, JsonObject values)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var name = JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name);
            // Computed properties are neither set nor saved.
            if (!property.CanWrite)
            {
                values.Remove(name);
            }
            else if (values[name] is JsonObject nested)
            {
                AddKeys($"{prefix}.{name}", property.PropertyType, nested);
            }
            else
            {
                _keys.Add(new OptionKey($"{prefix}.{name}", property, values[name]?.DeepClone()));
            }
        }
    }

    /// <summary>As the command line writes it.</summary>
    static string Shown(object? value) => value is Enum ? JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()!) : OptionRules.Show(value);

    static void CheckWhole(string path, object options)
    {
        var contradictions = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), contradictions))
        {
            var (members, sentence) = (contradictions[0].MemberNames.ToList(), contradictions[0].ErrorMessage);
            var shown = members.Select(member => $"{path}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(member)} is {Shown(options.GetType().GetProperty(member)!.GetValue(options))}");
            throw new UserException($"{(members.Count > 0 ? string.Join(", ", shown) : path)}: {sentence}");
        }

        foreach (var property in options.GetType().GetProperties().Where(property => property.CanWrite))
        {
            var type = property.PropertyType;
            if (OptionRules.IsRecord(type) && property.GetValue(options) is { } nested)
            {
                CheckWhole($"{path}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(property.Name)}", nested);
            }
        }
    }
}
