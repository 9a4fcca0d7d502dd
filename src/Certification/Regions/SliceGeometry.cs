using System.Numerics;

namespace RL.Certification;

/// <summary>A line of the plane: where z of a neuron on a cell is 0, or a side of the square.</summary>
sealed class SliceLine(Neuron? neuron, Lazy<ExactCell>? cell, int row, BigInteger[]? form)
{
    BigInteger[]? _form = form;

    /// <summary>Null for a side of the square.</summary>
    public Neuron? Neuron => neuron;

    /// <summary>α, β, γ of αs + βt + γ = 0 as whole numbers.</summary>
    public BigInteger[] Form => _form ??= cell!.Value.Form(row);

    public static SliceLine Side(int s, int t) => new(null, null, 0, [s, t, 1]);
}

/// <summary>Where two lines meet.</summary>
sealed class SlicePoint
{
    const double Unit = 1.0 / (1L << 53);

    /// <summary>From this error on a point is computed from its lines' whole coefficients.</summary>
    const double LargestError = 1e-11;

    readonly SliceLine _first, _second;
    (BigInteger X, BigInteger Y, BigInteger W)? _exact;

    /// <param name="first">Meets the second here.</param>
    /// <param name="second">See <paramref name="first"/>.</param>
    /// <param name="s">About.</param>
    /// <param name="t">About.</param>
    /// <param name="error">Of each; too large or no number: they are computed from the lines.</param>
    public SlicePoint(SliceLine first, SliceLine second, double s, double t, double error)
    {
        (_first, _second, S, T, Error) = (first, second, s, t, error);
        if (!(error <= LargestError))
        {
            var (x, y, w) = Exact;
            (S, T, Error) = (Ratio(x, w), Ratio(y, w), 4 * Unit);
        }
    }

    public double S { get; }

    public double T { get; }

    /// <summary>Bound of the error of S and of T.</summary>
    public double Error { get; }

    /// <summary>(x/w, y/w), w &gt; 0.</summary>
    (BigInteger X, BigInteger Y, BigInteger W) Exact
    {
        get
        {
            if (_exact is null)
            {
                var (a, b) = (_first.Form, _second.Form);
                var w = (a[0] * b[1]) - (a[1] * b[0]);
                var (x, y) = ((a[1] * b[2]) - (b[1] * a[2]), (a[2] * b[0]) - (b[2] * a[0]));
                _exact = w.Sign < 0 ? (-x, -y, -w) : (x, y, w);
            }
            return _exact.Value;
        }
    }

    /// <summary>The sign of a function here, without rounding.</summary>
    public int Sign(BigInteger[] form)
    {
        var (x, y, w) = Exact;
        return ((form[0] * x) + (form[1] * y) + (form[2] * w)).Sign;
    }

    /// <summary>x/w, rounded, for numbers of any size.</summary>
    public static double Ratio(BigInteger x, BigInteger w)
    {
        // 64 bits more in the numerator than in the denominator: the quotient has more bits than a double.
        var shift = (int)(w.GetBitLength() - x.GetBitLength()) + 64;
        var quotient = shift >= 0 ? (x << shift) / w : x / (w << -shift);
        return Math.ScaleB((double)quotient, -shift);
    }
}

/// <summary>A convex polygon: corners in order, and the line from each to the next.</summary>
/// <param name="Corners">Turning left.</param>
/// <param name="Sides">Side i is from corner i to corner i + 1.</param>
sealed record SlicePolygon(SlicePoint[] Corners, SliceLine[] Sides)
{
    public static SlicePolygon Square()
    {
        SliceLine[] sides = [SliceLine.Side(0, 1), SliceLine.Side(-1, 0), SliceLine.Side(0, -1), SliceLine.Side(1, 0)];
        return new(
            [
                new(sides[3], sides[0], -1, -1, 0), new(sides[0], sides[1], 1, -1, 0), new(sides[1], sides[2], 1, 1, 0), new(sides[2], sides[3], -1, 1, 0),
            ],
            sides);
    }
}
