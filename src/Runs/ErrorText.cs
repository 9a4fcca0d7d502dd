using RL.Environments;

namespace RL.Runs;

/// <summary>Errors in a user's words.</summary>
static class ErrorText
{
    /// <summary>
    /// The message without what .NET adds to it for programmers: the name of the parameter, the actual value. Of a fault of the program that has no
    /// words of its own, that it is one.
    /// </summary>
    public static string Sentence(this Exception exception) => ErrorWords.Of(exception) is { } words
        ? words
        : $"The program has a fault: it ended in a {ErrorWords.Innermost(exception).GetType().Name}. RL_DEBUG=1 in the environment shows where.";
}
