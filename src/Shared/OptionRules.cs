using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace RL;

/// <summary>
/// What the properties of an options record accept, by their types and validation attributes: checked by every constructor that takes
/// options, and said in words. One source file that several assemblies compile in, because they have no assembly in common below them.
/// </summary>
static class OptionRules
{
    /// <summary>The options, if each of them, and of the records within them, is allowed.</summary>
    /// <exception cref="ArgumentException">Names the option, its value and what is allowed.</exception>
    public static T Checked<T>(this T options)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(options);
        Check(options, options.GetType().Name);
        return options;
    }

    /// <summary>What may be given, as the end of a sentence: "an integer from 1 to 65536".</summary>
    /// <param name="property">The option.</param>
    /// <param name="inCode">Enums' members as C# writes them, not as the command line does.</param>
    public static string Describe(PropertyInfo property, bool inCode = false)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        var orNull = new NullabilityInfoContext().Create(property).WriteState == NullabilityState.Nullable ? ", or null" : "";
        var element = ElementType(type);
        if (property.GetCustomAttribute<AllowedValuesAttribute>() is { } values)
        {
            return (element is null ? "" : "one or more, each once, of ") + string.Join(", ", values.Values) + orNull;
        }

        if (type.IsEnum)
        {
            return string.Join(
                ", ", Enum.GetNames(type).Select(name => inCode ? name : JsonNamingPolicy.SnakeCaseLower.ConvertName(name))) + orNull;
        }

        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } expression)
        {
            // Who writes a pattern says in its message what it stands for.
            return $"{expression.ErrorMessage ?? $"text of the form {expression.Pattern}"}{orNull}";
        }

        var range = property.GetCustomAttribute<RangeAttribute>() is { } limits ? Describe(limits) : "";
        if (element is not null && range.Length > 0)
        {
            range = $", each {range.TrimStart(',', ' ')}";
        }

        // Any other attribute speaks for itself.
        var others = property.GetCustomAttributes<ValidationAttribute>()
            .Where(attribute => attribute is not RangeAttribute)
            .Select(attribute => $" ({attribute.FormatErrorMessage(property.Name).TrimEnd('.')})");
        return TypeName(type) + range + string.Concat(others) + orNull;
    }

    /// <summary>True if the type and every validation attribute of <paramref name="property"/> accept <paramref name="value"/>.</summary>
    public static bool IsValid(PropertyInfo property, object? value) =>
        (value is not null || new NullabilityInfoContext().Create(property).WriteState != NullabilityState.NotNull)
        && (value is not Enum choice || Enum.IsDefined(choice.GetType(), choice))
        && property.GetCustomAttributes<ValidationAttribute>().All(attribute => attribute switch
        {
            RangeAttribute range => IsEach(value, ElementType(property.PropertyType), element => IsInRange(range, element)),
            AllowedValuesAttribute names => IsEach(value, ElementType(property.PropertyType), names.IsValid, areDistinct: true),
            _ => attribute.IsValid(value),
        });

    /// <summary>The names that a value is to be chosen from; none if it is no name.</summary>
    public static IReadOnlyList<string> Names(PropertyInfo property)
    {
        var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
        return type.IsEnum ? [.. Enum.GetNames(type).Select(JsonNamingPolicy.SnakeCaseLower.ConvertName)]
            : property.GetCustomAttribute<AllowedValuesAttribute>() is { } values ? [.. values.Values.OfType<string>()]
            : [];
    }

    /// <summary>Whether a property holds options of its own rather than a value.</summary>
    public static bool IsRecord(Type type) => type.IsClass && type != typeof(string) && ElementType(type) is null;

    /// <summary>The type of the elements if <paramref name="type"/> is a list, else null.</summary>
    public static Type? ElementType(Type type) =>
        type.IsArray ? type.GetElementType()
        : type.IsGenericType && type.GetInterfaces().Append(type).Any(
            face => face.IsGenericType && face.GetGenericTypeDefinition() == typeof(IEnumerable<>)) ? type.GetGenericArguments()[0]
        : null;

    public static bool IsInteger(Type type) => Type.GetTypeCode(type) is >= TypeCode.SByte and <= TypeCode.UInt64;

    /// <summary>Whether a value, or each element of a list, which then has one at least, is allowed.</summary>
    static bool IsEach(object? value, Type? element, Func<object?, bool> isAllowed, bool areDistinct = false)
    {
        if (element is null || value is not System.Collections.IEnumerable list)
        {
            return value is null || isAllowed(value);
        }

        var elements = list.Cast<object?>().ToList();
        return elements.Count > 0 && elements.TrueForAll(item => isAllowed(item))
            && (!areDistinct || elements.Distinct().Count() == elements.Count);
    }

    static void Check(object options, string path)
    {
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            // Computed properties follow from the others.
            if (!property.CanWrite)
            {
                continue;
            }

            var value = property.GetValue(options);
            if (!IsValid(property, value))
            {
                throw new ArgumentException($"{path}.{property.Name} is {Show(value)}; allowed: {Describe(property, inCode: true)}.");
            }

            if (value is not null && IsRecord(property.PropertyType))
            {
                Check(value, $"{path}.{property.Name}");
            }
        }

        var contradictions = new List<ValidationResult>();
        if (!Validator.TryValidateObject(options, new ValidationContext(options), contradictions))
        {
            var shown = contradictions[0].MemberNames.Select(
                member => $"{path}.{member} is {Show(options.GetType().GetProperty(member)?.GetValue(options))}").ToList();
            throw new ArgumentException($"{(shown.Count > 0 ? string.Join(", ", shown) : path)}: {contradictions[0].ErrorMessage}");
        }
    }

    /// <summary>A value in a sentence.</summary>
    public static string Show(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        System.Collections.IEnumerable list => $"[{string.Join(",", list.Cast<object?>().Select(Show))}]",
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    static string TypeName(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(string) ? "text"
        : ElementType(type) is { } element ? $"a list such as {Example(Nullable.GetUnderlyingType(element) ?? element)}"
        : IsInteger(type) ? "an integer"
        : "a number";

    static string Example(Type element) => IsInteger(element) ? "[256,256]" : element == typeof(string) ? "[a,b]" : "[0.5,1]";

    /// <remarks>RangeAttribute itself rounds to the type of its bounds: [Range(0, 1)] accepts 1.4.</remarks>
    static bool IsInRange(RangeAttribute range, object? value)
    {
        if (value is null)
        {
            return true;
        }

        var (low, high) = Bounds(range);
        var number = Convert.ToDouble(value, CultureInfo.InvariantCulture);
        return (range.MinimumIsExclusive ? number > low : number >= low) && (range.MaximumIsExclusive ? number < high : number <= high);
    }

    static string Describe(RangeAttribute range)
    {
        var (low, high) = Bounds(range);
        var above = range.MinimumIsExclusive ? $"greater than {low}" : $"{low} or more";
        var below = range.MaximumIsExclusive ? $"less than {high}" : $"{high} or less";
        // A bound at the end of its type is none.
        return (IsBound(low), IsBound(high)) switch
        {
            (false, false) => "",
            (true, false) => $", {above}",
            (false, true) => $", {below}",
            _ when range.MinimumIsExclusive || range.MaximumIsExclusive => $", {above} and {below}",
            _ => $" from {low} to {high}",
        };
    }

    static bool IsBound(double value) => Math.Abs(value) < int.MaxValue;

    static (double Low, double High) Bounds(RangeAttribute range) =>
        (Convert.ToDouble(range.Minimum, CultureInfo.InvariantCulture), Convert.ToDouble(range.Maximum, CultureInfo.InvariantCulture));
}
