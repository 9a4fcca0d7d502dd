using System.Numerics;

namespace RL.Certification.Tests;

/// <summary>A quotient of integers, the lower one positive.</summary>
readonly record struct Fraction(BigInteger Above, BigInteger Below) : IComparable<Fraction>
{
    public static implicit operator Fraction(double number)
    {
        Dyadic dyadic = number;
        return dyadic.Exponent >= 0 ? new(dyadic.Mantissa << dyadic.Exponent, 1) : new(dyadic.Mantissa, BigInteger.One << -dyadic.Exponent);
    }

    public static explicit operator double(Fraction fraction)
    {
        // 64 more bits than the quotient needs.
        var shift = Math.Max(0, (int)(fraction.Below.GetBitLength() - fraction.Above.GetBitLength()) + 128);
        return Math.ScaleB((double)((fraction.Above << shift) / fraction.Below), -shift);
    }

    public static Fraction operator +(Fraction a, Fraction b) => new((a.Above * b.Below) + (b.Above * a.Below), a.Below * b.Below);

    public static Fraction operator -(Fraction a, Fraction b) => a + new Fraction(-b.Above, b.Below);

    public static Fraction operator *(Fraction a, Fraction b) => new(a.Above * b.Above, a.Below * b.Below);

    public static Fraction operator /(Fraction a, Fraction b) => b.Above.Sign < 0 ? new(-a.Above * b.Below, a.Below * -b.Above) : new(a.Above * b.Below, a.Below * b.Above);

    public static Fraction Max(Fraction a, Fraction b) => a.CompareTo(b) >= 0 ? a : b;

    public int CompareTo(Fraction other) => (this - other).Above.Sign;
}
