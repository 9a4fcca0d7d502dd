using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Two options that are the ends of a range: the first must not exceed the second.</summary>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true)]
public sealed class OrderedAttribute(string low, string high) : ValidationAttribute
{
    /// <summary>Name of the property that is the lower end.</summary>
    public string Low { get; } = low;

    /// <summary>Name of the property that is the upper end.</summary>
    public string High { get; } = high;

    /// <inheritdoc/>
    protected override ValidationResult? IsValid(object? value, ValidationContext validationContext) =>
        value is null || Get(value, Low) <= Get(value, High)
            ? ValidationResult.Success
            : new ValidationResult("the first must not exceed the second.", [Low, High]);

    static double Get(object options, string name) => (double)options.GetType().GetProperty(name)!.GetValue(options)!;
}
