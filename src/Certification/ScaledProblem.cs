using RL.InputOpt;
using static TorchSharp.torch;

namespace RL.Certification;

/// <summary>
/// A network over a box, in units in which everything is about 1: each input is divided by a power of two near half its range, and each
/// hidden neuron by one above |b| + Σ |w|·(magnitude of what it reads), which no sum on the way to it exceeds in magnitude. Powers of two are exact: it is the same
/// function, tolerances mean the same for networks of all scales, and bounds of rounding errors need no magnitudes.
/// </summary>
sealed class ScaledProblem
{
    const double Largest = 1e290;       // magnitude of an output whose bounds cannot overflow

    readonly int[] _exponents;

    ScaledProblem(PackedNetwork<double> network, double[] firstBias, double[] lower, double[] upper, int[] exponents, double magnitude)
    {
        (Network, FirstBias, Lower, Upper, _exponents) = (network, firstBias, lower, upper, exponents);
        Magnitude = magnitude;
        Rounding = Certification.Rounding.Unit((2 * network.Units.Sum()) + (2 * network.Inputs) + (4 * network.Hidden) + 16);
    }

    /// <summary>[n → 1].</summary>
    public PackedNetwork<double> Network { get; }

    /// <summary>b of the first layer.</summary>
    public double[] FirstBias { get; }

    /// <summary>The box [n].</summary>
    public double[] Lower { get; }

    /// <inheritdoc cref="Lower"/>
    public double[] Upper { get; }

    /// <summary>No sum on the way to the output exceeds it in magnitude. The output is in the network's own units.</summary>
    public double Magnitude { get; }

    /// <summary>Relative error of any sum of as many terms as a walk through the network adds up.</summary>
    public double Rounding { get; }

    /// <summary>By how much a forward pass may miss the output: at each layer by a unit, and by what comes from below.</summary>
    public double ForwardError => 2 * (Network.Hidden + 1) * Rounding * Magnitude;

    /// <summary>Null if a number of that network might overflow over the box.</summary>
    /// <param name="layers">Weights and biases in float64, on the CPU, finite; biases [units].</param>
    /// <param name="lower">The box [n], finite.</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    public static ScaledProblem? TryCreate(IReadOnlyList<ReluLayer> layers, double[] lower, double[] upper)
    {
        var exponents = new int[lower.Length];
        var (low, high, magnitudes) = (new double[lower.Length], new double[lower.Length], new double[lower.Length]);
        for (var d = 0; d < lower.Length; d++)
        {
            var half = (upper[d] / 2) - (lower[d] / 2);
            var size = half > 0 ? half : Math.Abs(lower[d]);
            exponents[d] = size > 0 ? Math.ILogB(size) + 1 : 0;
            (low[d], high[d]) = (Math.ScaleB(lower[d], -exponents[d]), Math.ScaleB(upper[d], -exponents[d]));
            if (Math.ScaleB(low[d], exponents[d]) > lower[d])
            {
                low[d] = Math.BitDecrement(low[d]);
            }
            if (Math.ScaleB(high[d], exponents[d]) < upper[d])
            {
                high[d] = Math.BitIncrement(high[d]);
            }
            magnitudes[d] = Math.Max(Math.Abs(low[d]), Math.Abs(high[d]));
        }
        var inputExponents = exponents;
        var scaled = new List<(double[] Weight, double[] Bias)>();
        foreach (var layer in layers)
        {
            var (weight, bias) = (Rows.Numbers(layer.Weight), Rows.Numbers(layer.Bias));
            (exponents, magnitudes) = Scale(weight, bias, exponents, magnitudes, isOutput: scaled.Count == layers.Count - 1);
            scaled.Add((weight, bias));
            if (!magnitudes.All(magnitude => magnitude < Largest))
            {
                return null;
            }
        }
        var network = new ReluNetwork([.. scaled.Select(
            (layer, i) => new ReluLayer(tensor(layer.Weight, layers[i].Weight.shape), tensor(layer.Bias)))]);
        return new(new(network), scaled[0].Bias, low, high, inputExponents, magnitudes[0]);
    }

    /// <summary>A point [n] in the units of this problem.</summary>
    public double[] ToScaled(ReadOnlySpan<double> x)
    {
        var scaled = new double[x.Length];
        for (var d = 0; d < x.Length; d++)
        {
            scaled[d] = Math.Clamp(Math.ScaleB(x[d], -_exponents[d]), Lower[d], Upper[d]);
        }
        return scaled;
    }

    /// <summary>A point [n] in the units of the network.</summary>
    public double[] FromScaled(ReadOnlySpan<double> x)
    {
        var own = new double[x.Length];
        for (var d = 0; d < x.Length; d++)
        {
            own[d] = Math.ScaleB(x[d], _exponents[d]);
        }
        return own;
    }

    /// <summary>Divides the rows of a layer, whose inputs have been divided by powers of two; gives those of the rows, and their magnitudes.</summary>
    static (int[] Exponents, double[] Magnitudes) Scale(
        double[] weight, double[] bias, int[] inputExponents, double[] inputMagnitudes, bool isOutput)
    {
        const double margin = 1e-9;         // for rounding in the sum
        var (exponents, magnitudes) = (new int[bias.Length], new double[bias.Length]);
        for (var k = 0; k < bias.Length; k++)
        {
            var row = weight.AsSpan(k * inputExponents.Length, inputExponents.Length);
            var (sum, isRead) = (Math.Abs(bias[k]), false);
            for (var j = 0; j < row.Length; j++)
            {
                // What is always 0 is not read, whatever its weight.
                row[j] = inputMagnitudes[j] > 0 ? Math.ScaleB(row[j], inputExponents[j]) : 0;
                isRead |= row[j] != 0;
                sum += Math.Abs(row[j]) * inputMagnitudes[j];
            }
            sum = (sum * (1 + margin)) + (isRead ? double.Epsilon * row.Length : 0);
            exponents[k] = isOutput || sum == 0 || !double.IsFinite(sum) ? 0 : Math.ILogB(sum) + 1;
            for (var j = 0; j < row.Length; j++)
            {
                row[j] = Math.ScaleB(row[j], -exponents[k]);
            }
            bias[k] = Math.ScaleB(bias[k], -exponents[k]);
            magnitudes[k] = Math.ScaleB(sum, -exponents[k]);
        }
        return (exponents, magnitudes);
    }
}
