using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace RL.Environments;

/// <summary>What an exception says in a user's words: the runtime's own messages say nothing to one.</summary>
static partial class ErrorWords
{
    /// <summary>The message, without the name of a parameter; null if it is one of the runtime's own, such as that of a null reference.</summary>
    public static string? Of(Exception exception) => exception switch
    {
        TargetInvocationException or AggregateException or TypeInitializationException when exception.InnerException is { } inner => Of(inner),
        JsonException json => JsonWords.Of(json),
        OutOfMemoryException => "There is not enough memory.",
        NullReferenceException or IndexOutOfRangeException or InvalidCastException or KeyNotFoundException or DivideByZeroException
            or OverflowException or NotImplementedException => null,
        _ when NoMemory().Match(exception.Message) is { Success: true } match => string.Create(
            CultureInfo.InvariantCulture, $"There is not enough memory for {double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture) / 1e9:F1} GB more."),
        ArgumentException { ParamName: { } name } => exception.Message.Split($" (Parameter '{name}')", 2)[0],
        _ => exception.Message,
    };

    /// <summary>The exception that others are only wrapped around.</summary>
    public static Exception Innermost(Exception exception) =>
        exception is TargetInvocationException or AggregateException or TypeInitializationException && exception.InnerException is { } inner
            ? Innermost(inner)
            : exception;

    /// <summary>libtorch's.</summary>
    [GeneratedRegex(@"can't allocate memory: you tried to allocate (\d+) bytes")]
    private static partial Regex NoMemory();
}
