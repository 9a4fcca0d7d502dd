using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.InputOpt;

/// <content>Products of whole matrices, in blocks of rows and columns that stay in registers.</content>
readonly partial struct ColumnMatrix<T>
{
    /// <summary>Factors of a product that are set side by side at a time: 4,096 of them are 16 or 32 KB.</summary>
    const int MostFactors = 4096;

    /// <summary>
    /// This matrix += left diag(scale) right over the chosen columns of the left and rows of the right matrix; and, where room
    /// for them is given, norms ← the Euclidean norms of the rows of the result without its last column.
    /// </summary>
    [SkipLocalsInit]
    public void AddProduct(
        ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> scale, ColumnMatrix<T> right, Span<T> norms)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(left.Stride, Stride);
        ArgumentOutOfRangeException.ThrowIfNotEqual(right.Columns, Columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(right.Rows, left.Columns);
        ArgumentOutOfRangeException.ThrowIfLessThan(scale.Length, left.Columns);
        Span<T> factors = stackalloc T[MostFactors];
        var atOnce = Math.Max(1, MostFactors / Columns);
        while (chosen.Length > atOnce)
        {
            AddSomeOfProduct(left, chosen[..atOnce], scale, right, factors, default);
            chosen = chosen[atOnce..];
        }
        AddSomeOfProduct(left, chosen, scale, right, factors, norms);
    }

    /// <summary>The same for so few columns of the left matrix that there is room for their factors, which are many more where this matrix has many columns.</summary>
    void AddSomeOfProduct(
        ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> scale, ColumnMatrix<T> right, Span<T> factors, Span<T> norms)
    {
        // Side by side, so that the vector unit that multiplies need not spread them.
        var columns = Math.Min(Columns, factors.Length);
        for (var first = 0; first < Columns; first += columns)
        {
            columns = Math.Min(columns, Columns - first);
            ref var row = ref right._items[(right._first + first) * right.Stride];
            ref var factor = ref MemoryMarshal.GetReference(factors);
            foreach (var number in chosen)
            {
                var by = scale[number];
                for (var k = 0; k < columns; k++)
                {
                    factor = by * Unsafe.Add(ref row, (k * right.Stride) + number);
                    factor = ref Unsafe.Add(ref factor, 1);
                }
            }
            Range(first, columns).AddStripes(left, chosen, factors);
        }
        if (!norms.IsEmpty)
        {
            Range(0, Columns - 1).RowNorms(norms);
        }
    }

    /// <summary>This matrix += the chosen columns of the left one times factors [chosen×columns], row by row.</summary>
    void AddStripes(ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> factors)
    {
        var width = Vector512<T>.Count;
        // A stripe of four vectors of rows at a time: what of the left matrix belongs to it stays near for all columns.
        for (var i = 0; i < Stride; i += 4 * width)
        {
            if (i + (4 * width) <= Stride)
            {
                var k = 0;
                for (; k + 4 <= Columns; k += 4)
                {
                    AddToFourColumns(left, chosen, factors, i, k);
                }
                if (Columns - k == 3)
                {
                    AddToThreeColumns(left, chosen, factors, i, k);
                }
                else if (Columns - k == 2)
                {
                    AddToTwoColumns(left, chosen, factors, i, k);
                }
                else if (k < Columns)
                {
                    AddToColumn(left, chosen, factors, i, k);
                }
            }
            else
            {
                for (var k = 0; k < Columns; k++)
                {
                    for (var rest = i; rest < Stride; rest += width)
                    {
                        AddToVector(left, chosen, factors, rest, k);
                    }
                }
            }
        }
    }

    /// <summary>Four vectors of columns k to k + 3 from row i on.</summary>
    void AddToFourColumns(ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> factors, int i, int k)
    {
        var width = (nuint)Vector512<T>.Count;
        ref var columns = ref left._items[(left._first * Stride) + i];
        ref var factor = ref Unsafe.Add(ref MemoryMarshal.GetReference(factors), k);
        ref var target0 = ref _items[((_first + k) * Stride) + i];
        ref var target1 = ref Unsafe.Add(ref target0, Stride);
        ref var target2 = ref Unsafe.Add(ref target1, Stride);
        ref var target3 = ref Unsafe.Add(ref target2, Stride);
        var (a0, a1) = (Vector512.LoadUnsafe(ref target0), Vector512.LoadUnsafe(ref target0, width));
        var (a2, a3) = (Vector512.LoadUnsafe(ref target0, 2 * width), Vector512.LoadUnsafe(ref target0, 3 * width));
        var (b0, b1) = (Vector512.LoadUnsafe(ref target1), Vector512.LoadUnsafe(ref target1, width));
        var (b2, b3) = (Vector512.LoadUnsafe(ref target1, 2 * width), Vector512.LoadUnsafe(ref target1, 3 * width));
        var (c0, c1) = (Vector512.LoadUnsafe(ref target2), Vector512.LoadUnsafe(ref target2, width));
        var (c2, c3) = (Vector512.LoadUnsafe(ref target2, 2 * width), Vector512.LoadUnsafe(ref target2, 3 * width));
        var (d0, d1) = (Vector512.LoadUnsafe(ref target3), Vector512.LoadUnsafe(ref target3, width));
        var (d2, d3) = (Vector512.LoadUnsafe(ref target3, 2 * width), Vector512.LoadUnsafe(ref target3, 3 * width));
        foreach (var number in chosen)
        {
            ref var column = ref Unsafe.Add(ref columns, number * Stride);
            var (v0, v1) = (Vector512.LoadUnsafe(ref column), Vector512.LoadUnsafe(ref column, width));
            var (v2, v3) = (Vector512.LoadUnsafe(ref column, 2 * width), Vector512.LoadUnsafe(ref column, 3 * width));
            var f = Vector512.Create(factor);
            (a0, a1) = (Lanes.MultiplyAdd(v0, f, a0), Lanes.MultiplyAdd(v1, f, a1));
            (a2, a3) = (Lanes.MultiplyAdd(v2, f, a2), Lanes.MultiplyAdd(v3, f, a3));
            f = Vector512.Create(Unsafe.Add(ref factor, 1));
            (b0, b1) = (Lanes.MultiplyAdd(v0, f, b0), Lanes.MultiplyAdd(v1, f, b1));
            (b2, b3) = (Lanes.MultiplyAdd(v2, f, b2), Lanes.MultiplyAdd(v3, f, b3));
            f = Vector512.Create(Unsafe.Add(ref factor, 2));
            (c0, c1) = (Lanes.MultiplyAdd(v0, f, c0), Lanes.MultiplyAdd(v1, f, c1));
            (c2, c3) = (Lanes.MultiplyAdd(v2, f, c2), Lanes.MultiplyAdd(v3, f, c3));
            f = Vector512.Create(Unsafe.Add(ref factor, 3));
            (d0, d1) = (Lanes.MultiplyAdd(v0, f, d0), Lanes.MultiplyAdd(v1, f, d1));
            (d2, d3) = (Lanes.MultiplyAdd(v2, f, d2), Lanes.MultiplyAdd(v3, f, d3));
            factor = ref Unsafe.Add(ref factor, Columns);
        }
        Store(ref target0, a0, a1, a2, a3);
        Store(ref target1, b0, b1, b2, b3);
        Store(ref target2, c0, c1, c2, c3);
        Store(ref target3, d0, d1, d2, d3);
    }

    /// <summary>Four vectors of columns k to k + 2 from row i on.</summary>
    void AddToThreeColumns(ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> factors, int i, int k)
    {
        var width = (nuint)Vector512<T>.Count;
        ref var columns = ref left._items[(left._first * Stride) + i];
        ref var factor = ref Unsafe.Add(ref MemoryMarshal.GetReference(factors), k);
        ref var target0 = ref _items[((_first + k) * Stride) + i];
        ref var target1 = ref Unsafe.Add(ref target0, Stride);
        ref var target2 = ref Unsafe.Add(ref target1, Stride);
        var (a0, a1) = (Vector512.LoadUnsafe(ref target0), Vector512.LoadUnsafe(ref target0, width));
        var (a2, a3) = (Vector512.LoadUnsafe(ref target0, 2 * width), Vector512.LoadUnsafe(ref target0, 3 * width));
        var (b0, b1) = (Vector512.LoadUnsafe(ref target1), Vector512.LoadUnsafe(ref target1, width));
        var (b2, b3) = (Vector512.LoadUnsafe(ref target1, 2 * width), Vector512.LoadUnsafe(ref target1, 3 * width));
        var (c0, c1) = (Vector512.LoadUnsafe(ref target2), Vector512.LoadUnsafe(ref target2, width));
        var (c2, c3) = (Vector512.LoadUnsafe(ref target2, 2 * width), Vector512.LoadUnsafe(ref target2, 3 * width));
        foreach (var number in chosen)
        {
            ref var column = ref Unsafe.Add(ref columns, number * Stride);
            var (v0, v1) = (Vector512.LoadUnsafe(ref column), Vector512.LoadUnsafe(ref column, width));
            var (v2, v3) = (Vector512.LoadUnsafe(ref column, 2 * width), Vector512.LoadUnsafe(ref column, 3 * width));
            var f = Vector512.Create(factor);
            (a0, a1) = (Lanes.MultiplyAdd(v0, f, a0), Lanes.MultiplyAdd(v1, f, a1));
            (a2, a3) = (Lanes.MultiplyAdd(v2, f, a2), Lanes.MultiplyAdd(v3, f, a3));
            f = Vector512.Create(Unsafe.Add(ref factor, 1));
            (b0, b1) = (Lanes.MultiplyAdd(v0, f, b0), Lanes.MultiplyAdd(v1, f, b1));
            (b2, b3) = (Lanes.MultiplyAdd(v2, f, b2), Lanes.MultiplyAdd(v3, f, b3));
            f = Vector512.Create(Unsafe.Add(ref factor, 2));
            (c0, c1) = (Lanes.MultiplyAdd(v0, f, c0), Lanes.MultiplyAdd(v1, f, c1));
            (c2, c3) = (Lanes.MultiplyAdd(v2, f, c2), Lanes.MultiplyAdd(v3, f, c3));
            factor = ref Unsafe.Add(ref factor, Columns);
        }
        Store(ref target0, a0, a1, a2, a3);
        Store(ref target1, b0, b1, b2, b3);
        Store(ref target2, c0, c1, c2, c3);
    }

    /// <summary>Four vectors of columns k and k + 1 from row i on.</summary>
    void AddToTwoColumns(ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> factors, int i, int k)
    {
        var width = (nuint)Vector512<T>.Count;
        ref var columns = ref left._items[(left._first * Stride) + i];
        ref var factor = ref Unsafe.Add(ref MemoryMarshal.GetReference(factors), k);
        ref var target0 = ref _items[((_first + k) * Stride) + i];
        ref var target1 = ref Unsafe.Add(ref target0, Stride);
        var (a0, a1) = (Vector512.LoadUnsafe(ref target0), Vector512.LoadUnsafe(ref target0, width));
        var (a2, a3) = (Vector512.LoadUnsafe(ref target0, 2 * width), Vector512.LoadUnsafe(ref target0, 3 * width));
        var (b0, b1) = (Vector512.LoadUnsafe(ref target1), Vector512.LoadUnsafe(ref target1, width));
        var (b2, b3) = (Vector512.LoadUnsafe(ref target1, 2 * width), Vector512.LoadUnsafe(ref target1, 3 * width));
        foreach (var number in chosen)
        {
            ref var column = ref Unsafe.Add(ref columns, number * Stride);
            var (v0, v1) = (Vector512.LoadUnsafe(ref column), Vector512.LoadUnsafe(ref column, width));
            var (v2, v3) = (Vector512.LoadUnsafe(ref column, 2 * width), Vector512.LoadUnsafe(ref column, 3 * width));
            var f = Vector512.Create(factor);
            (a0, a1) = (Lanes.MultiplyAdd(v0, f, a0), Lanes.MultiplyAdd(v1, f, a1));
            (a2, a3) = (Lanes.MultiplyAdd(v2, f, a2), Lanes.MultiplyAdd(v3, f, a3));
            f = Vector512.Create(Unsafe.Add(ref factor, 1));
            (b0, b1) = (Lanes.MultiplyAdd(v0, f, b0), Lanes.MultiplyAdd(v1, f, b1));
            (b2, b3) = (Lanes.MultiplyAdd(v2, f, b2), Lanes.MultiplyAdd(v3, f, b3));
            factor = ref Unsafe.Add(ref factor, Columns);
        }
        Store(ref target0, a0, a1, a2, a3);
        Store(ref target1, b0, b1, b2, b3);
    }

    /// <summary>Four vectors of column k from row i on.</summary>
    void AddToColumn(ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> factors, int i, int k)
    {
        var width = (nuint)Vector512<T>.Count;
        ref var columns = ref left._items[(left._first * Stride) + i];
        ref var factor = ref Unsafe.Add(ref MemoryMarshal.GetReference(factors), k);
        ref var target = ref _items[((_first + k) * Stride) + i];
        var (s0, s1) = (Vector512.LoadUnsafe(ref target), Vector512.LoadUnsafe(ref target, width));
        var (s2, s3) = (Vector512.LoadUnsafe(ref target, 2 * width), Vector512.LoadUnsafe(ref target, 3 * width));
        foreach (var number in chosen)
        {
            ref var column = ref Unsafe.Add(ref columns, number * Stride);
            var f = Vector512.Create(factor);
            s0 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column), f, s0);
            s1 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, width), f, s1);
            s2 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 2 * width), f, s2);
            s3 = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref column, 3 * width), f, s3);
            factor = ref Unsafe.Add(ref factor, Columns);
        }
        Store(ref target, s0, s1, s2, s3);
    }

    /// <summary>One vector of column k from row i on.</summary>
    void AddToVector(ColumnMatrix<T> left, ReadOnlySpan<int> chosen, ReadOnlySpan<T> factors, int i, int k)
    {
        ref var columns = ref left._items[(left._first * Stride) + i];
        ref var factor = ref Unsafe.Add(ref MemoryMarshal.GetReference(factors), k);
        ref var target = ref _items[((_first + k) * Stride) + i];
        var sum = Vector512.LoadUnsafe(ref target);
        foreach (var number in chosen)
        {
            sum = Lanes.MultiplyAdd(Vector512.LoadUnsafe(ref Unsafe.Add(ref columns, number * Stride)), Vector512.Create(factor), sum);
            factor = ref Unsafe.Add(ref factor, Columns);
        }
        sum.StoreUnsafe(ref target);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(ref T target, Vector512<T> v0, Vector512<T> v1, Vector512<T> v2, Vector512<T> v3)
    {
        var width = (nuint)Vector512<T>.Count;
        v0.StoreUnsafe(ref target);
        v1.StoreUnsafe(ref target, width);
        v2.StoreUnsafe(ref target, 2 * width);
        v3.StoreUnsafe(ref target, 3 * width);
    }
}
