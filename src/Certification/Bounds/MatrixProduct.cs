using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace RL.Certification;

/// <summary>
/// C = A B of row-major matrices. Every element is one chain of fused multiply-adds in the order of k, whatever the sizes: a row of C depends on
/// its row of A alone, bit for bit, and not on how many rows are multiplied at once.
/// </summary>
static class MatrixProduct
{
    const int Rows = 8;                 // of A at once
    const int Lanes = 8;                // of a vector
    const int Wide = 2 * Lanes;         // columns of B at once

    /// <param name="a">A [m×k].</param>
    /// <param name="b">B [k×n].</param>
    /// <param name="c">C [m×n], written.</param>
    /// <param name="m">Rows of A.</param>
    /// <param name="k">Columns of A.</param>
    /// <param name="n">Columns of B.</param>
    public static void Multiply(ReadOnlySpan<double> a, ReadOnlySpan<double> b, Span<double> c, int m, int k, int n)
    {
        if (a.Length < m * k || b.Length < k * n || c.Length < m * n)
        {
            throw new ArgumentException($"There are {a.Length}, {b.Length} and {c.Length} numbers for a product {m}×{k}×{n}.");
        }
        ref var first = ref MemoryMarshal.GetReference(a);
        ref var second = ref MemoryMarshal.GetReference(b);
        ref var product = ref MemoryMarshal.GetReference(c);
        if (n < Lanes)
        {
            Narrow(ref first, ref second, ref product, m, k, n);
            return;
        }
        // The last block of columns, and of rows, overlaps the one before it: it computes the same numbers again.
        for (var j = 0; j < n; j += Wide)
        {
            var isWide = n - j > Lanes;
            var column = isWide && n >= Wide ? Math.Min(j, n - Wide) : Math.Min(j, n - Lanes);
            ref var block = ref Unsafe.Add(ref second, column);
            var isPair = isWide && n >= Wide;
            for (var i = 0; i < m; i += m < Rows ? 1 : Rows)
            {
                var row = m < Rows ? i : Math.Min(i, m - Rows);
                ref var from = ref Unsafe.Add(ref first, (nint)row * k);
                ref var to = ref Unsafe.Add(ref product, ((nint)row * n) + column);
                if (m < Rows)
                {
                    OneRow(ref from, ref block, ref to, k, n, isPair);
                }
                else if (isPair)
                {
                    EightRowsWide(ref from, ref block, ref to, k, n);
                }
                else
                {
                    EightRows(ref from, ref block, ref to, k, n);
                }
            }
            if (isWide && !isPair)
            {
                // Between one and two vectors of columns in all: the second one.
                ref var last = ref Unsafe.Add(ref second, n - Lanes);
                for (var i = 0; i < m; i++)
                {
                    OneRow(
                        ref Unsafe.Add(ref first, (nint)i * k), ref last, ref Unsafe.Add(ref product, ((nint)i * n) + n - Lanes), k, n, isPair: false);
                }
            }
        }
    }

    static void Narrow(ref double a, ref double b, ref double c, int m, int k, int n)
    {
        for (var i = 0; i < m; i++)
        {
            ref var row = ref Unsafe.Add(ref a, (nint)i * k);
            for (var j = 0; j < n; j++)
            {
                var sum = 0.0;
                for (var t = 0; t < k; t++)
                {
                    sum = Math.FusedMultiplyAdd(Unsafe.Add(ref row, t), Unsafe.Add(ref b, ((nint)t * n) + j), sum);
                }
                Unsafe.Add(ref c, ((nint)i * n) + j) = sum;
            }
        }
    }

