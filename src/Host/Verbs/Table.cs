namespace RL.Host;

/// <summary>Prints rows in aligned columns.</summary>
static class Table
{
    public static void Write(TextWriter output, string[] titles, IEnumerable<string[]> rows)
    {
        List<string[]> lines = [titles, .. rows];
        var widths = Enumerable.Range(0, titles.Length).Select(column => lines.Max(line => line[column].Length)).ToArray();
        foreach (var line in lines)
        {
            output.WriteLine(string.Join("  ", line.Select((cell, column) => cell.PadRight(widths[column]))).TrimEnd());
        }
    }
}
