namespace RL.Certification;

/// <summary>What rounding may have taken from a bound, by the standard model of floating-point arithmetic (Higham 2002, chapter 3).</summary>
static class Rounding
{
    /// <summary>A positive number times this is no less than before a rounding.</summary>
    public const double Up = 1 + (1.0 / (1L << 51));

    /// <summary>More than all of what is lost to numbers below 2⁻¹⁰²².</summary>
    public const double Underflow = 1e-300;

    /// <summary>γ for sums of that many terms in any order, with or without fused multiply-adds, and a margin for computing it.</summary>
    public static double Unit(int terms) => 1.01 * terms / (1L << 53);

    /// <summary>
    /// What a backward walk loses: of a row whose own sum is at most <paramref name="own"/> in magnitude, and whose coefficients of
    /// pre-activations, each at most 1 in magnitude, add up to <paramref name="coefficients"/>. Once for each coefficient's own
    /// rounding and for that of its product with the weights below, of its bias, of its offset, of what it is at the inputs (twice).
    /// </summary>
    public static double OfSum(double unit, double own, double coefficients) => (unit * ((2 * own) + (6 * coefficients))) + Underflow;
}
