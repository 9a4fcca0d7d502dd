using System.Globalization;

namespace RL.Host;

/// <summary>
/// Standard error with a line for each of several things in progress at its bottom; everything else goes above them. Without a terminal, plain
/// lines that begin with the name of what they are about.
/// </summary>
sealed class StatusBoard(TextWriter error, Func<int>? width) : IStatus
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
    public void Remove(IStatus? line, string? text)
    {
        lock (_lock)
        {
            _lines.RemoveAll(other => other == line);
            Redraw(text);
        }
    }

    /// <inheritdoc/>
    public void Draw(string text) => throw new InvalidOperationException("A board has lines; only they are drawn.");

    /// <inheritdoc/>
    public void WriteLine(string text)
    {
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
        foreach (var line in _lines.Where(line => IsTerminal && line.Text.Length > 0))
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

        public void WriteLine(string text) => board.WriteLine($"{name}: {text}");
    }
}
