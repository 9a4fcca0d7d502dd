using System.CommandLine;
using System.Text.Json;
using RL.Environments;

namespace RL.Host;

/// <summary>
/// The option records that a verb takes, bound as those of train: each setting is key=value, checked by what its record allows. What
/// does not lie within a further record may be written --key value too.
/// </summary>
sealed class RecordArguments
{
    readonly (string Name, object Defaults)[] _sections;
    readonly Dictionary<Option, List<string>> _options = [];

    /// <param name="otherNames">Names of settings that differ from their keys, such as ("--method", "methods").</param>
    /// <param name="sections">The records' defaults by the first part of their keys.</param>
    public RecordArguments((string Option, string Key)[] otherNames, params (string Name, object Defaults)[] sections)
    {
        _sections = sections;
        foreach (var key in new OptionTree(sections).Keys.Where(key => key.Path.Split('.').Length == 2))
        {
            var name = key.Path.Split('.')[1];
            var option = Array.Find(otherNames, other => other.Key == name).Option ?? $"--{name.Replace('_', '-')}";
            if (_options.Keys.FirstOrDefault(known => known.Name == option) is { } shared)
            {
                _options[shared].Add(key.Path);
            }
            else
            {
                _options.Add(NewOption(option, key), [key.Path]);
            }
        }
    }

    /// <summary>key=value, for verbs whose other arguments do not take it.</summary>
    public Argument<string[]> Assignments { get; } = new("key=value")
    {
        Description = "Settings, listed below; most can be written --key value as well.",
        Arity = ArgumentArity.ZeroOrMore,
    };

    /// <summary>Adds the options of the settings; below the help of <paramref name="command"/> they are listed one by one.</summary>
    public void AddTo(Command command)
    {
        foreach (var option in _options.Keys)
        {
            command.Options.Add(option);
        }
    }

    /// <summary>Whether a setting is written as the option.</summary>
    public bool IsGiven(ParseResult parsed, string option) =>
        parsed.GetResult(_options.Keys.Single(known => known.Name == option)) is { Implicit: false };

    /// <summary>The record of a verb that has one.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="defaults">Other defaults than the section's.</param>
    /// <exception cref="UserException">A setting is unknown or not allowed.</exception>
    public T Bind<T>(ParseResult parsed, T? defaults = null)
        where T : class =>
        Bind<T>(Tree(parsed, parsed.GetValue(Assignments) ?? [], [(_sections[0].Name, defaults ?? _sections[0].Defaults)]), 0);

    /// <summary>The same with key=value from elsewhere.</summary>
    public T Bind<T>(ParseResult parsed, IEnumerable<string> assignments)
        where T : class => Bind<T>(Tree(parsed, assignments, _sections), 0);

    /// <summary>The records of a verb that has two.</summary>
    public (T1 First, T2 Second) Bind<T1, T2>(ParseResult parsed)
        where T1 : class
        where T2 : class
    {
        var tree = Tree(parsed, parsed.GetValue(Assignments) ?? [], _sections);
        return (Bind<T1>(tree, 0), Bind<T2>(tree, 1));
    }

    /// <summary>Writes every setting: key, default, what is allowed, what it is.</summary>
    public void Describe(TextWriter output)
    {
        output.WriteLine("Settings (key=default; what is allowed):");
        foreach (var key in new OptionTree(_sections).Keys)
        {
            var option = _options.FirstOrDefault(pair => pair.Value.Contains(key.Path)).Key?.Name;
            output.WriteLine($"  {key.Path.Split('.', 2)[1]}={Text(key)}; {key.Allowed}{(option is null ? "" : $"  [{option}]")}");
            output.WriteLine($"      {Documentation.Summary(key.Property)}");
        }

        output.WriteLine();
    }

    static Option NewOption(string name, OptionKey key) => key.Property.PropertyType == typeof(bool)
        ? new Option<bool>(name) { Hidden = true, Arity = ArgumentArity.Zero }
        : new Option<string>(name) { Hidden = true };

    static string Text(OptionKey key) => (key.Default?.ToJsonString(OptionsJson.Line) ?? "null").Replace("\"", "", StringComparison.Ordinal);

    T Bind<T>(OptionTree tree, int section) => (T)tree.Bind(_sections[section].Name, typeof(T));

    OptionTree Tree(ParseResult parsed, IEnumerable<string> assignments, (string Name, object Defaults)[] sections)
    {
        var tree = new OptionTree(sections);
        foreach (var assignment in assignments)
        {
            tree.Apply(assignment);
        }

        foreach (var (option, paths) in _options)
        {
            if (parsed.GetResult(option) is { Implicit: false } given)
            {
                var value = given.Tokens is [.., var token] ? token.Value : "true";
                paths.ForEach(path => tree.Apply(tree.Find(path, value), value, option.Name));
            }
        }

        return tree;
    }
}
