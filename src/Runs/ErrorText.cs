namespace RL.Runs;

/// <summary>Errors in a user's words.</summary>
static class ErrorText
{
    /// <summary>The message without what .NET adds to it for programmers: the name of the parameter, the actual value.</summary>
    public static string Sentence(this Exception exception) => exception is ArgumentException { ParamName: { } name }
        ? exception.Message.Split($" (Parameter '{name}')", 2)[0]
        : exception.Message;
}
