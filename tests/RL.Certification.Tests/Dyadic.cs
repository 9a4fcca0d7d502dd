using System.Numerics;
using RL.InputOpt;

namespace RL.Certification.Tests;

/// <summary>The number mantissa·2^exponent: what every float64 is, and every sum and product of some.</summary>
readonly record struct Dyadic(BigInteger Mantissa, int Exponent) : IComparable<Dyadic>
{
    public static implicit operator Dyadic(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var (exponent, fraction) = ((int)(bits >> 52) & 0x7FF, bits & 0xF_FFFF_FFFF_FFFF);
        var mantissa = exponent == 0 ? fraction : fraction | (1L << 52);
        return new(bits < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1075);
    }

    public static Dyadic operator +(Dyadic a, Dyadic b)
    {
        var exponent = Math.Min(a.Exponent, b.Exponent);
        return new((a.Mantissa << (a.Exponent - exponent)) + (b.Mantissa << (b.Exponent - exponent)), exponent);
    }

    public static Dyadic operator *(Dyadic a, Dyadic b) => new(a.Mantissa * b.Mantissa, a.Exponent + b.Exponent);

    public static bool operator >(Dyadic a, Dyadic b) => a.CompareTo(b) > 0;

    public static bool operator <(Dyadic a, Dyadic b) => a.CompareTo(b) < 0;

    public static bool operator >=(Dyadic a, Dyadic b) => a.CompareTo(b) >= 0;

    public static bool operator <=(Dyadic a, Dyadic b) => a.CompareTo(b) <= 0;

    public int CompareTo(Dyadic other) => (this + new Dyadic(-other.Mantissa, other.Exponent)).Mantissa.Sign;

    /// <summary>The only output of a network at x [n], exactly.</summary>
    public static Dyadic Output(ReluNetwork network, ReadOnlySpan<double> x)
    {
        Dyadic[] h = [.. x.ToArray().Select(number => (Dyadic)number)];
        for (var i = 0; i < network.Layers.Count; i++)
        {
            var (weight, bias) = (Rows.Numbers(network.Layers[i].Weight), Rows.Numbers(network.Layers[i].Bias));
            var z = new Dyadic[bias.Length];
            for (var k = 0; k < z.Length; k++)
            {
                z[k] = bias[k];
                for (var j = 0; j < h.Length; j++)
                {
                    z[k] += weight[(k * h.Length) + j] * h[j];
                }
                z[k] = i < network.Layers.Count - 1 && z[k].Mantissa.Sign < 0 ? new(0, 0) : z[k];
            }
            h = z;
        }
        return h[0];
    }
}
