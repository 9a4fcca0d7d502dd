using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// An upper bound of the output over a node by the linear program of all triangles: h of every neuron is a variable, with h ≥ z, h ≥ 0 and
/// h ≤ s z + t of open ones, h = z of active ones, and z ≤ 0 of those that are inactive by a split. No choice of α and β is tighter, and a
/// program of this size is for networks of few neurons.
/// </summary>
sealed class TriangleBound
{
    readonly PackedNetwork<double> _network;
    readonly NodeBounds _bounds;
    readonly HalfSpaces _program;
    readonly double[] _lower, _upper, _objective, _row;
    readonly int[] _upperRow;           // of a neuron's upper line; −1: it has none
    readonly int _inputs;

    public TriangleBound(ScaledProblem problem, NodeBounds bounds)
    {
        (_network, _bounds, _inputs) = (problem.Network, bounds, problem.Network.Inputs);
        var neurons = _network.Units.Sum();
        var variables = _inputs + neurons;
        _program = new(variables, problem.Rounding);
        (_lower, _upper, _objective, _row) = (new double[variables], new double[variables], new double[variables], new double[variables]);
        _upperRow = new int[neurons];
        for (var k = 0; k < _network.Units[^1]; k++)
        {
            _objective[variables - _network.Units[^1] + k] = _network.Top[0][k];
        }
    }

    /// <summary>x of the program's solution [n].</summary>
    public ReadOnlySpan<double> X => _program.X.AsSpan(0, _inputs);

    /// <summary>How much of the last bound is there for rounding.</summary>
    public double RoundingError { get; private set; }

    /// <summary>The bound over the node whose pre-activations have been bounded; −∞ if the node is empty.</summary>
    public double Evaluate(ReadOnlySpan<byte> states)
    {
        _bounds.Lower.CopyTo(_lower, 0);
        _bounds.Upper.CopyTo(_upper, 0);
        _program.Begin(_lower, _upper);
        var (first, read) = (0, 0);
        for (var i = 0; i < _network.Hidden; i++)
        {
            for (var k = 0; k < _network.Units[i]; k++)
            {
                AddNeuron(i, k, read, first + k, states[first + k]);
            }
            read = _inputs + first;
            first += _network.Units[i];
        }
        (var bound, RoundingError) = _program.Maximize(_objective, _network.TopBias[0]);
        return bound;
    }

    /// <summary>
    /// The open neuron whose upper line costs the bound most at the solution: its multiplier times what the line is off by; if none does, the one
    /// that is furthest from its graph. −1: none is.
    /// </summary>
    public int Loosest()
    {
        var (neuron, most, first, read) = (-1, 0.0, 0, 0);
        for (var i = 0; i < _network.Hidden; i++)
        {
            for (var k = 0; k < _network.Units[i]; k++)
            {
                if (_upperRow[first + k] < 0)
                {
                    continue;
                }
                var z = _bounds.Bias(i)[k];
                var columns = i == 0 ? _inputs : _network.Units[i - 1];
                for (var j = 0; j < columns; j++)
                {
                    z += _network.Weight(i)[j][k] * _program.X[read + j];
                }
                var gap = _program.X[_inputs + first + k] - Math.Max(z, 0);
                // Far below what any tolerance of the bound is: gaps without a multiplier come last.
                var loss = gap * (_program.Multiplier(_upperRow[first + k]).Multiplier + 1e-6);
                if (gap > 1e-9 && loss > most)
                {
                    (neuron, most) = (first + k, loss);
                }
            }
            read = _inputs + first;
            first += _network.Units[i];
        }
        return neuron;
    }

    void AddNeuron(int layer, int k, int read, int neuron, byte state)
    {
        var bounds = _bounds.Layers[layer];
        var h = _inputs + neuron;
        _upperRow[neuron] = -1;
        var isOpen = bounds.IsOpen(k);
        (_lower[h], _upper[h]) = isOpen ? (0, bounds.Upper[k])
            : NeuronStates.IsActive(state) ? (Math.Max(bounds.Lower[k], 0), Math.Max(bounds.Upper[k], 0)) : (0, 0);
        if (isOpen || NeuronStates.IsActive(state))
        {
            // h − z ≥ 0.
            Add(layer, k, read, h, onZ: -1, onH: 1, 0);
        }
        if (isOpen)
        {
            _upperRow[neuron] = _program.Count;
            // s is rounded already; its products with the weights are paid for by the offset: no sum of magnitudes exceeds 1.
            Add(layer, k, read, h, bounds.Slope[k], onH: -1, bounds.Offset[k] + Rounding.Unit(8));
        }
        else if (NeuronStates.IsActive(state))
        {
            Add(layer, k, read, h, onZ: 1, onH: -1, 0);
        }
        else if (NeuronStates.IsSplit(state))
        {
            Add(layer, k, read, h, onZ: -1, onH: 0, 0);
        }
    }

    /// <summary>onZ·z + onH·h + offset ≥ 0.</summary>
    void Add(int layer, int k, int read, int h, double onZ, double onH, double offset)
    {
        Array.Clear(_row);
        var columns = layer == 0 ? _inputs : _network.Units[layer - 1];
        for (var j = 0; j < columns; j++)
        {
            _row[read + j] = onZ * _network.Weight(layer)[j][k];
        }
        _row[h] = onH;
        _program.Add(layer, k, _row, (onZ * _bounds.Bias(layer)[k]) + offset);
    }
}
