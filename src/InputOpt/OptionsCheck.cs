using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;

namespace RL.InputOpt;

/// <summary>Checks an options record against the ranges declared on its properties.</summary>
static class OptionsCheck
{
    /// <exception cref="ArgumentOutOfRangeException">Names the property, its value and what is allowed.</exception>
    public static T Checked<T>(this T options) where T : class
    {
        foreach (var property in typeof(T).GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var value = property.GetValue(options);
            if (property.GetCustomAttribute<RangeAttribute>() is { } range && !range.IsValid(value))
            {
                throw new ArgumentOutOfRangeException(property.Name, value, string.Create(
                    CultureInfo.InvariantCulture,
                    $"{typeof(T).Name}.{property.Name} must be from {range.Minimum} to {range.Maximum}."));
            }
            if (value is Enum choice && !Enum.IsDefined(choice.GetType(), choice))
            {
                throw new ArgumentOutOfRangeException(property.Name, value,
                    $"{typeof(T).Name}.{property.Name} must be one of {string.Join(", ", Enum.GetNames(choice.GetType()))}.");
            }
        }
        return options;
    }
}
