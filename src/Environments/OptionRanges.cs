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
        var violations = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), violations, validateAllProperties: true);
        var known = violations.SelectMany(violation => violation.MemberNames).ToHashSet();
        violations.AddRange(
            from property in options.GetType().GetProperties()
            let range = property.GetCustomAttribute<RangeAttribute>()
            where range is not null && !known.Contains(property.Name) && !Holds(range, property.GetValue(options))
            select new ValidationResult(range.FormatErrorMessage(property.Name), [property.Name]));
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
