namespace RL.Environments;

/// <summary>
/// The ziggurat of the normal density that NumPy draws from (Marsaglia &amp; Tsang 2000, 256 layers, 52-bit magnitudes): layers
/// of equal area V under f(x) = exp(−x²/2), laid from the tail inwards. A test holds the SHA-256 of NumPy's tables against these.
/// </summary>
static class Ziggurat
{
    /// <summary>R: where the tail starts.</summary>
    public const double Start = 3.6541528853610087963519472518;

    /// <summary>1 / R.</summary>
    public const double InverseStart = 0.27366123732975827203338247596;

    // V, as the doubles of NumPy's tables imply it.
    const double Area = 0.004928673233974652;
    const double Scale = 4503599627370496.0; // 2⁵²

    static Ziggurat()
    {
        var x = Start;
        Width[255] = x / Scale;
        Density[255] = Math.Exp(-0.5 * x * x);
        Width[0] = Area / Density[255] / Scale;
        Density[0] = 1;
        Inside[0] = (ulong)Math.Round(x * Density[255] / Area * Scale);
        Inside[1] = 0;
        for (var i = 254; i > 0; i--)
        {
            var outer = x;
            x = Math.Sqrt(-2 * Math.Log((Area / outer) + Density[i + 1]));
            Width[i] = x / Scale;
            Density[i] = Math.Exp(-0.5 * x * x);
            if (i == 38)
            {
                // The only entry whose exponential was rounded the other way when NumPy's tables were made.
                Density[i] = Math.BitIncrement(Density[i]);
            }

            Inside[i + 1] = (ulong)Math.Round(x / outer * Scale); // halves to even
        }
    }

    /// <summary>A magnitude below Inside[layer] lies under the density without a further test. [256]</summary>
    public static ulong[] Inside { get; } = new ulong[256];

    /// <summary>x of one unit of magnitude. [256]</summary>
    public static double[] Width { get; } = new double[256];

    /// <summary>f at the layer's edge. [256]</summary>
    public static double[] Density { get; } = new double[256];
}
