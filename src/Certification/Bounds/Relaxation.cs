namespace RL.Certification;

/// <summary>
/// The lines between which the activations of a node lie, given bounds of what they read. For the bounds of CROWN one line on either side; where
/// lines may be chosen, α, all of which are valid.
/// </summary>
sealed class Relaxation
{
    /// <summary>Lines to choose from, of a smooth function; between two of them means are taken.</summary>
    const int Choices = 9;

    readonly ActivationFunction _function;

    public Relaxation(ActivationFunction function, int units)
    {
        _function = function;
        double[] New() => new double[units];
        (UpperSlope, UpperOffset, LowerSlope, LowerOffset, Reach) = (New(), New(), New(), New(), New());
        (UpperPlace, LowerPlace) = (New(), New());
        IsKinked = function.IsKinked;
        (LeastAlpha, MostAlpha) = (New(), New());
    }

    /// <summary>Whether the lines to choose from all pass through 0, so that their slope says which it is.</summary>
    public bool IsKinked { get; }

    /// <summary>Of a kinked function: whether the lower line may be chosen, not the upper one.</summary>
    public bool IsConvex => _function.Inflection > 0;

    public double[] UpperSlope { get; }

    public double[] UpperOffset { get; }

    public double[] LowerSlope { get; }

    public double[] LowerOffset { get; }

    /// <summary>No line's value is larger over the box, slope and offset taken by magnitude.</summary>
    public double[] Reach { get; }

    /// <summary>Range of the slopes that may be chosen, of a kinked function; one slope where that is linear.</summary>
    public double[] LeastAlpha { get; }

    /// <inheritdoc cref="LeastAlpha"/>
    public double[] MostAlpha { get; }

    /// <summary>The lines to choose from of a smooth function [units × Choices]; empty until they are asked for.</summary>
    public double[] UpperSlopes { get; private set; } = [];

    /// <inheritdoc cref="UpperSlopes"/>
    public double[] UpperOffsets { get; private set; } = [];

    /// <inheritdoc cref="UpperSlopes"/>
    public double[] LowerSlopes { get; private set; } = [];

    /// <inheritdoc cref="UpperSlopes"/>
    public double[] LowerOffsets { get; private set; } = [];

    /// <summary>Which of them CROWN takes, from 0 to 1.</summary>
    public double[] UpperPlace { get; }

    /// <inheritdoc cref="UpperPlace"/>
    public double[] LowerPlace { get; }

    /// <summary>Whether the function is not linear between the bounds.</summary>
    public bool IsOpen(double lower, double upper) => lower < upper && !(IsKinked && (lower >= 0 || upper <= 0));

    /// <summary>Makes the lines for bounds [units], and those to choose from if that is wanted.</summary>
    public void Update(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper, ReadOnlySpan<double> magnitude, bool withChoices)
    {
        if (withChoices && !IsKinked && UpperSlopes.Length == 0)
        {
            var count = lower.Length * Choices;
            double[] New() => new double[count];
            (UpperSlopes, UpperOffsets, LowerSlopes, LowerOffsets) = (New(), New(), New(), New());
        }
        for (var k = 0; k < lower.Length; k++)
        {
            if (IsKinked || !withChoices)
            {
                ActivationLines.Upper(_function, lower[k], upper[k], UpperSlope.AsSpan(k, 1), UpperOffset.AsSpan(k, 1));
                ActivationLines.Lower(_function, lower[k], upper[k], LowerSlope.AsSpan(k, 1), LowerOffset.AsSpan(k, 1));
                (LeastAlpha[k], MostAlpha[k]) = !IsOpen(lower[k], upper[k])
                    ? (IsConvex ? (LowerSlope[k], LowerSlope[k]) : (UpperSlope[k], UpperSlope[k]))
                    : (Math.Min(1, _function.LeftSlope), Math.Max(1, _function.LeftSlope));
                var steepest = Math.Max(Math.Abs(UpperSlope[k]), Math.Max(Math.Abs(LowerSlope[k]), MostAlpha[k]));
                Reach[k] = (steepest * magnitude[k]) + Math.Max(Math.Abs(UpperOffset[k]), Math.Abs(LowerOffset[k]));
                continue;
            }
            Choose(k, lower[k], upper[k], magnitude[k]);
        }
    }

    void Choose(int unit, double lower, double upper, double magnitude)
    {
        var first = unit * Choices;
        UpperPlace[unit] = ActivationLines.Upper(_function, lower, upper, UpperSlopes.AsSpan(first, Choices), UpperOffsets.AsSpan(first, Choices));
        LowerPlace[unit] = ActivationLines.Lower(_function, lower, upper, LowerSlopes.AsSpan(first, Choices), LowerOffsets.AsSpan(first, Choices));
        (UpperSlope[unit], UpperOffset[unit], _, _) = Line(UpperSlopes, UpperOffsets, unit, UpperPlace[unit]);
        (LowerSlope[unit], LowerOffset[unit], _, _) = Line(LowerSlopes, LowerOffsets, unit, LowerPlace[unit]);
        Reach[unit] = 0;
        for (var i = first; i < first + Choices; i++)
        {
            Reach[unit] = Math.Max(Reach[unit], Math.Max(
                (Math.Abs(UpperSlopes[i]) * magnitude) + Math.Abs(UpperOffsets[i]), (Math.Abs(LowerSlopes[i]) * magnitude) + Math.Abs(LowerOffsets[i])));
        }
    }

    /// <summary>The line at a place from 0 to 1 among a unit's, and how slope and offset change with the place.</summary>
    public static (double Slope, double Offset, double SlopeChange, double OffsetChange) Line(
        double[] slopes, double[] offsets, int unit, double place)
    {
        const int steps = Choices - 1;
        var at = place * steps;
        var i = Math.Min((int)at, steps - 1);
        var share = at - i;
        i += unit * Choices;
        var (slope, offset) = (slopes[i + 1] - slopes[i], offsets[i + 1] - offsets[i]);
        return (slopes[i] + (share * slope), offsets[i] + (share * offset), slope * steps, offset * steps);
    }
}
