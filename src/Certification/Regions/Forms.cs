namespace RL.Certification;

/// <summary>
/// Affine functions of a plane's or a line's coordinates in [−1, 1], such as all z of a layer on a cell, with bounds of their rounding errors.
/// </summary>
sealed class Forms
{
    /// <summary>Above what products that underflow lose.</summary>
    const double Underflow = 1e-318;

    Forms(double[][] coefficients, double[] errors) => (Coefficients, Errors) = (coefficients, errors);

    /// <summary>[coefficient][function], the constants last.</summary>
    public double[][] Coefficients { get; }

    /// <summary>What the value of a function may be off by [function].</summary>
    public double[] Errors { get; }

    public int Count => Errors.Length;

    /// <exception cref="ArgumentOutOfRangeException">There is no such function: of an output, as a user names it.</exception>
    public void ThrowUnlessFunction(int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, Count);
    }

    /// <summary>The inputs.</summary>
    /// <param name="coefficients">[coefficient][input].</param>
    /// <param name="error">Relative to the coefficients' magnitudes.</param>
    public static Forms Inputs(double[][] coefficients, double error)
    {
        var errors = new double[coefficients[0].Length];
        for (var j = 0; j < errors.Length; j++)
        {
            errors[j] = error * coefficients.Sum(row => Math.Abs(row[j]));
        }
        return new(coefficients, errors);
    }

    /// <summary>b of a stage.</summary>
    public static Forms Bias(AffineStage stage, int coefficients)
    {
        var rows = new double[coefficients][];
        for (var i = 0; i < coefficients; i++)
        {
            rows[i] = new double[stage.Outputs];
        }
        stage.Bias.CopyTo(rows[^1], 0);
        return new(rows, Array.ConvertAll(stage.Bias, bias => (stage.Rounding * Math.Abs(bias)) + Underflow));
    }

    public Forms Clone() => new(Array.ConvertAll(Coefficients, row => row.ToArray()), [.. Errors]);

    /// <summary>Adds what input j of a stage, gain·(function j of h), contributes.</summary>
    public void Add(AffineStage stage, int j, Forms h, double gain)
    {
        if (gain == 0)
        {
            return;
        }
        for (var i = 0; i < Coefficients.Length; i++)
        {
            if (h.Coefficients[i][j] is var coefficient && coefficient != 0)
            {
                stage.AddColumn(j, gain * coefficient, Coefficients[i]);
            }
        }
        stage.AddMagnitudes(j, (gain * (h.Errors[j] + (stage.Rounding * h.Magnitude(j)))) + Underflow, Errors);
    }

    /// <summary>Σ |coefficients| of a function: its largest value.</summary>
    public double Magnitude(int function)
    {
        var sum = 0.0;
        foreach (var row in Coefficients)
        {
            sum += Math.Abs(row[function]);
        }
        return sum;
    }
}
