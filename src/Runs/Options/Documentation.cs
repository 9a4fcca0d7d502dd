using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace RL.Runs;

/// <summary>The summaries of the options, from the documentation files next to the program.</summary>
static partial class Documentation
{
    static readonly Dictionary<Assembly, Dictionary<string, string>> _files = [];

    /// <summary>The summary of a property on one line; empty if there is none.</summary>
    public static string Summary(PropertyInfo property)
    {
        var assembly = property.DeclaringType!.Assembly;
        if (!_files.TryGetValue(assembly, out var summaries))
        {
            _files.Add(assembly, summaries = Read(Path.Combine(AppContext.BaseDirectory, $"{assembly.GetName().Name}.xml")));
        }

        return summaries.GetValueOrDefault($"P:{property.DeclaringType.FullName}.{property.Name}", "");
    }

    static Dictionary<string, string> Read(string file) => !File.Exists(file)
        ? []
        : XDocument.Load(file).Descendants("member")
            .Where(member => member.Element("summary") is not null)
            .ToDictionary(member => member.Attribute("name")!.Value, member => Text(member.Element("summary")!));

    /// <remarks>References (see cref="T:A.B") read as their last name.</remarks>
    static string Text(XElement summary) => Blanks().Replace(
        string.Concat(summary.DescendantNodes().Select(node => node switch
        {
            XText text => text.Value,
            XElement element when element.Attribute("cref") is { } reference => reference.Value.Split('.')[^1],
            _ => "",
        })),
        " ").Trim();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
