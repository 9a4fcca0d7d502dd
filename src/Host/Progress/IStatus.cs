using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>
/// Where progress is shown: a line that is drawn over in a terminal, plain lines elsewhere. What the level of --log-level leaves out is not.
/// </summary>
interface IStatus
{
    /// <summary>True if lines can be drawn over: a terminal.</summary>
    bool IsTerminal { get; }

    /// <summary>Replaces the line. Only in a terminal.</summary>
    void Draw(string text);

    /// <summary>Writes a line that stays, as information.</summary>
    void WriteLine(string text) => Log(LogLevel.Information, text);

    /// <summary>Writes a line that stays.</summary>
    void Log(LogLevel level, string text);
}
