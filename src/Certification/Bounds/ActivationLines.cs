namespace RL.Certification;

/// <summary>
/// Lines above and below an activation on [l, u], which hold for σ itself: their slopes are taken as they were rounded, and their offsets are
/// rounded outwards.
/// </summary>
static class ActivationLines
{
    const int Bisections = 60;

    /// <summary>
    /// Writes lines with σ(z) ≤ slope·z + offset on [l, u], as many as there is room for; any mean of two of them is another one. Gives the
    /// place among them, from 0 (the first) to 1 (the last), of the line to begin with.
    /// </summary>
    public static double Upper(ActivationFunction function, double l, double u, Span<double> slopes, Span<double> offsets) =>
        Above(new(function, false), l, u, slopes, offsets);

    /// <summary>The same for σ(z) ≥ slope·z + offset.</summary>
    public static double Lower(ActivationFunction function, double l, double u, Span<double> slopes, Span<double> offsets)
    {
        // −σ(−z) has the same shape: what is above it is below σ.
        var begin = Above(new(function, true), -u, -l, slopes, offsets);
        for (var i = 0; i < offsets.Length; i++)
        {
            offsets[i] = -offsets[i];
        }
        return begin;
    }

    static double Above(MirroredFunction f, double l, double u, Span<double> slopes, Span<double> offsets)
    {
        if (f.IsKinked && l < 0 && u > 0)
        {
            var (left, right) = (f.Derivative(l), f.Derivative(u));
            if (left >= right)
            {
                // Concave: any slope between the two, through the kink.
                for (var i = 0; i < slopes.Length; i++)
                {
                    slopes[i] = left + ((right - left) * i / Math.Max(slopes.Length - 1, 1));
                }
                offsets.Clear();
                var begin = u >= -l ? 1 : 0;
                slopes[0] = slopes.Length == 1 && begin == 1 ? right : left;
                return begin;
            }
            return Fill(Secant(f, l, u), slopes, offsets);
        }
        if (f.IsKinked)
        {
            return Fill((f.Derivative(l >= 0 ? u : l), 0), slopes, offsets);
        }
        if (l == u)
        {
            return Fill((0, f.Up(l)), slopes, offsets);
        }
        if (u <= f.Inflection)
        {
            return Fill(Secant(f, l, u), slopes, offsets);
        }
        var first = l;
        if (l < f.Inflection)
        {
            var secant = Secant(f, l, u);
            var steepest = f.Derivative(u);
            if (steepest - f.DerivativeError(steepest) >= secant.Slope)
            {
                return Fill(secant, slopes, offsets);
            }
            first = TiePoint(f, l, u);
        }
        var start = Math.Clamp(((l / 2) + (u / 2) - first) / (u - first), 0, 1);
        for (var i = 0; i < slopes.Length; i++)
        {
            var share = slopes.Length == 1 ? start : (double)i / (slopes.Length - 1);
            (slopes[i], offsets[i]) = Tangent(f, Math.Clamp(first + (share * (u - first)), first, u), l, u);
        }
        return start;
    }

    /// <summary>Where the tangent passes through (l, σ(l)): t in [c, u] with σ′(t)(t − l) = σ(t) − σ(l).</summary>
    static double TiePoint(MirroredFunction f, double l, double u)
    {
        var (low, high, value) = (f.Inflection, u, f.Value(l));
        for (var i = 0; i < Bisections && low < high; i++)
        {
            var t = low + ((high - low) / 2);
            var isLeftOfIt = (f.Derivative(t) * (t - l)) > f.Value(t) - value;
            (low, high) = isLeftOfIt ? (t, high) : (low, t);
        }
        return high;
    }

    static (double Slope, double Offset) Secant(MirroredFunction f, double l, double u)
    {
        var slope = (f.Value(u) - f.Value(l)) / (u - l);
        return (slope, Math.Max(Through(slope, l, f.Up(l)), Through(slope, u, f.Up(u))));
    }

    /// <summary>
    /// The tangent at t, right of the inflection: above σ there, and left of it if it is above σ at l, for σ is convex from there.
    /// </summary>
    static (double Slope, double Offset) Tangent(MirroredFunction f, double t, double l, double u)
    {
        var slope = f.Derivative(t);
        var touching = Through(slope, t, f.Up(t)) + Math.BitIncrement(f.DerivativeError(slope) * (u - l));
        return (slope, Math.Max(Math.BitIncrement(touching), Through(slope, l, f.Up(l))));
    }

    /// <summary>The offset of a line through a point, or a little above it.</summary>
    static double Through(double slope, double z, double value)
    {
        var offset = Math.FusedMultiplyAdd(-slope, z, value);
        // Of what is exact, which 0 is, nothing need be added.
        return slope == 0 || z == 0 ? value : Math.BitIncrement(offset);
    }

    static double Fill((double Slope, double Offset) line, Span<double> slopes, Span<double> offsets)
    {
        slopes.Fill(line.Slope);
        offsets.Fill(line.Offset);
        return 0;
    }
}
