using System.ComponentModel.DataAnnotations;

namespace RL.Agents;

/// <summary>Every hidden layer has at least one unit.</summary>
[AttributeUsage(AttributeTargets.Property)]
public sealed class LayersAttribute : ValidationAttribute
{
    /// <inheritdoc/>
    public override bool IsValid(object? value) => value is int[] { Length: > 0 } sizes && sizes.All(size => size is > 0 and <= 65536);

    /// <inheritdoc/>
    public override string FormatErrorMessage(string name) => "one or more layer sizes, each from 1 to 65536";
}
