namespace RL.Certification;

/// <summary>
/// Large values of one output of a fully connected network over a box: steps by the gradient's signs, shorter and shorter, from the centre and from
/// points spread evenly (a Weyl sequence). What it finds is attained, so that no valid bound is below it.
/// </summary>
static class ChainAttack
{
    const int Starts = 24, Steps = 60;
    const double Decay = 0.88;

    /// <summary>The best input found, for sign·output.</summary>
    public static double[] Run(AffineLayer[] layers, double[] lower, double[] upper, int output, int sign)
    {
        var (best, most) = (new double[lower.Length], double.NegativeInfinity);
        for (var start = 0; start < Starts; start++)
        {
            var x = Start(lower, upper, start);
            for (var (step, size) = (0, 0.5); step < Steps; step++, size *= Decay)
            {
                var (value, gradient) = Gradient(layers, x, output);
                if (sign * value > most)
                {
                    (best, most) = ((double[])x.Clone(), sign * value);
                }
                for (var d = 0; d < x.Length; d++)
                {
                    x[d] = Math.Clamp(x[d] + (size * (upper[d] - lower[d]) * Math.Sign(sign * gradient[d])), lower[d], upper[d]);
                }
            }
        }
        return best;
    }

    /// <summary>The value of an output, in float64.</summary>
    public static double Value(AffineLayer[] layers, double[] x, int output) => Forward(layers, x)[^1][output];

    static double[] Start(double[] lower, double[] upper, int number)
    {
        // Multiples of irrational numbers, a different one for each input, are spread evenly.
        double Share(int d) => number == 0 ? 0.5 : number * Math.Sqrt(d + 2.5) % 1;
        return [.. lower.Select((l, d) => Math.Clamp(l + (Share(d) * (upper[d] - l)), l, upper[d]))];
    }

    /// <summary>Pre-activations of all layers.</summary>
    static double[][] Forward(AffineLayer[] layers, double[] x)
    {
        var z = new double[layers.Length][];
        for (var (i, h) = (0, x); i < layers.Length; i++)
        {
            z[i] = new double[layers[i].Outputs];
            for (var k = 0; k < z[i].Length; k++)
            {
                z[i][k] = layers[i].Bias[k] + Dot.Of(layers[i].Row(k), h);
            }
            h = layers[i].Function is { } function ? Array.ConvertAll(z[i], function.Value) : z[i];
        }
        return z;
    }

    static (double Value, double[] Gradient) Gradient(AffineLayer[] layers, double[] x, int output)
    {
        var z = Forward(layers, x);
        var v = new double[layers[^1].Outputs];
        v[output] = 1;
        for (var i = layers.Length - 1; i >= 0; i--)
        {
            var before = new double[layers[i].Inputs];
            for (var k = 0; k < v.Length; k++)
            {
                var row = layers[i].Row(k);
                for (var j = 0; v[k] != 0 && j < row.Length; j++)
                {
                    before[j] += v[k] * row[j];
                }
            }
            for (var j = 0; i > 0 && j < before.Length; j++)
            {
                before[j] *= layers[i - 1].Function!.Derivative(z[i - 1][j]);
            }
            v = before;
        }
        return (z[^1][output], v);
    }
}
