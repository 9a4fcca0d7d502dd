using System.Globalization;

namespace RL.Sweeps;

/// <summary>
/// One option that a sweep searches, as it is written: values "128,256" (lists in brackets: "[64,64],[256,256]"), or a range
/// "1e-4..1e-3:log", with ":int" for whole numbers and ":5" for five values of it.
/// </summary>
public sealed class SweepParameter
{
    /// <summary>Significant digits of a number drawn from a range: more would not be read by anybody.</summary>
    const int Digits = 4;

    /// <summary>As many values as one parameter may list.</summary>
    const int MostValues = 10_000;

    readonly double _low, _high;
    readonly bool _isInteger;

    SweepParameter(string path, string text, IReadOnlyList<string> values) => (Path, Text, Values) = (path, text, values);

    SweepParameter(string path, string text, double low, double high, bool isLog, bool isInteger)
        : this(path, text, []) => (_low, _high, IsLog, _isInteger) = (low, high, isLog, isInteger);

    /// <summary>The option: agent.batch_size.</summary>
    public string Path { get; }

    /// <summary>As it was written.</summary>
    public string Text { get; }

    /// <summary>The values to choose from, as they are written on the command line; none of a range.</summary>
    public IReadOnlyList<string> Values { get; }

    /// <summary>Whether equal factors count as equal distances.</summary>
    public bool IsLog { get; }

    /// <summary>How many different values there are; infinity of a range of real numbers.</summary>
    public double Count => Values.Count > 0 ? Values.Count : _isInteger ? _high - _low + 1 : double.PositiveInfinity;

    /// <summary>Reads what is to be searched.</summary>
    /// <param name="key">The option.</param>
    /// <param name="name">What the user calls it.</param>
    /// <param name="text">Its values or its range.</param>
    /// <returns>Null if the text is one value, which is not searched.</returns>
    /// <exception cref="UserException">A value is not allowed, or it is no range.</exception>
    internal static SweepParameter? Read(OptionKey key, string name, string text)
    {
        if (key.IsNumber && text.Contains("..", StringComparison.Ordinal))
        {
            return Range(key, name, text);
        }

        var values = key.IsList ? Lists(text) : text.Split(',', StringSplitOptions.TrimEntries);
        if (values.Length < 2)
        {
            return null;
        }

        var written = values.Select(value => key.Parse(value, name)?.ToJsonString() ?? "null").ToList();
        return written.Distinct().Count() == written.Count
            ? new(key.Path, text, values)
            : throw new UserException($"{name} is {Shown.Short(text)}; allowed: each value once.");
    }

    /// <summary>The value at a place of the parameter.</summary>
    /// <param name="place">From 0 to 1, 1 excluded: equal shares for values, the axis for a range.</param>
    public string At(double place)
    {
        if (Values.Count > 0)
        {
            return Values[Math.Min((int)(place * Values.Count), Values.Count - 1)];
        }

        // Of whole numbers each is as wide as the distance to the next.
        var high = _isInteger ? _high + 1 : _high;
        var value = IsLog ? Math.Exp(Math.Log(_low) + (place * (Math.Log(high) - Math.Log(_low)))) : _low + (place * (high - _low));
        return Write(_isInteger ? Math.Floor(value) : Rounded(value));
    }

    /// <summary>Where a value lies on the parameter's axis, from 0 to 1.</summary>
    public double Place(string value)
    {
        if (Values.Count > 0)
        {
            var index = Values.ToList().IndexOf(value);
            return Values.Count == 1 ? 0.5 : (double)index / (Values.Count - 1);
        }

        var number = double.Parse(value, CultureInfo.InvariantCulture);
        return IsLog ? Math.Log(number / _low) / Math.Log(_high / _low) : (number - _low) / (_high - _low);
    }

    /// <summary>Whether its values are numbers in ascending order, so that there is a direction.</summary>
    public bool IsOrdered => Values.Count == 0 || (Numbers() is { } numbers && numbers.Zip(numbers.Skip(1)).All(pair => pair.First < pair.Second));

