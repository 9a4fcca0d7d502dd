using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;
using TorchSharp;

namespace TorchSharpTests;

/// <summary>
/// Code that compiles against this assembly must compile against the official package, the oldest supported version and the
/// newest. official-api.txt lists what those two offer; every public member here must be callable there in the same words.
/// </summary>
public sealed partial class ApiSurfaceTests
{
    const BindingFlags Declared =
        BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;

    static readonly Dictionary<string, List<Entry>> _official = Read();

    public static TheoryData<string> PublicTypes => [.. Exported().Select(Key).Distinct()];

    [Theory]
    [MemberData(nameof(PublicTypes))]
    public void PublicMembers_OfEachType_ExistInBothOfficialVersions(string key)
    {
        var unknown = new List<string>();
        foreach (var type in Exported().Where(type => Key(type) == key))
        {
            Assert.True(_official.ContainsKey(key), $"official-api.txt has no type {key}");
            var entries = Chain(type).SelectMany(each => _official.GetValueOrDefault(Key(each)) ?? []).ToList();
            unknown.AddRange(Members(type).Where(member => !IsKnown(member, entries)).Select(member => $"{key}: {member}"));
        }
        Assert.Empty(unknown);
    }

    static IEnumerable<Type> Exported() =>
        typeof(torch).Assembly.GetExportedTypes().Where(type => !typeof(Delegate).IsAssignableFrom(type));

    static IEnumerable<MemberInfo> Members(Type type)
    {
        foreach (var member in type.GetMembers(Declared))
        {
            var visible = member switch
            {
                MethodBase method => IsVisible(method) && (!method.IsSpecialName || method.IsConstructor || IsOperator(method)),
                PropertyInfo property => property.GetAccessors(true).Any(IsVisible),
                FieldInfo field => (field.IsPublic || field.IsFamily) && !field.IsSpecialName,
                _ => false,
            };
            if (visible && member.GetCustomAttribute<CompilerGeneratedAttribute>() is null)
                yield return member;
        }

        static bool IsVisible(MethodBase method) => method.IsPublic || method.IsFamily;

        static bool IsOperator(MethodBase method) => method.Name.StartsWith("op_", StringComparison.Ordinal);
    }

    static bool IsKnown(MemberInfo member, List<Entry> entries) => member switch
    {
        FieldInfo field => field.DeclaringType!.IsEnum
            ? InBoth(entries, entry => entry.Text == $"{field.Name} = {field.GetRawConstantValue()}")
            : InBoth(entries, entry => Regex.IsMatch(entry.Text, $@"\b{field.Name};$")),
        PropertyInfo { Name: not "Item" } property => InBoth(entries, entry =>
            Regex.IsMatch(entry.Text, $@"\b{property.Name} {{") && (!IsSettable(property) || entry.Text.Contains("set;"))),
        PropertyInfo indexer => InBoth(entries, entry =>
            Indexer().Match(entry.Text) is { Success: true } match
            && Matches(indexer.GetIndexParameters(), Parameters(match.Groups[1].Value), entries)),
        // What overrides a member is called through it.
        MethodInfo method when method.GetBaseDefinition() != method => true,
        MethodBase method => InBoth(entries, entry =>
            Split(entry.Text) is var (name, parameters) && name == method.Name
            && Matches(method.GetParameters(), parameters, entries)),
        _ => false,
    };

    static bool IsSettable(PropertyInfo property) => property.SetMethod is { } setter && (setter.IsPublic || setter.IsFamily);

    static bool InBoth(List<Entry> entries, Func<Entry, bool> matches) =>
        entries.Any(entry => entry.Mark is '=' or '-' && matches(entry))
        && entries.Any(entry => entry.Mark is '=' or '+' && matches(entry));

    /// <summary>
    /// Ours may end early where the official ones go on with optional parameters. A name of ours that is not the official one
    /// must be nobody's: then it cannot be written at a call site.
    /// </summary>
    static bool Matches(ParameterInfo[] ours, List<Parameter> theirs, List<Entry> entries)
    {
        if (ours.Length > theirs.Count || theirs.Skip(ours.Length).Any(parameter => parameter.Default is null))
            return false;
        return ours.Zip(theirs).All(pair =>
            TypeName(pair.First.ParameterType) == pair.Second.Type
            && SameDefault(pair.First, pair.Second)
            && (pair.First.Name == pair.Second.Name
                || !entries.Any(entry => Regex.IsMatch(entry.Text, $@"\b{pair.First.Name}( =|,|\))"))));
    }

