using System.Runtime.CompilerServices;

namespace RL.Certification;

/// <summary>The lines that rows have chosen of an activation, and Adam's means.</summary>
sealed class LineChoice(int count, bool isKinked)
{
    /// <summary>Decay rates of Adam's means.</summary>
    public const double FirstDecay = 0.9, SecondDecay = 0.99;

    readonly double[] _upperMean = new double[count], _upperSquare = new double[count];
    readonly double[] _lowerMean = new double[isKinked ? 0 : count], _lowerSquare = new double[isKinked ? 0 : count];

    /// <summary>Slopes of a kinked function; of others places of the upper lines.</summary>
    public double[] Upper { get; } = new double[count];

    /// <summary>Places of the lower lines.</summary>
    public double[] Lower { get; } = new double[isKinked ? 0 : count];

    public (double Slope, double Offset, double SlopeChange, double OffsetChange) Line(Relaxation lines, double v, int unit, int at)
    {
        if (lines.IsKinked)
        {
            return v > 0 == lines.IsConvex
                ? lines.IsConvex ? (lines.UpperSlope[unit], lines.UpperOffset[unit], 0, 0) : (lines.LowerSlope[unit], lines.LowerOffset[unit], 0, 0)
                : (Upper[at], 0, 1, 0);
        }
        return v > 0
            ? Relaxation.Line(lines.UpperSlopes, lines.UpperOffsets, unit, Upper[at])
            : Relaxation.Line(lines.LowerSlopes, lines.LowerOffsets, unit, Lower[at]);
    }

    public void Improve(Relaxation lines, double v, double z, int unit, int at, double rate, double first, double second)
    {
        if (v == 0)
        {
            return;
        }
        if (lines.IsKinked)
        {
            var (least, most) = (lines.LeastAlpha[unit], lines.MostAlpha[unit]);
            if (least < most && v > 0 != lines.IsConvex)
            {
                Step(ref Upper[at], ref _upperMean[at], ref _upperSquare[at], v * z, rate * (most - least), first, second);
                Upper[at] = Math.Clamp(Upper[at], least, most);
            }
            return;
        }
        var (_, _, slope, offset) = Line(lines, v, unit, at);
        var gradient = v * ((slope * z) + offset);
        if (gradient == 0)
        {
            return;
        }
        if (v > 0)
        {
            Step(ref Upper[at], ref _upperMean[at], ref _upperSquare[at], gradient, rate, first, second);
            Upper[at] = Math.Clamp(Upper[at], 0, 1);
        }
        else
        {
            Step(ref Lower[at], ref _lowerMean[at], ref _lowerSquare[at], gradient, rate, first, second);
            Lower[at] = Math.Clamp(Lower[at], 0, 1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Step(ref double place, ref double mean, ref double square, double gradient, double rate, double first, double second)
    {
        mean = (FirstDecay * mean) + ((1 - FirstDecay) * gradient);
        square = (SecondDecay * square) + ((1 - SecondDecay) * gradient * gradient);
        var size = Math.Sqrt(square / second);
        place -= size > 0 ? rate * (mean / first) / size : 0;
    }
}
