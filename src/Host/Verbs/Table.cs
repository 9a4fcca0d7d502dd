using System.Buffers;

namespace RL.Host;

/// <summary>Prints rows in aligned columns.</summary>
static class Table
{
    const string Gap = "  ";

    /// <summary>Words that are longer may be broken, after a mark like "-" where there is one.</summary>
    const int LongestWord = 16;

    static readonly SearchValues<char> _marks = SearchValues.Create("-_/.,=");

    /// <summary>
    /// In a terminal no line is longer than its width: the widest columns are wrapped, or rows become blocks of lines, a cell each, side by side where
    /// several fit; whichever needs fewer lines. A pipe or file gets whole rows.
    /// </summary>
    public static void Write(TextWriter output, string[] titles, IEnumerable<string[]> rows)
    {
        List<string[]> all = [titles, .. rows];
        var widths = Enumerable.Range(0, titles.Length).Select(column => all.Max(line => line[column].Length)).ToArray();
        var room = (output as TerminalWriter)?.Width ?? int.MaxValue;
        var lines = Narrowed(widths, all, room) is { } narrowed ? Rows(all, narrowed) : null;
        if (lines is null || lines.Count > all.Count)
        {
            var blocks = Blocks(titles, all[1..], room);
            lines = lines is null || blocks.Count < lines.Count ? blocks : lines;
        }

        lines.ForEach(output.WriteLine);
    }

    /// <summary>Widths that fit, from which the widest columns were made narrower as far as their words allow; null: there are none.</summary>
    static int[]? Narrowed(int[] widths, List<string[]> lines, int room)
    {
        var least = Array.ConvertAll(widths, _ => 1);
        foreach (var line in lines)
        {
            for (var column = 0; column < least.Length; column++)
            {
                least[column] = Math.Max(least[column], Math.Min(LongestWord, line[column].Split(' ').Max(word => word.Length)));
            }
        }

        int[] narrowed = [.. widths];
        for (var excess = narrowed.Sum(width => (long)width) + (Gap.Length * (widths.Length - 1)) - room; excess > 0; excess--)
        {
            var widest = -1;
            for (var column = 0; column < narrowed.Length; column++)
            {
                widest = narrowed[column] > least[column] && (widest < 0 || narrowed[column] > narrowed[widest]) ? column : widest;
            }

            if (widest < 0)
            {
                return null;
            }

            narrowed[widest]--;
        }

        return narrowed;
    }

    static List<string> Rows(List<string[]> lines, int[] widths)
    {
        var printed = new List<string>();
        foreach (var line in lines)
        {
            var cells = line.Select((cell, column) => Wrap(cell, widths[column])).ToArray();
            for (var part = 0; part < cells.Max(cell => cell.Count); part++)
            {
                printed.Add(string.Join(Gap, cells.Select((cell, column) => (part < cell.Count ? cell[part] : "").PadRight(widths[column]))).TrimEnd());
            }
        }

        return printed;
    }

    static List<string> Blocks(string[] titles, List<string[]> rows, int room)
    {
        var title = Math.Min(titles.Max(text => text.Length), Math.Max(1, (room - Gap.Length) / 2));
        var most = Math.Max(1, room - title - Gap.Length);
        var width = Math.Min(most, rows.SelectMany(row => row).Select(cell => cell.Length).DefaultIfEmpty(1).Max());
        var printed = new List<string>();
        foreach (var side in rows.Chunk(Math.Max(1, (most + Gap.Length) / (width + Gap.Length))))
        {
            if (printed.Count > 0)
            {
                printed.Add("");
            }

            List<string[]> block = [.. titles.Index().Select(column => (string[])[column.Item, .. side.Select(row => row[column.Index])])];
            printed.AddRange(Rows(
                [.. block.Where(line => line[1..].Any(cell => cell.Length > 0))], [title, .. side.Select(_ => width)]));
        }

        return printed;
    }

    /// <summary>Between words where there are some, otherwise after a mark.</summary>
    static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        while (text.Length > width)
        {
            var space = text.LastIndexOf(' ', width);
            var mark = text.AsSpan(0, width).LastIndexOfAny(_marks) + 1;
            var end = space > 0 ? space : mark > width / 2 ? mark : width;
            lines.Add(text[..end].TrimEnd());
            text = text[end..].TrimStart();
        }

        lines.Add(text);
        return lines;
    }
}
