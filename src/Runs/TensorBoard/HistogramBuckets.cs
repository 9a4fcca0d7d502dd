using System.Numerics.Tensors;

namespace RL.Runs;

/// <summary>Distributions as TensorBoard's histogram plugin has them since version 2: buckets of equal width.</summary>
static class HistogramBuckets
{
    const int Count = 30, Columns = 3;

    /// <summary>
    /// Rows (left, right, count), from the smallest to the largest value that is finite; the right end is part of the last bucket only. Of
    /// values that are all the same, the last bucket, without width, has all. [30 × 3]
    /// </summary>
    public static double[] Of(ReadOnlySpan<float> values)
    {
        var buckets = new double[Count * Columns];
        var finite = Finite(values);
        if (finite.Length == 0)
        {
            return buckets;
        }

        double low = TensorPrimitives.Min(finite), high = TensorPrimitives.Max(finite);
        var counts = new long[Count];
        if (low == high)
        {
            counts[^1] = finite.Length;
        }
        else
        {
            var scale = Count / (high - low);
            foreach (var value in finite)
            {
                counts[Math.Min(Count - 1, (int)((value - low) * scale))]++;
            }
        }

        for (var i = 0; i < Count; i++)
        {
            buckets[i * Columns] = low + ((high - low) * i / Count);
            buckets[(i * Columns) + 1] = i == Count - 1 ? high : low + ((high - low) * (i + 1) / Count);
            buckets[(i * Columns) + 2] = counts[i];
        }

        return buckets;
    }

    /// <summary>
    /// Rows, or where there are more than <paramref name="most"/> beside empty ones at the ends, so many of equal width, over which counts are spread as
    /// evenly as they are over the buckets that they come from.
    /// </summary>
    /// <param name="rows">(left, right, count), in order.</param>
    /// <param name="most">Rows that are kept.</param>
    public static double[] Joined(ReadOnlySpan<double> rows, int most)
    {
        if (rows.Length <= most * Columns)
        {
            return rows.ToArray();
        }

        while (rows.Length > 0 && !(rows[2] > 0))
        {
            rows = rows[Columns..];
        }

        while (rows.Length > 0 && !(rows[^1] > 0))
        {
            rows = rows[..^Columns];
        }

        var (low, width) = rows.Length > 0 ? (rows[0], (rows[^2] - rows[0]) / most) : (0, 0);
        if (rows.Length <= most * Columns || !(width > 0) || !double.IsFinite(width))
        {
            return rows[..Math.Min(rows.Length, most * Columns)].ToArray();
        }

        var joined = new double[most * Columns];
        for (var i = 0; i < most; i++)
        {
            (joined[i * Columns], joined[(i * Columns) + 1]) = (low + (i * width), low + ((i + 1) * width));
        }

        for (var row = 0; row < rows.Length; row += Columns)
        {
            var (from, to, count) = (Place(rows[row]), Place(rows[row + 1]), rows[row + 2]);
            if (!(count > 0) || double.IsNaN(from) || double.IsNaN(to))
            {
                continue;
            }

            for (var i = (int)from; i < most && i <= to; i++)
            {
                var share = to > from ? (Math.Min(to, i + 1) - Math.Max(from, i)) / (to - from) : 1;
                joined[(i * Columns) + 2] += count * share;
            }
        }

        return joined;

        double Place(double value) => Math.Clamp((value - low) / width, 0, Math.BitDecrement(most));
    }

    static ReadOnlySpan<float> Finite(ReadOnlySpan<float> values)
    {
        foreach (var value in values)
        {
            if (!float.IsFinite(value))
            {
                return values.ToArray().Where(float.IsFinite).ToArray();
            }
        }

        return values;
    }
}
