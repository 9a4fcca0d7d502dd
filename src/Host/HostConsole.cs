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
