using System.Globalization;
using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>
/// Standard error with a line for each of several things in progress at its bottom; everything else goes above them. Without a terminal, plain
/// lines that begin with the name of what they are about.
/// </summary>
/// <param name="error">Standard error.</param>
/// <param name="width">Its columns; null: it is no terminal.</param>
/// <param name="least">What is below this level is not told; lines of progress are information.</param>
sealed class StatusBoard(TextWriter error, Func<int>? width, LogLevel least = LogLevel.Information) : IStatus
{
    readonly Lock _lock = new();
    readonly List<BoardLine> _lines = [];
    int _drawn;

    /// <inheritdoc/>
    public bool IsTerminal => width is not null;

    /// <summary>Adds a line at the bottom.</summary>
    public IStatus Add(string name)
    {
        var line = new BoardLine(this, name);
        lock (_lock)
        {
            _lines.Add(line);
        }

        return line;
    }

    /// <summary>Takes a line away, and has <paramref name="text"/> stay above in its place; null: nothing.</summary>
    public void Remove(IStatus? line, string? text, LogLevel level = LogLevel.Information)
    {
        lock (_lock)
        {
            _lines.RemoveAll(other => other == line);
            Redraw(level < least ? null : text);
        }
    }

    /// <inheritdoc/>
    public void Draw(string text) => throw new InvalidOperationException("A board has lines; only they are drawn.");

    /// <inheritdoc/>
    public void WriteLine(string text) => Log(LogLevel.Information, text);

    /// <inheritdoc/>
    public void Log(LogLevel level, string text)
    {
        if (level < least)
        {
            return;
        }

        lock (_lock)
        {
            Redraw(text);
        }
    }

    void Redraw(string? above)
    {
        if (_drawn > 0)
        {
            // Up to the first of the lines, and clear from there on.
            error.Write(string.Create(CultureInfo.InvariantCulture, $"\u001b[{_drawn}A\r\u001b[J"));
        }

        if (above is not null)
        {
            error.WriteLine(above);
        }

        _drawn = 0;
        foreach (var line in _lines.Where(line => IsTerminal && least <= LogLevel.Information && line.Text.Length > 0))
        {
            var room = Math.Max(1, width!() - 1);
            error.WriteLine(line.Text.Length <= room ? line.Text : line.Text[..room]);
            _drawn++;
        }

        error.Flush();
    }

    sealed class BoardLine(StatusBoard board, string name) : IStatus
    {
        public string Text { get; private set; } = "";

        public bool IsTerminal => board.IsTerminal;

        public void Draw(string text)
        {
            lock (board._lock)
            {
                Text = $"{name}: {text}";
                board.Redraw(null);
            }
        }

        public void Log(LogLevel level, string text) => board.Log(level, $"{name}: {text}");
    }
}