    static bool SameDefault(ParameterInfo ours, Parameter theirs)
    {
        if (!ours.HasDefaultValue || theirs.Default is null)
            return ours.HasDefaultValue == theirs.Default is not null;
        return ours.DefaultValue switch
        {
            null => theirs.Default == "null",
            bool value => theirs.Default == (value ? "true" : "false"),
            _ when ours.ParameterType.IsEnum =>
                theirs.Default.Split('.')[^1] == Enum.ToObject(ours.ParameterType, ours.DefaultValue).ToString(),
            var number => Convert.ToDouble(number, CultureInfo.InvariantCulture)
                == double.Parse(theirs.Default.TrimEnd('f'), CultureInfo.InvariantCulture),
        };
    }

    static IEnumerable<Type> Chain(Type type)
    {
        for (var at = type; at is not null && at != typeof(object); at = at.BaseType)
            yield return at;
    }

    static string Key(Type type)
    {
        var name = type.Name.Split('`')[0];
        // A type nested in a generic one repeats its parameters.
        return type.IsGenericType
            ? $"{name}<{string.Join(", ", type.GetGenericTypeDefinition().GetGenericArguments().Select(each => each.Name))}>"
            : name;
    }

    /// <summary>The type as the listing writes it, without namespaces and question marks.</summary>
    static string TypeName(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return TypeName(underlying);
        if (type.IsArray)
            return TypeName(type.GetElementType()!) + "[]";
        if (type.IsGenericType)
        {
            var arguments = string.Join(", ", type.GetGenericArguments().Select(TypeName));
            var name = type.Name.Split('`')[0];
            return name == nameof(ValueTuple) ? $"({arguments})" : $"{name}<{arguments}>";
        }
        return type.Name switch
        {
            "Int64" => "long",
            "Int32" => "int",
            "Int16" => "short",
            "SByte" => "sbyte",
            "Byte" => "byte",
            "UInt64" => "ulong",
            "Single" => "float",
            "Double" => "double",
            "Boolean" => "bool",
            "String" => "string",
            var other => other,
        };
    }

    static (string Name, List<Parameter> Parameters)? Split(string text)
    {
        text = text.Split(" where ")[0];
        if (!text.EndsWith(')'))
            return null;
        var depth = 0;
        var open = text.Length;
        do
            depth += text[--open] switch { ')' => 1, '(' => -1, _ => 0 };
        while (depth > 0);
        var name = Regex.Match(text[..open], @"([\w.]+)(<[^>]*>)?$").Groups[1].Value;
        return (name, Parameters(text[(open + 1)..^1]));
    }

    static List<Parameter> Parameters(string text)
    {
        var parameters = new List<Parameter>();
        var depth = 0;
        var start = 0;
        for (var i = 0; i <= text.Length; i++)
        {
            var ends = i == text.Length || (text[i] == ',' && depth == 0);
            if (i < text.Length)
                depth += text[i] switch { '(' or '<' => 1, ')' or '>' => -1, _ => 0 };
            if (!ends)
                continue;
            var part = text[start..i].Trim();
            start = i + 1;
            if (part.Length == 0)
                continue;
            var sides = part.Split(" = ");
            var space = sides[0].LastIndexOf(' ');
            var type = Prefix().Replace(sides[0][..space], "").Replace("?", "");
            parameters.Add(new(type, sides[0][(space + 1)..], sides.Length > 1 ? sides[1] : null));
        }
        return parameters;
    }

    static Dictionary<string, List<Entry>> Read()
    {
        var types = new Dictionary<string, List<Entry>>();
        List<Entry> current = [];
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "official-api.txt")))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                var key = line[3..];
                current = types.TryGetValue(key, out var known) ? known : types[key] = [];
            }
            else if (line.Length > 2 && line[0] is '=' or '+' or '-')
            {
                current.Add(new(line[0], Names().Replace(line[2..], "")));
            }
        }
        return types;
    }

    [GeneratedRegex(@"\bthis\[(.*)\]")]
    private static partial Regex Indexer();

    [GeneratedRegex(@"^(this |params |ref )+|\b(torch|nn|init|optim)\.")]
    private static partial Regex Prefix();

    [GeneratedRegex(@"/\*.*?\*/")]
    private static partial Regex Names();

    sealed record Entry(char Mark, string Text);

    sealed record Parameter(string Type, string Name, string? Default);
}
