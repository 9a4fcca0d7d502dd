using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>What goes on for long: in a terminal one line, drawn at most ten times a second, elsewhere a line after a second and then every ten.</summary>
sealed class PacedStatus(StatusLine status, TimeProvider clock)
{
    static readonly TimeSpan _redraw = TimeSpan.FromMilliseconds(100), _first = TimeSpan.FromSeconds(1), _plain = TimeSpan.FromSeconds(10);

    long _written = clock.GetTimestamp();
    bool _isBegun;

    /// <summary>Writes a line that stays.</summary>
    public void Log(LogLevel level, string text) => status.Log(level, text);

    /// <summary>Shows where it is now, if it is time to.</summary>
    public void Show(Func<string> text)
    {
        if (clock.GetElapsedTime(_written) < (status.IsTerminal ? _redraw : _isBegun ? _plain : _first))
        {
            return;
        }

        (_written, _isBegun) = (clock.GetTimestamp(), true);
        if (status.IsTerminal)
        {
            status.Draw(text());
        }
        else
        {
            status.WriteLine(text());
        }
    }
}
