using System.Numerics;

namespace RL.Certification;

/// <summary>
/// The weights of a network as whole numbers: every layer's times a power of two. With the corners of a slice or segment as whole numbers too,
/// pre-activations are affine functions with whole coefficients, and signs are decided without rounding.
/// </summary>
sealed class ExactNetwork
{
    readonly PiecewiseNetwork _network;
    readonly (int Column, BigInteger Value)[]?[][] _rows;
    readonly (int Column, double Value)[][]?[] _weights;
    readonly int[] _weightExponents;
    readonly BigInteger[][] _biases;                     // in units of 2^exponent of the layer's z
    readonly int[] _shifts;                              // z = (W h) << shift + bias
    readonly (BigInteger One, BigInteger Slope)[] _gains;      // h = gain·z

    /// <param name="network">The network.</param>
    /// <param name="coefficients">Of each input: [coefficients] functions' directions and constants, [input][coefficient].</param>
    public ExactNetwork(PiecewiseNetwork network, double[][] coefficients)
        : this(network, coefficients, row => row)
    {
    }

    /// <param name="network">The network.</param>
    /// <param name="coefficients">[input][number].</param>
    /// <param name="combine">From an input's numbers, in common units, to its coefficients.</param>
    public ExactNetwork(PiecewiseNetwork network, double[][] coefficients, Func<BigInteger[], BigInteger[]> combine)
    {
        _network = network;
        var count = network.Stages.Count;
        (_rows, _weights) = (new (int, BigInteger)[count][][], new (int, double)[count][][]);
        (_weightExponents, _shifts, _biases, _gains) = (new int[count], new int[count], new BigInteger[count][], new (BigInteger, BigInteger)[count]);
        var exponent = Exponent(coefficients.SelectMany(row => row));
        Inputs = Array.ConvertAll(coefficients, row => combine(Array.ConvertAll(row, number => Whole(number, exponent))));
        for (var i = 0; i < count; i++)
        {
            var stage = network.Stages[i];
            _weights[i] = stage.ByRows();
            _rows[i] = new (int, BigInteger)[stage.Outputs][];
            _weightExponents[i] = Exponent(_weights[i]!.SelectMany(row => row.Select(entry => entry.Value)));
            var unit = exponent + _weightExponents[i];
            exponent = Math.Min(unit, Exponent(stage.Bias));
            _shifts[i] = unit - exponent;
            _biases[i] = Array.ConvertAll(stage.Bias, bias => Whole(bias, exponent));
            if (stage.Slope is { } slope)
            {
                var slopeExponent = Math.Min(0, Exponent([slope]));
                _gains[i] = (BigInteger.One << -slopeExponent, Whole(slope, slopeExponent));
                exponent += slopeExponent;
            }
        }
    }

    /// <summary>The inputs' coefficients, the constant last.</summary>
    public BigInteger[][] Inputs { get; }

    /// <summary>z of a stage's row where its inputs are these.</summary>
    public BigInteger[] Form(int stage, int row, Func<int, BigInteger[]?> input)
    {
        var weights = _rows[stage][row] ??= Array.ConvertAll(_weights[stage]![row], entry => (entry.Column, Whole(entry.Value, _weightExponents[stage])));
        var form = new BigInteger[Inputs[0].Length];
        foreach (var (column, value) in weights)
        {
            if (input(column) is { } coefficients)
            {
                for (var i = 0; i < form.Length; i++)
                {
                    form[i] += value * coefficients[i];
                }
            }
        }
        for (var i = 0; i < form.Length; i++)
        {
            form[i] <<= _shifts[stage];
        }
        form[^1] += _biases[stage][row];
        return form;
    }

    /// <summary>What the activation behind a stage makes of z; null for 0.</summary>
    public BigInteger[]? Activated(int stage, bool isActive, BigInteger[] z)
    {
        if (_network.Stages[stage].Slope is null)
        {
            return z;
        }
        var gain = isActive ? _gains[stage].One : _gains[stage].Slope;
        return gain.IsZero ? null : gain.IsOne ? z : Array.ConvertAll(z, each => each * gain);
    }

    /// <summary>The largest power of two that all numbers are multiples of.</summary>
    static int Exponent(IEnumerable<double> numbers)
    {
        var least = int.MaxValue;
        foreach (var number in numbers)
        {
            if (number != 0)
            {
                var (mantissa, exponent) = Parts(number);
                least = Math.Min(least, exponent + BitOperations.TrailingZeroCount(mantissa));
            }
        }
        return least == int.MaxValue ? 0 : least;
    }

    static BigInteger Whole(double number, int exponent)
    {
        if (number == 0)
        {
            return BigInteger.Zero;
        }
        var (mantissa, own) = Parts(number);
        var zeros = BitOperations.TrailingZeroCount(mantissa);
        return (BigInteger)(mantissa >> zeros) << (own + zeros - exponent);
    }

    /// <summary>number = mantissa·2^exponent.</summary>
    static (long Mantissa, int Exponent) Parts(double number)
    {
        var bits = BitConverter.DoubleToInt64Bits(number);
        var (exponent, fraction) = ((int)(bits >> 52) & 0x7FF, bits & 0xF_FFFF_FFFF_FFFF);
        var mantissa = exponent == 0 ? fraction : fraction | (1L << 52);
        return (bits < 0 ? -mantissa : mantissa, Math.Max(exponent, 1) - 1075);
    }
}

/// <summary>The cell of the layers before a stage, on which z of the stage is affine: whole coefficients on demand.</summary>
/// <param name="network">The network.</param>
/// <param name="parent">The cell of the stage before; null for the first.</param>
/// <param name="isActive">Which of the stage before are active.</param>
/// <param name="stage">Number of the stage.</param>
sealed class ExactCell(ExactNetwork network, ExactCell? parent, bool[]? isActive, int stage)
{
    readonly Dictionary<int, BigInteger[]> _forms = [];

    public ExactCell? Parent => parent;

    /// <summary>Of the stage before: which are active; null for the inputs.</summary>
    public bool[]? IsActive => isActive;

    /// <summary>The coefficients of z of a row, the constant last.</summary>
    public BigInteger[] Form(int row)
    {
        if (!_forms.TryGetValue(row, out var form))
        {
            form = network.Form(stage, row, Input);
            _forms.Add(row, form);
        }
        return form;
    }

    public ExactCell Next(bool[] active) => new(network, this, active, stage + 1);

    BigInteger[]? Input(int column) =>
        parent is null ? network.Inputs[column] : network.Activated(stage - 1, isActive![column], parent.Form(column));
}
