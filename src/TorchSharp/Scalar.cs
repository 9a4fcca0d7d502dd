namespace TorchSharp;

/// <summary>A number passed to an operator, by value (the official one owns a native object, hence its Dispose).</summary>
public readonly struct Scalar
{
    internal readonly NativeKind Kind;
    internal readonly long Bits;

    internal Scalar(NativeKind kind, long bits)
    {
        Kind = kind;
        Bits = bits;
    }

    public static implicit operator Scalar(byte value) => new(NativeKind.Int, value);

    public static implicit operator Scalar(sbyte value) => new(NativeKind.Int, value);

    public static implicit operator Scalar(short value) => new(NativeKind.Int, value);

    public static implicit operator Scalar(int value) => new(NativeKind.Int, value);

    public static implicit operator Scalar(long value) => new(NativeKind.Int, value);

    public static implicit operator Scalar(float value) => (double)value;

    public static implicit operator Scalar(double value) => new(NativeKind.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Scalar(bool value) => new(NativeKind.Bool, value ? 1 : 0);

    /// <summary>The value whatever it was given as; a double holds every integer that a reward or a mask can be.</summary>
    internal double AsDouble => Kind == NativeKind.Double ? BitConverter.Int64BitsToDouble(Bits) : Bits;

    internal long AsInt64 => Kind == NativeKind.Double ? (long)BitConverter.Int64BitsToDouble(Bits) : Bits;
}
