using System.Text;

namespace RL.Host;

/// <summary>Standard output that is a terminal: tables are made to fit its width.</summary>
sealed class TerminalWriter(TextWriter inner, Func<int> width) : TextWriter
{
    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>Columns, at least one.</summary>
    public int Width => Math.Max(1, width());

    /// <inheritdoc/>
    public override void Write(char value) => inner.Write(value);

    /// <inheritdoc/>
    public override void Write(string? value) => inner.Write(value);

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => inner.Write(buffer, index, count);

    /// <inheritdoc/>
    public override void WriteLine(string? value) => inner.WriteLine(value);

    /// <inheritdoc/>
    public override void Flush() => inner.Flush();
}
