using System.Globalization;
using RL.Environments;

namespace RL.Host;

/// <summary>A point or direction in words: numbers, state:STEP, axis:INPUT, random:SEED; of a direction also to:POINT; NUMBER* before it scales.</summary>
static class RegionVector
{
    public const string Forms = "numbers such as 0.1,-2 (one: of all inputs), state:STEP, axis:INPUT, random:SEED, each with NUMBER* before it";

    /// <summary>A point.</summary>
    /// <exception cref="UserException">Names the option and what is allowed.</exception>
    public static double[] Point(string option, string text, RegionModel model)
    {
        var factor = 1.0;
        var rest = text;
        if (text.IndexOf('*', StringComparison.Ordinal) is var star and > 0)
        {
            factor = Number(option, text, text[..star]);
            rest = text[(star + 1)..];
        }
        var point = Unscaled(option, text, rest, model);
        return factor == 1 ? point : Array.ConvertAll(point, number => factor * number);
    }

    /// <summary>A direction from a point.</summary>
    /// <inheritdoc cref="Point"/>
    public static double[] Direction(string option, string text, double[] from, RegionModel model) =>
        text.StartsWith("to:", StringComparison.Ordinal)
            ? [.. Point(option, text[3..], model).Zip(from, (to, at) => to - at)]
            : Point(option, text, model);

    /// <summary>Whether directions are neither 0 nor parallel, but for rounding.</summary>
    public static bool SpanPlane(double[] d1, double[] d2)
    {
        const double rounding = 1e-12;
        var (first, second) = (Unit(d1), Unit(d2));
        var along = first.Zip(second, (a, b) => a * b).Sum();
        // Of 0: NaN, which exceeds nothing.
        return Math.Sqrt(first.Zip(second, (a, b) => (b - (along * a)) * (b - (along * a))).Sum()) > rounding;

        static double[] Unit(double[] direction)
        {
            // The largest first, as squares may overflow or vanish.
            var largest = direction.Max(Math.Abs);
            var scaled = Array.ConvertAll(direction, number => number / largest);
            var length = Math.Sqrt(scaled.Sum(number => number * number));
            return Array.ConvertAll(scaled, number => number / length);
        }
    }

    static double[] Unscaled(string option, string text, string rest, RegionModel model)
    {
        var inputs = model.Graph.Inputs;
        var (kind, value) = rest.Split(':', 2) is [var before, var behind] ? (before, behind) : ("", rest);
        switch (kind)
        {
            case "":
                var numbers = value.Split(',').Select(number => Number(option, text, number)).ToArray();
                return numbers.Length == inputs ? numbers
                    : numbers.Length == 1 ? [.. Enumerable.Repeat(numbers[0], inputs)]
                    : throw new UserException($"{option} is {text}: {numbers.Length} numbers; allowed: {inputs}, the network's inputs, or one for all.");
            case "state" when model.State is null:
                throw new UserException($"{option} is {text}; a file of a network has no states. Allowed: {Forms.Replace("state:STEP, ", "", StringComparison.Ordinal)}.");
            case "state":
                return model.State(Whole(option, text, value, int.MaxValue));
            case "axis":
                var axis = new double[inputs];
                axis[Whole(option, text, value, inputs - 1)] = 1;
                return axis;
            case "random":
                var random = new Pcg64((ulong)Whole(option, text, value, int.MaxValue), 0);
                var direction = new double[inputs];
                for (var i = 0; i < inputs; i++)
                {
                    direction[i] = random.NextGaussian();
                }
                var length = Math.Sqrt(direction.Sum(number => number * number));
                return Array.ConvertAll(direction, number => number / length);
            default:
                throw new UserException($"{option} is {text}; allowed: {Forms}.");
        }
    }

    static double Number(string option, string text, string number) =>
        double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value)
            ? value
            : throw new UserException($"{option} is {text}: '{number}' is no finite number; allowed: {Forms}.");

    static int Whole(string option, string text, string number, int most) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value <= most
            ? value
            : throw new UserException($"{option} is {text}: '{number}'; allowed: a whole number from 0{(most == int.MaxValue ? "" : $" to {most}")}.");
}
