using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>z = W h + b of one layer, columns of W apart: dense, or only what is not 0 in it (convolutions).</summary>
sealed class AffineStage
{
    const double Unit = 1.0 / (1L << 53);

    readonly double[] _values;          // column after column
    readonly double[]? _magnitudes;     // |values| of a dense stage
    readonly int[]? _starts, _rows;     // of a sparse one: column j is values[starts[j] … starts[j + 1]) in these rows

    AffineStage(int inputs, double[] bias, double[] values, double[]? magnitudes, int[]? starts, int[]? rows, int terms)
    {
        (Inputs, Bias, _values, _magnitudes, _starts, _rows) = (inputs, bias, values, magnitudes, starts, rows);
        Rounding = (terms + 4) * Unit / (1 - ((terms + 4) * Unit));
    }

    public int Inputs { get; }

    public int Outputs => Bias.Length;

    /// <summary>b [out].</summary>
    public double[] Bias { get; }

    /// <summary>Slope of the activation where z ≤ 0; null if none follows, as behind the last layer.</summary>
    public double? Slope { get; init; }

    /// <summary>γ of the sums that <see cref="AddColumn"/> adds up: what a coefficient may be off by, per unit of Σ|w||h|.</summary>
    public double Rounding { get; }

    /// <param name="inputs">Columns.</param>
    /// <param name="bias">b [out].</param>
    /// <param name="weight">Wᵀ, row after row: [in×out].</param>
    /// <param name="magnitudes">|W|ᵀ.</param>
    /// <param name="slope">See <see cref="Slope"/>.</param>
    public static AffineStage Dense(int inputs, double[] bias, double[] weight, double[] magnitudes, double? slope) =>
        new(inputs, bias, weight, magnitudes, null, null, inputs) { Slope = slope };

    /// <param name="inputs">Columns.</param>
    /// <param name="bias">b [out].</param>
    /// <param name="entries">What is not 0.</param>
    /// <param name="slope">See <see cref="Slope"/>.</param>
    public static AffineStage Sparse(int inputs, double[] bias, List<(int Column, int Row, double Value)> entries, double? slope)
    {
        var (starts, terms) = (new int[inputs + 1], new int[bias.Length]);
        foreach (var (column, row, _) in entries)
        {
            starts[column + 1]++;
            terms[row]++;
        }
        for (var j = 0; j < inputs; j++)
        {
            starts[j + 1] += starts[j];
        }
        var (next, values, rows) = (starts[..^1], new double[entries.Count], new int[entries.Count]);
        foreach (var (column, row, value) in entries)
        {
            var place = next[column]++;
            (values[place], rows[place]) = (value, row);
        }
        return new(inputs, bias, values, null, starts, rows, terms.Max()) { Slope = slope };
    }

    /// <summary>z += factor · (column j).</summary>
    public void AddColumn(int j, double factor, Span<double> z) => Add(_values, _magnitudes is null, j, factor, z);

    /// <summary>z += factor · |column j|.</summary>
    public void AddMagnitudes(int j, double factor, Span<double> z)
    {
        if (_magnitudes is not null)
        {
            Add(_magnitudes, false, j, factor, z);
            return;
        }
        for (var place = _starts![j]; place < _starts[j + 1]; place++)
        {
            z[_rows![place]] += factor * Math.Abs(_values[place]);
        }
    }

    /// <summary>What is not 0 in column j.</summary>
    public IEnumerable<(int Row, double Value)> Column(int j)
    {
        if (_starts is not null)
        {
            for (var place = _starts[j]; place < _starts[j + 1]; place++)
            {
                yield return (_rows![place], _values[place]);
            }
            yield break;
        }
        for (var k = 0; k < Outputs; k++)
        {
            if (_values[(j * Outputs) + k] is var value && value != 0)
            {
                yield return (k, value);
            }
        }
    }

    /// <summary>What is not 0 in every row.</summary>
    public (int Column, double Value)[][] ByRows()
    {
        var rows = new List<(int, double)>[Outputs];
        for (var k = 0; k < Outputs; k++)
        {
            rows[k] = [];
        }
        for (var j = 0; j < Inputs; j++)
        {
            foreach (var (row, value) in Column(j))
            {
                rows[row].Add((j, value));
            }
        }
        return Array.ConvertAll(rows, row => row.ToArray());
    }

    void Add(double[] values, bool isSparse, int j, double factor, Span<double> z)
    {
        if (!isSparse)
        {
            TensorPrimitives.MultiplyAdd(values.AsSpan(j * Outputs, Outputs), factor, z, z);
            return;
        }
        for (var place = _starts![j]; place < _starts[j + 1]; place++)
        {
            z[_rows![place]] += factor * values[place];
        }
    }
}
