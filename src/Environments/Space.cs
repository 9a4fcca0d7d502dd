using System.Collections.Immutable;

namespace RL.Environments;

/// <summary>How one element of an observation or action is stored.</summary>
public enum ElementType
{
    UInt8,
    Int32,
    Float32,
    Float64,
}

/// <summary>
/// The set that one observation or one action comes from: its shape, element type and bounds (Gymnasium's spaces).
/// </summary>
public abstract record Space(ElementType ElementType, ImmutableArray<int> Shape)
{
    /// <summary>Bounds of as many elements fill an array of 1 GB.</summary>
    const int MostElements = 1 << 27;

    /// <summary>Number of elements of one value: the product of <see cref="Shape"/> (1 for a scalar).</summary>
    public int Size { get; } = ShapeFault(Shape) is { } fault
        ? throw new ArgumentException($"The space {fault}")
        : Shape.Aggregate(1, (product, extent) => product * extent);

    /// <summary>Bytes of one element.</summary>
    public int ElementSize => ElementType switch
    {
        ElementType.UInt8 => sizeof(byte),
        ElementType.Int32 => sizeof(int),
        ElementType.Float32 => sizeof(float),
        ElementType.Float64 => sizeof(double),
        _ => throw new InvalidOperationException($"Unknown element type {ElementType}."),
    };

    /// <summary>What is wrong with a shape, beginning with a verb; null if it is one.</summary>
    private protected static string? ShapeFault(ImmutableArray<int> shape)
    {
        var size = 1.0;
        foreach (var extent in shape.IsDefault ? [-1] : shape)
        {
            size = extent < 0 ? double.NaN : size * extent;
        }

        return size <= MostElements ? null
            : $"has the shape ({(shape.IsDefault ? "none" : string.Join(", ", shape))}); allowed: extents from 0, and {MostElements} elements at most.";
    }

    /// <summary>Draws a value uniformly from the space into row <paramref name="row"/> of <paramref name="buffer"/>.</summary>
    public abstract void Sample(Pcg64 random, SpaceBuffer buffer, int row);

    /// <summary>
    /// Null if row <paramref name="row"/> of <paramref name="buffer"/> lies in the space, else a sentence that names the first
    /// element that does not, its value and what is allowed.
    /// </summary>
    public abstract string? FindViolation(SpaceBuffer buffer, int row);

    /// <summary>Null if the space is one that values can be drawn from, else what is wrong with it, beginning with a verb.</summary>
    internal abstract string? FindFault();

    /// <summary>The CLR type that stores one element.</summary>
    internal Type ClrType => ElementType switch
    {
        ElementType.UInt8 => typeof(byte),
        ElementType.Int32 => typeof(int),
        ElementType.Float32 => typeof(float),
        _ => typeof(double),
    };
}

/// <summary>
/// A box: every element i of a value lies in [<see cref="Low"/>[i], <see cref="High"/>[i]]; the bounds may be infinite.
/// Both arrays have <see cref="Space.Size"/> entries.
/// </summary>
public sealed record BoxSpace(ElementType ElementType, ImmutableArray<int> Shape, ImmutableArray<double> Low, ImmutableArray<double> High)
    : Space(ElementType, Shape)
{
    /// <summary>A box with the same bounds for every element.</summary>
    public static BoxSpace Uniform(ElementType elementType, ImmutableArray<int> shape, double low, double high)
    {
        if (ShapeFault(shape) is { } fault)
        {
            throw new ArgumentException($"The space {fault}");
        }

        var size = shape.Aggregate(1, (product, extent) => product * extent);
        return new BoxSpace(
            elementType, shape, [.. Enumerable.Repeat(low, size)], [.. Enumerable.Repeat(high, size)]);
    }

    /// <summary>True if every element has finite bounds.</summary>
    public bool IsBounded => Low.All(double.IsFinite) && High.All(double.IsFinite);

    /// <inheritdoc/>
    /// <remarks>As Gymnasium: uniform where bounded, a standard normal where not (shifted exponential where half bounded).</remarks>
    public override void Sample(Pcg64 random, SpaceBuffer buffer, int row)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(buffer);
        for (var i = 0; i < Size; i++)
        {
            var (low, high) = (Low[i], High[i]);
            var isInteger = ElementType is ElementType.UInt8 or ElementType.Int32;
            var value = (double.IsFinite(low), double.IsFinite(high)) switch
            {
                (true, true) => isInteger ? Math.Floor(random.Uniform(low, high + 1)) : random.Uniform(low, high),
                (true, false) => low - Math.Log(1 - random.NextDouble()),
                (false, true) => high + Math.Log(1 - random.NextDouble()),
                _ => random.NextGaussian(),
            };
            buffer.Set(row, i, value);
        }
    }

    /// <inheritdoc/>
    public override string? FindViolation(SpaceBuffer buffer, int row)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        for (var i = 0; i < Size; i++)
        {
            var value = buffer.Get(row, i);
            // Written so that a NaN is a violation too.
            if (!(value >= Low[i] && value <= High[i]))
            {
                return $"Element {i} is {value}; allowed: {Low[i]} to {High[i]}.";
            }
        }

        return null;
    }

    /// <inheritdoc/>
    internal override string? FindFault()
    {
        if (Size == 0)
        {
            return $"is empty: its shape is ({string.Join(", ", Shape)}).";
        }

        if (Low.Length != Size || High.Length != Size)
        {
            return $"has {Size} elements, but {Low.Length} low and {High.Length} high bounds.";
        }

        for (var i = 0; i < Size; i++)
        {
            // Written so that a NaN is a fault too.
            if (!(Low[i] <= High[i]))
            {
                return $"has an element without values: element {i} is from {Low[i]} to {High[i]}.";
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public bool Equals(BoxSpace? other) =>
        other is not null && ElementType == other.ElementType
        && Shape.AsSpan().SequenceEqual(other.Shape.AsSpan())
        && Low.AsSpan().SequenceEqual(other.Low.AsSpan())
        && High.AsSpan().SequenceEqual(other.High.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(ElementType, Size);

    /// <inheritdoc/>
    public override string ToString()
    {
        var (low, high) = Size == 0 ? (0, 0) : (Low.Min(), High.Max());
        return $"Box({low}, {high}, ({string.Join(", ", Shape)}), {ElementType})";
    }
}

/// <summary>The integers 0 … <see cref="Count"/> − 1, stored as one Int32.</summary>
public sealed record DiscreteSpace(int Count) : Space(ElementType.Int32, [])
{
    /// <inheritdoc/>
    public override void Sample(Pcg64 random, SpaceBuffer buffer, int row)
    {
        ArgumentNullException.ThrowIfNull(random);
        ArgumentNullException.ThrowIfNull(buffer);
        buffer.Row<int>(row)[0] = random.NextInt(Count);
    }

    /// <inheritdoc/>
    public override string? FindViolation(SpaceBuffer buffer, int row)
    {
        ArgumentNullException.ThrowIfNull(buffer);
        var value = buffer.Row<int>(row)[0];
        return value >= 0 && value < Count ? null : $"The action is {value}; allowed: 0 to {Count - 1}.";
    }

    /// <inheritdoc/>
    internal override string? FindFault() => Count > 0 ? null : $"has {Count} values; allowed: 1 or more.";

    /// <inheritdoc/>
    public override string ToString() => $"Discrete({Count})";
}
