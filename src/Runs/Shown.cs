using System.Globalization;
using System.Text;

namespace RL.Runs;

/// <summary>Text of others as it may be printed: a terminal obeys control characters, and marks of direction reorder what is read.</summary>
static class Shown
{
    /// <summary>Letters that are drawn as nothing, and marks that choose how the letter before them is drawn.</summary>
    static readonly (int First, int Last)[] _blank =
    [
        (0x034F, 0x034F), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F), (0x2800, 0x2800), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFFA0, 0xFFA0),
        (0xE0000, 0xE0FFF),
    ];

    /// <summary>True for characters that are not shown but obeyed, and for those that are drawn as nothing.</summary>
    public static bool IsHidden(Rune character) => Rune.GetUnicodeCategory(character) is UnicodeCategory.Control
        or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        || Array.Exists(_blank, range => character.Value >= range.First && character.Value <= range.Last);

    /// <summary>The first such character of a text; null if it has none.</summary>
    public static Rune? FirstHidden(string text)
    {
        foreach (var character in text.EnumerateRunes())
        {
            if (IsHidden(character))
            {
                return character;
            }
        }

        return null;
    }

    /// <summary>The text, with every such character as \\uXXXX.</summary>
    public static string Text(string text)
    {
        if (FirstHidden(text) is null)
        {
            return text;
        }

        var shown = new StringBuilder();
        foreach (var character in text.EnumerateRunes())
        {
            shown = IsHidden(character) ? shown.Append(CultureInfo.InvariantCulture, $"\\u{character.Value:X4}") : shown.Append(character);
        }

        return shown.ToString();
    }

    /// <summary>The same of a message, whose lines stay lines.</summary>
    public static string Lines(string text) => string.Join('\n', text.Split('\n').Select(line => Text(line.TrimEnd('\r'))));

    /// <summary>The same of a text that may be long, cut to a line.</summary>
    public static string Short(string text)
    {
        var shown = Text(text);
        return shown.Length <= 80 ? shown : $"{shown[..(char.IsHighSurrogate(shown[76]) ? 76 : 77)]}…";
    }
}
