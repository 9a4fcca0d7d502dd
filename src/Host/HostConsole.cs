using Microsoft.Extensions.Logging;

namespace RL.Host;

/// <summary>Output, terminal and clock of a verb; tests pass their own.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Everything else.</param>
/// <param name="ErrorWidth">Columns of the terminal that <paramref name="Error"/> is; null if it is none.</param>
/// <param name="Clock">The clock.</param>
sealed record HostConsole(TextWriter Out, TextWriter Error, Func<int>? ErrorWidth, TimeProvider Clock)
{
    const int WidthOfALostTerminal = 80;

    /// <summary>The real one.</summary>
    public static HostConsole System { get; } = new(
        Console.IsOutputRedirected ? Console.Out : new TerminalWriter(Console.Out, Width), LostWriter.Error,
        Console.IsErrorRedirected ? null : Width, TimeProvider.System);

    /// <summary>Answers to questions.</summary>
    public TextReader In { get; init; } = Console.In;

    /// <summary>What is below this level <see cref="Error"/> is not told. The command line sets it before the verb runs.</summary>
    public LogLevel Level { get; set; } = LogLevel.Information;

    /// <summary>Writes a line on standard error, if the level lets it pass.</summary>
    public void Log(LogLevel level, string text)
    {
        if (level >= Level)
        {
            Error.WriteLine(text);
        }
    }

    /// <summary>Standard error for a verb with one line of progress.</summary>
    public StatusLine NewStatusLine() => new(Error, ErrorWidth, Level);

    /// <summary>Standard error for a verb with several lines of progress.</summary>
    public StatusBoard NewStatusBoard() => new(Error, ErrorWidth, Level);

    static int Width()
    {
        try
        {
            return Console.WindowWidth;
        }
        catch (IOException)
        {
            return WidthOfALostTerminal;
        }
    }
}
