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
    /// What a backward walk over that many layers loses, from a row no sum of which exceeds <paramref name="magnitude"/>. Lines have
    /// slopes of at most 1, so that at each layer Σ |v| |z| ≤ magnitude for the coefficients v of pre-activations: once each for the
    /// coefficients' own rounding, their products with the weights below, biases, offsets, and twice for what they are at the inputs.
    /// </summary>
    public static double OfWalk(double unit, int layers, double magnitude) => (unit * (2 + (6 * layers)) * magnitude) + Underflow;
}