    /// <summary>Marks of its axis: place and text.</summary>
    public IReadOnlyList<(double Place, string Text)> Marks => Values.Count > 0
        ? [.. Values.Select(value => (Place(value), value))]
        : [.. Enumerable.Range(0, 5).Select(i => Inner(i / 4.0)).Distinct().Select(value => (Place(value), Short(value)))];

    static SweepParameter Range(OptionKey key, string name, string text)
    {
        var parts = text.Split(':', StringSplitOptions.TrimEntries);
        var ends = parts[0].Split("..", StringSplitOptions.TrimEntries);
        var isLog = parts.Skip(1).Contains("log");
        var isInteger = key.IsInteger || parts.Skip(1).Contains("int");
        var numbers = parts.Skip(1).Where(part => part is not ("log" or "linear" or "int")).ToList();
        if (ends.Length != 2 || (isLog && parts.Contains("linear")) || numbers.Count > 1 || parts.Skip(1).Distinct().Count() != parts.Length - 1)
        {
            throw NoRange(name, text);
        }

        var (low, high) = (End(key, name, ends[0]), End(key, name, ends[1]));
        if (!(low < high) || !double.IsFinite(low) || !double.IsFinite(high))
        {
            throw new UserException($"{name} is {Shown.Short(text)}; allowed: a range from a number to a larger one.");
        }

        if (isLog && low <= 0)
        {
            throw new UserException($"{name} is {Shown.Short(text)}; allowed: a logarithmic range of numbers above 0.");
        }

        if (isInteger && (low != Math.Floor(low) || high != Math.Floor(high)))
        {
            throw new UserException($"{name} is {Shown.Short(text)}; allowed: a range between whole numbers.");
        }

        var range = new SweepParameter(key.Path, text, low, high, isLog, isInteger);
        if (numbers.Count == 0)
        {
            return range;
        }

        if (!int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 2 or > MostValues)
        {
            throw NoRange(name, text);
        }

        return new(key.Path, text, [.. Enumerable.Range(0, count).Select(i => range.Inner(i / (count - 1.0))).Distinct()]);
    }

    /// <summary>The value nearest to a place, both ends included.</summary>
    string Inner(double place)
    {
        var value = IsLog ? Math.Exp(Math.Log(_low) + (place * (Math.Log(_high) - Math.Log(_low)))) : _low + (place * (_high - _low));
        return Write(_isInteger ? Math.Round(value) : Rounded(value));
    }

    double Rounded(double value) => Math.Clamp(
        double.Parse(value.ToString($"E{Digits - 1}", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), _low, _high);

    /// <summary>Three digits are enough for a mark.</summary>
    static string Short(string value) => double.Parse(value, CultureInfo.InvariantCulture).ToString("G3", CultureInfo.InvariantCulture).Replace("E-0", "e-", StringComparison.Ordinal);

    double[]? Numbers()
    {
        var numbers = Values.Select(value => double.TryParse(value, CultureInfo.InvariantCulture, out var number) ? number : double.NaN).ToArray();
        return Array.TrueForAll(numbers, double.IsFinite) ? numbers : null;
    }

    string Write(double value) => Math.Clamp(value, _low, _high).ToString("R", CultureInfo.InvariantCulture);

    /// <summary>An end of a range is a value that is allowed.</summary>
    static double End(OptionKey key, string name, string text)
    {
        var node = key.Parse(text, name);
        return double.Parse(node is null ? "NaN" : node.ToString(), CultureInfo.InvariantCulture);
    }

    static UserException NoRange(string name, string text) => new(
        $"{name} is {Shown.Short(text)}; allowed: a range such as 0.1..0.9, 1e-4..1e-3:log, 1..8:int, or 5 values of one: 1e-4..1e-3:log:5.");

    /// <summary>"[64,64],[256,256]" is two lists; anything else is one value.</summary>
    static string[] Lists(string text) => text.StartsWith('[') && text.EndsWith(']')
        ? [.. text[1..^1].Split("],", StringSplitOptions.TrimEntries).Select(list => $"[{list.TrimStart('[')}]")]
        : [text];
}
