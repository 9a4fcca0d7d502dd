using System.Globalization;

namespace RL.Environments;

/// <summary>
/// A task gave an observation or a reward that is no number to learn from: NaN, infinite, or too large for float32 (±3.4 · 10³⁸), in
/// which networks compute. Nothing was learned from it; the environment must be reset.
/// </summary>
public sealed class NonFiniteValueException : ArithmeticException
{
    /// <summary>Of a value that a task gave.</summary>
    /// <param name="environment">The task's id.</param>
    /// <param name="step">Steps of the copy's episode, this one included; 0: the observation of a reset.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="element">Element of the observation; null: it is the reward.</param>
    /// <param name="value">What was given.</param>
    /// <param name="part">Name of the part of the reward that it is; null: it is the observation or the whole reward.</param>
    public NonFiniteValueException(string environment, int step, int copy, int? element, double value, string? part = null)
        : base(string.Create(
            CultureInfo.InvariantCulture,
            $"{environment}: {(element is { } i ? $"element {i} of the observation" : part is null ? "the reward" : $"the part {part} of the reward")} of copy "
            + $"{copy} is {value} after step "
            + $"{step} of its episode; allowed: finite numbers that float32 can hold (up to ±3.4e38)."))
    {
        (Environment, Step, Copy, Element, Value) = (environment, step, copy, element, value);
    }

    /// <summary>With a message.</summary>
    public NonFiniteValueException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public NonFiniteValueException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public NonFiniteValueException()
    {
    }

    /// <summary>The task's id.</summary>
    public string Environment { get; } = "";

    /// <summary>Steps of the copy's episode, the failing one included; 0: the observation of a reset.</summary>
    public int Step { get; }

    /// <summary>The copy.</summary>
    public int Copy { get; }

    /// <summary>Element of the observation; null: it is the reward.</summary>
    public int? Element { get; }

    /// <summary>What the task gave.</summary>
    public double Value { get; }
}
