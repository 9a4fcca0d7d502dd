namespace RL.Environments;

/// <summary>Arithmetic in NumPy's order of operations, where the order shows in the last bits of a reward.</summary>
static class NumPy
{
    /// <summary>
    /// np.sum(values): plain below 8 elements, else pairwise with 8 running sums in blocks of up to 128.
    /// </summary>
    public static double Sum(ReadOnlySpan<double> values)
    {
        if (values.Length < 8)
        {
            var sum = 0.0;
            foreach (var value in values)
            {
                sum += value;
            }

            return sum;
        }

        if (values.Length > 128)
        {
            var half = values.Length / 2;
            half -= half % 8;
            return Sum(values[..half]) + Sum(values[half..]);
        }

        Span<double> sums = stackalloc double[8];
        sums.Clear();
        var whole = values.Length - (values.Length % 8);
        for (var i = 0; i < whole; i++)
        {
            sums[i % 8] += values[i];
        }

        var total = (sums[0] + sums[1] + (sums[2] + sums[3])) + (sums[4] + sums[5] + (sums[6] + sums[7]));
        for (var i = whole; i < values.Length; i++)
        {
            total += values[i];
        }

        return total;
    }

    /// <summary>np.sum(np.square(values)).</summary>
    public static double SumOfSquares(ReadOnlySpan<double> values)
    {
        Span<double> squares = stackalloc double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            squares[i] = values[i] * values[i];
        }

        return Sum(squares);
    }

    /// <summary>The same of float32 values, computed in float64.</summary>
    public static double SumOfSquares(ReadOnlySpan<float> values)
    {
        Span<double> wide = stackalloc double[values.Length];
        for (var i = 0; i < values.Length; i++)
        {
            wide[i] = values[i];
        }

        return SumOfSquares(wide);
    }

    /// <summary>np.clip(value, low, high).</summary>
    public static double Clip(double value, double low, double high) =>
        value < low ? low : value > high ? high : value; // a NaN stays one

    /// <summary>np.clip(source, low, high).</summary>
    public static void Clip(ReadOnlySpan<double> source, double low, double high, Span<double> destination)
    {
        for (var i = 0; i < source.Length; i++)
        {
            destination[i] = Clip(source[i], low, high);
        }
    }

    /// <summary>np.isfinite(values).all()</summary>
    public static bool AllFinite(ReadOnlySpan<double> values)
    {
        foreach (var value in values)
        {
            if (!double.IsFinite(value))
            {
                return false;
            }
        }

        return true;
    }
}
