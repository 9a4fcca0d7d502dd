using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace RL.Environments;

/// <summary>Checks an options record against the DataAnnotations on it.</summary>
static class OptionRanges
{
    /// <exception cref="ArgumentException">Names <paramref name="of"/>, each option that is out of its range, its value and the range.</exception>
    public static void Check(object options, string of)
    {
        var type = options.GetType();
        var violations = (
            from property in type.GetProperties()
            from attribute in property.GetCustomAttributes<ValidationAttribute>()
            let value = property.GetValue(options)
            let context = new ValidationContext(options) { MemberName = property.Name }
            where attribute is RangeAttribute range ? !Holds(range, value) : attribute.GetValidationResult(value, context) is not null
            select new ValidationResult(attribute.FormatErrorMessage(property.Name), [property.Name])).ToList();
        // What concerns several options at once is asked only where each of them is right, as Validator does.
        var whole = new ValidationContext(options);
        if (violations.Count == 0)
        {
            violations.AddRange(type.GetCustomAttributes<ValidationAttribute>()
                .Select(attribute => attribute.GetValidationResult(options, whole)).OfType<ValidationResult>());
        }

        if (violations.Count == 0 && options is IValidatableObject validatable)
        {
            violations.AddRange(validatable.Validate(whole));
        }

        if (violations.Count > 0)
        {
            throw new ArgumentException(
                $"{of}: {string.Join(" ", violations.Select(violation => Describe(options, violation)))}");
        }
    }

    /// <remarks>RangeAttribute itself rounds to the type of its bounds: [Range(0, 10)] accepts 10.4.</remarks>
    static bool Holds(RangeAttribute range, object? value)
    {
        if (value is null)
        {
            return true;
        }

        var (number, low, high) = (Number(value), Number(range.Minimum), Number(range.Maximum));
        return (range.MinimumIsExclusive ? number > low : number >= low) && (range.MaximumIsExclusive ? number < high : number <= high);
    }

    static double Number(object value) => Convert.ToDouble(value, CultureInfo.InvariantCulture);

    static string Describe(object options, ValidationResult violation)
    {
        var values = violation.MemberNames.Select(
            name => string.Create(CultureInfo.InvariantCulture, $"{name} is {options.GetType().GetProperty(name)?.GetValue(options)}"));
        return $"{string.Join(", ", values)}: {violation.ErrorMessage}";
    }
}
