namespace RL.Host;

/// <summary>Output, terminal and clock of a verb; tests pass their own.</summary>
/// <param name="Out">Results.</param>
/// <param name="Error">Everything else.</param>
/// <param name="ErrorWidth">Columns of the terminal that <paramref name="Error"/> is; null if it is none.</param>
/// <param name="Clock">The clock.</param>
sealed record HostConsole(TextWriter Out, TextWriter Error, Func<int>? ErrorWidth, TimeProvider Clock)
{
    /// <summary>The real one.</summary>
    public static HostConsole System { get; } = new(
        Console.Out, Console.Error, Console.IsErrorRedirected ? null : () => Console.WindowWidth, TimeProvider.System);
}
