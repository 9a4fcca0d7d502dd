namespace TorchSharp;

/// <summary>
/// An argument of an operator as C# holds it: a value in 8 bytes, or a reference (which also keeps its tensor alive during the
/// call). Implicit conversions let a call site read like the operator's schema.
/// </summary>
readonly struct Argument
{
    public readonly NativeKind Kind;
    public readonly int Count;
    public readonly long Bits;
    public readonly object? Owner;

    Argument(NativeKind kind, long bits, object? owner = null, int count = 0)
    {
        Kind = kind;
        Bits = bits;
        Owner = owner;
        Count = count;
    }

    public static Argument None => default;

    public static implicit operator Argument(torch.Tensor? tensor) =>
        tensor is null ? default : new(NativeKind.Tensor, 0, tensor);

    public static implicit operator Argument(long value) => new(NativeKind.Int, value);

    public static implicit operator Argument(int value) => new(NativeKind.Int, value);

    public static implicit operator Argument(double value) => new(NativeKind.Double, BitConverter.DoubleToInt64Bits(value));

    public static implicit operator Argument(bool value) => new(NativeKind.Bool, value ? 1 : 0);

    public static implicit operator Argument(Scalar value) => new(value.Kind, value.Bits);

    public static implicit operator Argument(Scalar? value) => value is { } scalar ? scalar : default(Argument);

    public static implicit operator Argument(torch.ScalarType value) => (long)value;

    public static implicit operator Argument(torch.ScalarType? value) => value is { } type ? (long)type : default(Argument);

    public static implicit operator Argument(torch.Device? value) =>
        value is null ? default : new(NativeKind.Device, (long)value.type, null, value.index);

    public static implicit operator Argument(torch.Generator? value) =>
        value is null ? default : new(NativeKind.Generator, 0, value);

    public static implicit operator Argument(long[]? values) =>
        values is null ? default : new(NativeKind.Ints, 0, values, values.Length);

    public static implicit operator Argument(torch.Tensor?[] tensors) => new(NativeKind.Tensors, 0, tensors, tensors.Length);

    /// <summary>A list in which null means "no tensor" (the indices of aten::index).</summary>
    public static Argument Optional(torch.Tensor?[] tensors) => new(NativeKind.OptionalTensors, 0, tensors, tensors.Length);

    /// <summary>An ASCII string.</summary>
    public static implicit operator Argument(string? text) =>
        text is null ? default : new(NativeKind.String, 0, text, text.Length);
}
