namespace RL.Environments;

/// <summary>
/// A union of equal balls in the box of actions, scaled to [0, 1]ⁿ: 33 n centres, uniform in it, drawn once for all episodes and runs with
/// NumPy's <c>RandomState(123).random((33 n, n))</c>, and the radius at which a ball has the volume 0.6 n / (33 n) · m. The definition is that
/// of Q3C (NeurIPS 2025, after SAVO, 2024); its code approximates the volume of a ball for some n, here it is exact.
/// </summary>
sealed class ActionBalls
{
    const uint Seed = 123;
    const int CentresPerDimension = 33;
    const double Volume = 0.6;

    readonly double[] _centres;
    readonly int _dimensions;
    readonly double _squaredRadius;

    /// <param name="dimensions">n, the number of elements of an action.</param>
    /// <param name="size">m.</param>
    public ActionBalls(int dimensions, double size)
    {
        var random = new Mt19937();
        random.Seed(Seed);
        _dimensions = dimensions;
        _centres = new double[CentresPerDimension * dimensions * dimensions];
        foreach (ref var value in _centres.AsSpan())
        {
            value = random.NextDouble();
        }

        Radius = Math.Pow(Volume / CentresPerDimension * size / UnitBallVolume(dimensions), 1.0 / dimensions);
        _squaredRadius = Radius * Radius;
    }

    /// <summary>Centre after centre. [33 n × n]</summary>
    public ReadOnlySpan<double> Centres => _centres;

    /// <summary>r.</summary>
    public double Radius { get; }

    /// <summary>True if |u − c_k|₂ &lt; r for some k.</summary>
    /// <param name="point">u, an action scaled to [0, 1]ⁿ. [n]</param>
    public bool Contain(ReadOnlySpan<double> point)
    {
        for (var first = 0; first < _centres.Length; first += _dimensions)
        {
            var squaredDistance = 0.0;
            for (var i = 0; i < _dimensions; i++)
            {
                var difference = point[i] - _centres[first + i];
                squaredDistance += difference * difference;
            }

            if (squaredDistance < _squaredRadius)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>π^{n/2} / Γ(n/2 + 1), by V_n = 2π/n · V_{n−2} from V_0 = 1 and V_1 = 2.</summary>
    internal static double UnitBallVolume(int dimensions) => dimensions switch
    {
        0 => 1,
        1 => 2,
        _ => 2 * Math.PI / dimensions * UnitBallVolume(dimensions - 2),
    };
}
