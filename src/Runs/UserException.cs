namespace RL.Runs;

/// <summary>Invalid input: one sentence that names the option, its value and what is allowed. `rl` exits with code 2.</summary>
public sealed class UserException(string message) : Exception(message);
