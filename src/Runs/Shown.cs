using System.Globalization;
using System.Text;

namespace RL.Runs;

/// <summary>Text of others as it may be printed: a terminal obeys control characters, and marks of direction reorder what is read.</summary>
static class Shown
{
    /// <summary>True for characters that are not shown but obeyed.</summary>
    public static bool IsHidden(char character) => char.GetUnicodeCategory(character) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;

    /// <summary>The text, with every such character as \\uXXXX.</summary>
    public static string Text(string text)
    {
        if (!text.Any(IsHidden))
        {
            return text;
        }

        var shown = new StringBuilder();
        foreach (var character in text)
        {
            shown = IsHidden(character) ? shown.Append(CultureInfo.InvariantCulture, $"\\u{(int)character:X4}") : shown.Append(character);
        }

        return shown.ToString();
    }

    /// <summary>The same of a text that may be long, cut to a line.</summary>
    public static string Short(string text)
    {
        var shown = Text(text);
        return shown.Length <= 80 ? shown : $"{shown[..77]}…";
    }
}
