using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>
/// Standard error with one line at the bottom that is drawn over: everything else that is written there goes above it.
/// </summary>
/// <param name="error">Standard error.</param>
/// <param name="width">Its columns; null: it is no terminal.</param>
/// <param name="least">What is below this level is not told; what is drawn is information.</param>
sealed class StatusLine(TextWriter error, Func<int>? width, LogLevel least = LogLevel.Information) : IStatus
{
    const string ClearLine = "\r\u001b[K";

    readonly Lock _lock = new();
    bool _isDrawn;

    /// <inheritdoc/>
    public bool IsTerminal => width is not null;

    /// <inheritdoc/>
    public void Draw(string text)
    {
        if (least > LogLevel.Information)
        {
            return;
        }

        lock (_lock)
        {
            // The last column stays free: some terminals wrap as soon as it is written.
            var room = Math.Max(1, width!() - 1);
            error.Write(ClearLine + (text.Length <= room ? text : text[..room]));
            error.Flush();
            _isDrawn = true;
        }
    }

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
            error.WriteLine(_isDrawn ? ClearLine + text : text);
            error.Flush();
            _isDrawn = false;
        }
    }

    /// <summary>Leaves the bottom line standing.</summary>
    public void End()
    {
        lock (_lock)
        {
            if (_isDrawn)
            {
                error.WriteLine();
                _isDrawn = false;
            }
        }
    }
}
