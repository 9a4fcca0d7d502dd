namespace RL.Runs;

/// <summary>The user asked for something that cannot be: one sentence naming the thing, the value and what is allowed. Exit code 2.</summary>
public sealed class UserException(string message) : Exception(message);
