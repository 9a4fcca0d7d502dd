using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <summary>
/// A matrix [rows×columns] kept column by column, each padded with zeros to whole vectors of 64 bytes, and the two products that
/// everything else is made of: sums of columns and dot products with columns. One layout serves forward and backward passes, both
/// over chosen columns only, so that what a gate multiplies by zero is not even read.
/// </summary>
/// <remarks>
/// The order of additions is part of the promise, for trajectories in float64 are compared to the last bits. Sums of columns: one
/// column after the other, fused multiply-adds from zero, the addend last. Dot products: as many partial sums as a vector has
/// lanes; these are then added neighbour to neighbour in the columns that are taken four at a time, and half to half in those
/// that are left.
/// </remarks>
readonly partial struct ColumnMatrix<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Rows that are quicker to pick than to multiply whole columns.</summary>
    const int Few = 4;

    readonly AlignedArray<T> _items;
    readonly int[] _order;          // 0, 1, 2, …
    readonly int _first;

    public ColumnMatrix(int rows, int columns)
    {
        (Rows, Columns, Stride) = (rows, columns, Padded(rows));
        _items = new(Stride * columns);
        _order = [.. Enumerable.Range(0, columns)];
    }

    ColumnMatrix(ColumnMatrix<T> whole, int first, int columns)
    {
        this = whole;
        (_first, Columns) = (whole._first + first, columns);
    }

    public int Rows { get; }

    public int Columns { get; }

    /// <summary>Elements from one column to the next: the rows and their padding.</summary>
    public int Stride { get; }

    /// <summary>Column k with its padding.</summary>
    public Span<T> this[int column] => _items.Span.Slice((_first + column) * Stride, Stride);

    /// <summary>Rows padded to whole vectors.</summary>
    public static int Padded(int rows) => (rows + Vector512<T>.Count - 1) / Vector512<T>.Count * Vector512<T>.Count;

    /// <summary>The numbers of the first columns.</summary>
    public ReadOnlySpan<int> Numbers(int count) => _order.AsSpan(0, count);

    /// <summary>A view of neighbouring columns.</summary>
    public ColumnMatrix<T> Range(int first, int columns) => new(this, first, columns);

    /// <summary>Zeros in all columns.</summary>
    public void Clear() => _items.Span.Slice(_first * Stride, Columns * Stride).Clear();

    /// <summary>y ← Σₖ coefficientₖ·columnₖ + addend, over all columns. The addend may be y.</summary>
    public void Combine(ReadOnlySpan<T> coefficients, ReadOnlySpan<T> addend, Span<T> y) =>
        Combine(Numbers(Columns), coefficients, addend, y);

    /// <summary>y ← Σ coefficientₖ·columnₖ + addend over the chosen k. The addend may be y.</summary>
    public void Combine(ReadOnlySpan<int> chosen, ReadOnlySpan<T> coefficients, ReadOnlySpan<T> addend, Span<T> y)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(coefficients.Length, Columns);
        ArgumentOutOfRangeException.ThrowIfNotEqual(addend.Length, Stride);
        ArgumentOutOfRangeException.ThrowIfNotEqual(y.Length, Stride);
        ref var items = ref _items[_first * Stride];
        ref var index = ref MemoryMarshal.GetReference(chosen);
        ref var weight = ref MemoryMarshal.GetReference(coefficients);
        ref var from = ref MemoryMarshal.GetReference(addend);
        ref var to = ref MemoryMarshal.GetReference(y);
        var width = (nuint)Vector512<T>.Count;
        var (stride, count) = ((nuint)Stride, (nuint)chosen.Length);
        nuint i = 0;
        // As many rows at a time as there are registers for, so that latencies overlap.
        for (; i + (8 * width) <= stride; i += 8 * width)
        {
            var (s0, s1, s2, s3) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
            var (s4, s5, s6, s7) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
            for (nuint k = 0; k < count; k++)
            {
                var number = (nuint)(uint)Unsafe.Add(ref index, k);
                ref var column = ref Unsafe.Add(ref items, (number * stride) + i);
                var c = Vector512.Create(Unsafe.Add(ref weight, number));
                s0 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column), c, s0);
                s1 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, width), c, s1);
                s2 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 2 * width), c, s2);
                s3 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 3 * width), c, s3);
                s4 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 4 * width), c, s4);
                s5 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 5 * width), c, s5);
                s6 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 6 * width), c, s6);
                s7 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 7 * width), c, s7);
            }
            (s0 + Vector512.LoadUnsafe(ref from, i)).StoreUnsafe(ref to, i);
            (s1 + Vector512.LoadUnsafe(ref from, i + width)).StoreUnsafe(ref to, i + width);
            (s2 + Vector512.LoadUnsafe(ref from, i + (2 * width))).StoreUnsafe(ref to, i + (2 * width));
            (s3 + Vector512.LoadUnsafe(ref from, i + (3 * width))).StoreUnsafe(ref to, i + (3 * width));
            (s4 + Vector512.LoadUnsafe(ref from, i + (4 * width))).StoreUnsafe(ref to, i + (4 * width));
            (s5 + Vector512.LoadUnsafe(ref from, i + (5 * width))).StoreUnsafe(ref to, i + (5 * width));
            (s6 + Vector512.LoadUnsafe(ref from, i + (6 * width))).StoreUnsafe(ref to, i + (6 * width));
            (s7 + Vector512.LoadUnsafe(ref from, i + (7 * width))).StoreUnsafe(ref to, i + (7 * width));
        }
        for (; i + (3 * width) <= stride; i += 3 * width)
        {
            var (s0, s1, s2) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
            for (nuint k = 0; k < count; k++)
            {
                var number = (nuint)(uint)Unsafe.Add(ref index, k);
                ref var column = ref Unsafe.Add(ref items, (number * stride) + i);
                var c = Vector512.Create(Unsafe.Add(ref weight, number));
                s0 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column), c, s0);
                s1 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, width), c, s1);
                s2 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 2 * width), c, s2);
            }
            (s0 + Vector512.LoadUnsafe(ref from, i)).StoreUnsafe(ref to, i);
            (s1 + Vector512.LoadUnsafe(ref from, i + width)).StoreUnsafe(ref to, i + width);
            (s2 + Vector512.LoadUnsafe(ref from, i + (2 * width))).StoreUnsafe(ref to, i + (2 * width));
        }
        for (; i < stride; i += width)
        {
            var s = Vector512<T>.Zero;
            for (nuint k = 0; k < count; k++)
            {
                var number = (nuint)(uint)Unsafe.Add(ref index, k);
                var column = Vector512.LoadUnsafe(ref items, (number * stride) + i);
                s = Lanes.MultiplyAdd(column, Vector512.Create(Unsafe.Add(ref weight, number)), s);
            }
            (s + Vector512.LoadUnsafe(ref from, i)).StoreUnsafe(ref to, i);
        }
    }

    /// <summary>productsₖ ← columnₖ·p, over all columns.</summary>
    public void Dots(ReadOnlySpan<T> p, Span<T> products)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(p.Length, Stride);
        ArgumentOutOfRangeException.ThrowIfLessThan(products.Length, Columns);
        var fours = Columns / 4 * 4;
        for (var k = 0; k < fours; k += 4)
        {
            FourDots(k, k + 1, k + 2, k + 3, p, products);
        }
        for (var k = fours; k < Columns; k++)
        {
            products[k] = Dot(k, p);
        }
    }

    /// <summary>products(chosenₖ) ← column(chosenₖ)·p; other elements are left as they are.</summary>
    public void Dots(ReadOnlySpan<int> chosen, ReadOnlySpan<T> p, Span<T> products)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(p.Length, Stride);
        var k = 0;
        for (; k + 4 <= chosen.Length; k += 4)
        {
            FourDots(chosen[k], chosen[k + 1], chosen[k + 2], chosen[k + 3], p, products);
        }
        if (k < chosen.Length)
        {
            // Some twice rather than in another order of additions.
            var last = chosen.Length - 1;
            FourDots(chosen[k], chosen[Math.Min(k + 1, last)], chosen[Math.Min(k + 2, last)], chosen[last], p, products);
        }
    }

    /// <summary>
    /// The same where p is zero but in a few rows, which in float32 are picked: the order of additions is another.
    /// </summary>
    public void Dots(ReadOnlySpan<int> chosen, ReadOnlySpan<int> rows, ReadOnlySpan<T> p, Span<T> products)
    {
        if (rows.Length > Few || typeof(T) == typeof(double))
        {
            Dots(chosen, p, products);
            return;
        }
        ref var items = ref _items[_first * Stride];
        foreach (var k in chosen)
        {
            ref var column = ref Unsafe.Add(ref items, k * Stride);
            var sum = T.Zero;
            foreach (var row in rows)
            {
                sum = T.FusedMultiplyAdd(Unsafe.Add(ref column, row), p[row], sum);
            }
            products[k] = sum;
        }
    }

    /// <summary>normsⱼ ← √Σₖ elementⱼₖ², added up column after column.</summary>
    public void RowNorms(Span<T> norms)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(norms.Length, Stride);
        for (var i = 0; i < Stride; i += 4 * Vector512<T>.Count)
        {
            RowNormsOfStripe(i, norms);
        }
    }

    /// <summary>Those of four vectors of rows from row i on, or of what is left of them.</summary>
    void RowNormsOfStripe(int i, Span<T> norms)
    {
        var width = (nuint)Vector512<T>.Count;
        ref var row = ref _items[_first * Stride];
        ref var norm = ref MemoryMarshal.GetReference(norms);
        var (at, stride, end) = ((nuint)i, (nuint)Stride, (nuint)(Stride * Columns));
        if (at + (4 * width) <= stride)
        {
            var (s0, s1, s2, s3) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
            for (var k = at; k < end; k += stride)
            {
                s0 = AddSquare(Vector512.LoadUnsafe(ref row, k), s0);
                s1 = AddSquare(Vector512.LoadUnsafe(ref row, k + width), s1);
                s2 = AddSquare(Vector512.LoadUnsafe(ref row, k + (2 * width)), s2);
                s3 = AddSquare(Vector512.LoadUnsafe(ref row, k + (3 * width)), s3);
            }
            Vector512.Sqrt(s0).StoreUnsafe(ref norm, at);
            Vector512.Sqrt(s1).StoreUnsafe(ref norm, at + width);
            Vector512.Sqrt(s2).StoreUnsafe(ref norm, at + (2 * width));
            Vector512.Sqrt(s3).StoreUnsafe(ref norm, at + (3 * width));
            return;
        }
        for (; at < stride; at += width)
        {
            var s = Vector512<T>.Zero;
            for (var k = at; k < end; k += stride)
            {
                s = AddSquare(Vector512.LoadUnsafe(ref row, k), s);
            }
            Vector512.Sqrt(s).StoreUnsafe(ref norm, at);
        }

        static Vector512<T> AddSquare(Vector512<T> v, Vector512<T> sum) => Lanes.MultiplyAdd(v, v, sum);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    void FourDots(int k0, int k1, int k2, int k3, ReadOnlySpan<T> p, Span<T> products)
    {
        ref var items = ref _items[_first * Stride];
        ref var other = ref MemoryMarshal.GetReference(p);
        ref var c0 = ref Unsafe.Add(ref items, k0 * Stride);
        ref var c1 = ref Unsafe.Add(ref items, k1 * Stride);
        ref var c2 = ref Unsafe.Add(ref items, k2 * Stride);
        ref var c3 = ref Unsafe.Add(ref items, k3 * Stride);
        var (s0, s1, s2, s3) = (Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero, Vector512<T>.Zero);
        for (nuint i = 0; i < (nuint)Stride; i += (nuint)Vector512<T>.Count)
        {
            var q = Vector512.LoadUnsafe(ref other, i);
            s0 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref c0, i), q, s0);
            s1 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref c1, i), q, s1);
            s2 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref c2, i), q, s2);
            s3 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref c3, i), q, s3);
        }
        Lanes.SumNeighbours(s0, s1, s2, s3, out products[k0], out products[k1], out products[k2], out products[k3]);
    }

    T Dot(int k, ReadOnlySpan<T> p)
    {
        ref var column = ref _items[(_first + k) * Stride];
        ref var other = ref MemoryMarshal.GetReference(p);
        var s = Vector512<T>.Zero;
        for (nuint i = 0; i < (nuint)Stride; i += (nuint)Vector512<T>.Count)
        {
            s = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, i), Vector512.LoadUnsafe(ref other, i), s);
        }
        return Lanes.SumHalves(s);
    }
}
