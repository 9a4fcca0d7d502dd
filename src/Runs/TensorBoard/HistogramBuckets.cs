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
