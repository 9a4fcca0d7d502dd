using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>
/// Pre-activations of all neurons and the outputs as affine functions of the inputs, for one pattern: A¹ = W¹, c¹ = b¹;
/// Aⁱ⁺¹ = Wⁱ⁺¹DⁱAⁱ, cⁱ⁺¹ = Wⁱ⁺¹Dⁱcⁱ + bⁱ⁺¹, D the slopes.
/// </summary>
sealed class RegionRows
{
    /// <summary>Larger regions do not fit memory, nor would linear programs over them end.</summary>
    const long MostNumbers = 1L << 25;

    /// <summary>A row that is shorter than this, relative to what it was added up from, is 0.</summary>
    const double Null = 1e-14;

    RegionRows(int width, double[] neurons, bool[] isNull, double[] outputs) => (Width, Neurons, IsNull, Outputs) = (width, neurons, isNull, outputs);

    /// <summary>n + 1: a row's coefficients and its constant.</summary>
    public int Width { get; }

    /// <summary>Of all neurons, layer after layer [neurons×Width].</summary>
    public double[] Neurons { get; }

    /// <summary>Whose z does not depend on the inputs.</summary>
    public bool[] IsNull { get; }

    /// <summary>[outputs×Width].</summary>
    public double[] Outputs { get; }

    /// <exception cref="ArgumentException">Too many neurons times inputs.</exception>
    public static void ThrowUnlessSmall(PiecewiseNetwork network)
    {
        if (network.Neurons * (long)network.Inputs is var numbers && numbers > MostNumbers)
        {
            throw new ArgumentException(
                $"The network has {network.Neurons} neurons and {network.Inputs} inputs; a region's half-spaces are known up to {MostNumbers} numbers in all. Slices and segments have no such limit.");
        }
    }

    public static RegionRows Of(PiecewiseNetwork network, IReadOnlyList<bool> pattern)
    {
        var width = network.Inputs + 1;
        var neurons = new double[network.Neurons * width];
        var isNull = new bool[network.Neurons];
        var h = new double[network.Inputs * width];
        for (var j = 0; j < network.Inputs; j++)
        {
            h[(j * width) + j] = 1;
        }
        var first = 0;
        double[] z = [];
        foreach (var stage in network.Stages)
        {
            z = new double[stage.Outputs * width];
            var magnitudes = new double[stage.Outputs];
            for (var k = 0; k < stage.Outputs; k++)
            {
                z[(k * width) + width - 1] = stage.Bias[k];
            }
            for (var j = 0; j < stage.Inputs; j++)
            {
                var row = h.AsSpan(j * width, width);
                var norm = TensorPrimitives.Norm<double>(row[..^1]);
                if (norm == 0 && row[^1] == 0)
                {
                    continue;
                }
                stage.AddMagnitudes(j, norm, magnitudes);
                foreach (var (k, value) in stage.Column(j))
                {
                    var to = z.AsSpan(k * width, width);
                    TensorPrimitives.MultiplyAdd(row, value, to, to);
                }
            }
            h = z;
            if (stage.Slope is { } slope)
            {
                z.CopyTo(neurons, first * width);
                h = [.. z];
                for (var k = 0; k < stage.Outputs; k++)
                {
                    var row = h.AsSpan(k * width, width);
                    isNull[first + k] = TensorPrimitives.Norm<double>(row[..^1]) <= Null * magnitudes[k];
                    if (!pattern[first + k])
                    {
                        TensorPrimitives.Multiply(row, slope, row);
                    }
                }
                first += stage.Outputs;
            }
        }
        return new(width, neurons, isNull, z);
    }
}
