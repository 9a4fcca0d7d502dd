namespace RL.Environments;

/// <summary>A task's own code failed. What it threw is the inner exception; the environment must be reset.</summary>
public sealed class EnvironmentFailureException : Exception
{
    /// <summary>Of a copy.</summary>
    /// <param name="environment">The task's id.</param>
    /// <param name="doing">What the copy was doing, as the end of "copy 3 failed ".</param>
    /// <param name="copy">The copy.</param>
    /// <param name="cause">What it threw.</param>
    public EnvironmentFailureException(string environment, string doing, int copy, Exception cause)
        : base($"{environment}: copy {copy} failed {doing}: {Words(cause)}", cause)
    {
        (Environment, Copy) = (environment, copy);
    }

    /// <summary>With a message.</summary>
    public EnvironmentFailureException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public EnvironmentFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public EnvironmentFailureException()
    {
    }

    /// <summary>The task's id.</summary>
    public string Environment { get; } = "";

    /// <summary>The copy.</summary>
    public int Copy { get; }

    /// <summary>What the task said, or where its code has the fault.</summary>
    static string Words(Exception cause)
    {
        if (ErrorWords.Of(cause) is { } words)
        {
            return words;
        }

        var fault = ErrorWords.Innermost(cause);
        var place = fault.TargetSite is { DeclaringType: { } type } method ? $" in {type.FullName}.{method.Name}" : "";
        return $"its code ended in a {fault.GetType().Name}{place}.";
    }
}
