namespace RL.Host;

/// <summary>Prints rows in aligned columns.</summary>
static class Table
{
    /// <summary>A column that is narrower than this is not worth reading.</summary>
    const int NarrowestWrapped = 20;

    /// <summary>
    /// In a terminal no line is longer than its width: the widest column is wrapped, and where that does not suffice every row is a block of
    /// lines, a cell each. A pipe or file gets whole rows.
    /// </summary>
    public static void Write(TextWriter output, string[] titles, IEnumerable<string[]> rows)
    {
        List<string[]> lines = [titles, .. rows];
        var widths = Enumerable.Range(0, titles.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        var room = (output as TerminalWriter)?.Width ?? int.MaxValue;
        var excess = (long)widths.Sum() + (2 * (widths.Length - 1)) - room;
        var widest = Array.IndexOf(widths, widths.Max());
        if (excess > 0 && widths[widest] - excess >= NarrowestWrapped)
        {
            widths[widest] -= (int)excess;
        }
        else if (excess > 0)
        {
            WriteBlocks(output, titles, lines.Skip(1), room);
            return;
        }

        foreach (var line in lines)
        {
            var wrapped = Wrap(line[widest], widths[widest]);
            for (var part = 0; part < wrapped.Count; part++)
            {
                output.WriteLine(string.Join("  ", line.Select((cell, column) =>
                    (column == widest ? wrapped[part] : part == 0 ? cell : "").PadRight(widths[column]))).TrimEnd());
            }
        }
    }

    static void WriteBlocks(TextWriter output, string[] titles, IEnumerable<string[]> rows, int room)
    {
        var width = Math.Min(titles.Max(title => title.Length), Math.Max(1, room / 2));
        var isFirst = true;
        foreach (var row in rows)
        {
            if (!isFirst)
            {
                output.WriteLine();
            }

            isFirst = false;
            foreach (var (title, cell) in titles.Zip(row).Where(pair => pair.Second.Length > 0))
            {
                var parts = Wrap(cell, Math.Max(1, room - width - 2));
                for (var part = 0; part < parts.Count; part++)
                {
                    var name = part == 0 ? title : "";
                    output.WriteLine($"{(name.Length <= width ? name : name[..width]).PadRight(width)}  {parts[part]}".TrimEnd());
                }
            }
        }
    }

    /// <summary>Between words where there are some.</summary>
    static List<string> Wrap(string text, int width)
    {
        var lines = new List<string>();
        while (text.Length > width)
        {
            var space = text.LastIndexOf(' ', width);
            var end = space > 0 ? space : width;
            lines.Add(text[..end].TrimEnd());
            text = text[end..].TrimStart();
        }

        lines.Add(text);
        return lines;
    }
}