    static void OneRow(ref double a, ref double b, ref double c, int k, int ldb, bool isPair)
    {
        var (left, right) = (Vector512<double>.Zero, Vector512<double>.Zero);
        for (var t = 0; t < k; t++)
        {
            var value = Unsafe.Add(ref a, t);
            if (value == 0)
            {
                continue;
            }
            var factor = Vector512.Create(value);
            ref var row = ref Unsafe.Add(ref b, (nint)t * ldb);
            left = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row), left);
            if (isPair)
            {
                right = Vector512.FusedMultiplyAdd(factor, Vector512.LoadUnsafe(ref row, Lanes), right);
            }
        }
        left.StoreUnsafe(ref c);
        if (isPair)
        {
            right.StoreUnsafe(ref c, Lanes);
        }
    }

    static void EightRows(ref double a, ref double b, ref double c, int k, int ldb)
    {
        var zero = Vector512<double>.Zero;
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (zero, zero, zero, zero, zero, zero, zero, zero);
        for (var t = 0; t < k; t++)
        {
            var x = Vector512.LoadUnsafe(ref Unsafe.Add(ref b, (nint)t * ldb));
            ref var column = ref Unsafe.Add(ref a, t);
            c0 = Vector512.FusedMultiplyAdd(Vector512.Create(column), x, c0);
            c1 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref column, k)), x, c1);
            c2 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref column, (nint)2 * k)), x, c2);
            c3 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref column, (nint)3 * k)), x, c3);
            c4 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref column, (nint)4 * k)), x, c4);
            c5 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref column, (nint)5 * k)), x, c5);
            c6 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref column, (nint)6 * k)), x, c6);
            c7 = Vector512.FusedMultiplyAdd(Vector512.Create(Unsafe.Add(ref column, (nint)7 * k)), x, c7);
        }
        c0.StoreUnsafe(ref c);
        c1.StoreUnsafe(ref Unsafe.Add(ref c, ldb));
        c2.StoreUnsafe(ref Unsafe.Add(ref c, (nint)2 * ldb));
        c3.StoreUnsafe(ref Unsafe.Add(ref c, (nint)3 * ldb));
        c4.StoreUnsafe(ref Unsafe.Add(ref c, (nint)4 * ldb));
        c5.StoreUnsafe(ref Unsafe.Add(ref c, (nint)5 * ldb));
        c6.StoreUnsafe(ref Unsafe.Add(ref c, (nint)6 * ldb));
        c7.StoreUnsafe(ref Unsafe.Add(ref c, (nint)7 * ldb));
    }

    static void EightRowsWide(ref double a, ref double b, ref double c, int k, int ldb)
    {
        var zero = Vector512<double>.Zero;
        var (c0, c1, c2, c3, c4, c5, c6, c7) = (zero, zero, zero, zero, zero, zero, zero, zero);
        var (d0, d1, d2, d3, d4, d5, d6, d7) = (zero, zero, zero, zero, zero, zero, zero, zero);
        for (var t = 0; t < k; t++)
        {
            ref var row = ref Unsafe.Add(ref b, (nint)t * ldb);
            var (x, y) = (Vector512.LoadUnsafe(ref row), Vector512.LoadUnsafe(ref row, Lanes));
            ref var column = ref Unsafe.Add(ref a, t);
            var f = Vector512.Create(column);
            (c0, d0) = (Vector512.FusedMultiplyAdd(f, x, c0), Vector512.FusedMultiplyAdd(f, y, d0));
            f = Vector512.Create(Unsafe.Add(ref column, k));
            (c1, d1) = (Vector512.FusedMultiplyAdd(f, x, c1), Vector512.FusedMultiplyAdd(f, y, d1));
            f = Vector512.Create(Unsafe.Add(ref column, (nint)2 * k));
            (c2, d2) = (Vector512.FusedMultiplyAdd(f, x, c2), Vector512.FusedMultiplyAdd(f, y, d2));
            f = Vector512.Create(Unsafe.Add(ref column, (nint)3 * k));
            (c3, d3) = (Vector512.FusedMultiplyAdd(f, x, c3), Vector512.FusedMultiplyAdd(f, y, d3));
            f = Vector512.Create(Unsafe.Add(ref column, (nint)4 * k));
            (c4, d4) = (Vector512.FusedMultiplyAdd(f, x, c4), Vector512.FusedMultiplyAdd(f, y, d4));
            f = Vector512.Create(Unsafe.Add(ref column, (nint)5 * k));
            (c5, d5) = (Vector512.FusedMultiplyAdd(f, x, c5), Vector512.FusedMultiplyAdd(f, y, d5));
            f = Vector512.Create(Unsafe.Add(ref column, (nint)6 * k));
            (c6, d6) = (Vector512.FusedMultiplyAdd(f, x, c6), Vector512.FusedMultiplyAdd(f, y, d6));
            f = Vector512.Create(Unsafe.Add(ref column, (nint)7 * k));
            (c7, d7) = (Vector512.FusedMultiplyAdd(f, x, c7), Vector512.FusedMultiplyAdd(f, y, d7));
        }
        Store(c0, d0, ref c);
        Store(c1, d1, ref Unsafe.Add(ref c, ldb));
        Store(c2, d2, ref Unsafe.Add(ref c, (nint)2 * ldb));
        Store(c3, d3, ref Unsafe.Add(ref c, (nint)3 * ldb));
        Store(c4, d4, ref Unsafe.Add(ref c, (nint)4 * ldb));
        Store(c5, d5, ref Unsafe.Add(ref c, (nint)5 * ldb));
        Store(c6, d6, ref Unsafe.Add(ref c, (nint)6 * ldb));
        Store(c7, d7, ref Unsafe.Add(ref c, (nint)7 * ldb));
    }

    static void Store(Vector512<double> left, Vector512<double> right, ref double c)
    {
        left.StoreUnsafe(ref c);
        right.StoreUnsafe(ref c, Lanes);
    }
}
