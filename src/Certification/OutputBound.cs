using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using RL.InputOpt;

namespace RL.Certification;

/// <summary>Where a node is cut in two: an input's range in the middle, or a neuron's phase.</summary>
readonly record struct Branch(int Index, bool IsNeuron);

/// <summary>
/// An upper bound of the output over a node, by the walk of <see cref="NodeBounds"/> with the slopes α of the lower lines
/// optimised (α-CROWN, Xu et al. 2021). The bound is convex in α, and ∂bound/∂αₖ = vₖ ẑₖ: vₖ &lt; 0 is the coefficient of max(zₖ,
/// 0), and ẑₖ the pre-activation at x̂, where the bound is attained, with lines in the place of all ReLUs. Split neurons enter as
/// half-spaces, and x̂ is the solution of a linear program. The multipliers β that this gives to half-spaces of deep neurons enter
/// the next walk as coefficients of zₖ itself (β-CROWN, Wang et al. 2021): the bound is then loose where the lines below are, and shows
/// which of those neurons to split.
/// </summary>
sealed class OutputBound
{
    readonly PackedNetwork<double> _network;
    readonly NodeBounds _bounds;
    readonly HalfSpaces _halfSpaces;
    readonly AlignedArray<double>[] _onH, _onZ;         // v, and what it becomes as coefficient of z
    readonly AlignedArray<double>[] _z, _h;             // ẑ, and the lines there
    readonly AlignedArray<double>[] _beta;              // with the sign of the phase
    readonly double _rounding, _magnitude;
    double _betas;                                      // Σ |β|
    readonly AlignedArray<double> _sensitivity;
    readonly double[] _gains;

    public OutputBound(ScaledProblem problem, NodeBounds bounds)
    {
        var network = problem.Network;
        (_network, _bounds, _halfSpaces) = (network, bounds, bounds.HalfSpaces);
        (_rounding, _magnitude) = (problem.Rounding, problem.Magnitude);
        AlignedArray<double>[] PerLayer() => [.. network.Units.Select(units => new AlignedArray<double>(units))];
        (_onH, _onZ, _z, _h, _beta) = (PerLayer(), PerLayer(), PerLayer(), PerLayer(), PerLayer());
        _sensitivity = new(network.Units.Max());
        (Gradient, X, _gains) = (new double[network.Inputs], new double[network.Inputs], new double[network.Inputs]);
    }

    /// <summary>a [n] of the bound a·x + constant.</summary>
    public double[] Gradient { get; }

    /// <summary>x̂ [n].</summary>
    public double[] X { get; }

    /// <summary>Takes over the node whose pre-activations have been bounded.</summary>
    public void Begin()
    {
        if (_betas > 0)
        {
            Array.ForEach(_beta, beta => beta.Span.Clear());
            _betas = 0;
        }
    }

    /// <summary>The bound at the present α and β; −∞ if the half-spaces leave nothing of the box.</summary>
    public double Evaluate()
    {
        var constant = _network.TopBias[0];
        _network.Top[0].CopyTo(_onH[^1]);
        for (var i = _network.Hidden - 1; i >= 0; i--)
        {
            constant += ThroughRelus(i);
            if (i > 0)
            {
                _network.Weight(i).Dots(_bounds.Layers[i - 1].Alive, _onZ[i], _onH[i - 1]);
            }
            else
            {
                _network.Weight(0).Dots(_onZ[0], Gradient);
            }
        }
        RoundingError = Rounding.OfWalk(_rounding, _network.Hidden, _magnitude + _betas);
        Constant = constant + RoundingError;
        if (_halfSpaces.Count > 0)
        {
            var (bound, error) = _halfSpaces.Maximize(Gradient, Constant);
            _halfSpaces.X.CopyTo(X, 0);
            RoundingError += error;
            return bound;
        }
        for (var d = 0; d < X.Length; d++)
        {
            X[d] = Gradient[d] > 0 ? _bounds.Upper[d] : _bounds.Lower[d];
        }
        return Constant + TensorPrimitives.Dot<double>(Gradient, X);
    }

    /// <summary>The constant of the bound a·x + constant, which holds for the exact network.</summary>
    public double Constant { get; private set; }

    /// <summary>How much of the last bound is there for rounding.</summary>
    public double RoundingError { get; private set; }

    /// <summary>Takes over into β what the linear program gave to half-spaces of deep neurons.</summary>
    public void TakeMultipliers()
    {
        for (var k = 0; k < _halfSpaces.Count; k++)
        {
            var (layer, unit, multiplier) = _halfSpaces.Multiplier(k);
            if (layer > 0 && multiplier != 0)
            {
                _beta[layer][unit] += multiplier;
                _betas += Math.Abs(multiplier);
            }
        }
    }

    /// <summary>
    /// α ← α + step·ẑ/u where ẑ &gt; 0, α + step·ẑ/(−l) where ẑ &lt; 0, in [0, 1]: downhill, in units of each neuron's range.
    /// </summary>
    public void ImproveAlpha(double step)
    {
        Forward();
        for (var i = 0; i < _network.Hidden; i++)
        {
            var layer = _bounds.Layers[i];
            var z = _z[i].Span;
            var onH = _onH[i].Span;
            for (var j = 0; j < z.Length; j += Vector512<double>.Count)
            {
                var at = Vector512.LoadUnsafe(ref z[j]);
                var range = Vector512.ConditionalSelect(
                    Vector512.GreaterThan(at, Vector512<double>.Zero),
                    Vector512.LoadUnsafe(ref layer.InverseUpper[j]), Vector512.LoadUnsafe(ref layer.InverseLower[j]));
                var usesLower = Vector512.LessThan(Vector512.LoadUnsafe(ref onH[j]), Vector512<double>.Zero);
                var alpha = Vector512.LoadUnsafe(ref layer.Alpha[j]) + (at * range * step & usesLower);
                alpha = Vector512.Min(Vector512.Max(alpha, Vector512<double>.Zero), Vector512<double>.One);
                alpha.StoreUnsafe(ref layer.Alpha[j]);
            }
        }
    }

    /// <summary>
    /// The cut that promises to lower the bound most; where neither kind does, the bound is loose only in how it sees deep
    /// half-spaces, and the input is cut that the bound changes most along.
    /// </summary>
    /// <param name="neuronWeight">
    /// What a neuron's promise counts, beside an input's; 0: only inputs are cut; ∞: inputs are cut only where all phases are known.
    /// </param>
    public Branch Choose(double neuronWeight)
    {
        if (double.IsPositiveInfinity(neuronWeight))
        {
            Forward();
            var (neuron, loss) = Loosest();
            neuron = loss > 0 ? neuron : WidestOpen();
            if (neuron >= 0)
            {
                return new(neuron, IsNeuron: true);
            }
        }
        EstimateGains();
        var input = TensorPrimitives.IndexOfMax<double>(_gains);
        if (neuronWeight > 0 && double.IsFinite(neuronWeight))
        {
            Forward();
            var (neuron, loss) = Loosest();
            if (loss * neuronWeight > _gains[input])
            {
                return new(neuron, IsNeuron: true);
            }
        }
        if (_gains[input] == 0)
        {
            TensorPrimitives.Multiply<double>(Gradient, _bounds.Radius, _gains);
            input = TensorPrimitives.IndexOfMaxMagnitude<double>(_gains);
        }
        return new(input, IsNeuron: false);
    }

    /// <summary>
    /// Cuts off from the box what the half-spaces exclude, and what cannot reach a value; false if nothing is left.
    /// </summary>
    public bool Shrink(double value, double[] lower, double[] upper) =>
        _halfSpaces.Shrink(Gradient, Constant - value, lower, upper) && _halfSpaces.Shrink(lower, upper);

    /// <summary>Turns v of a layer into coefficients of z; returns what that adds to the constant.</summary>
    double ThroughRelus(int i)
    {
        var layer = _bounds.Layers[i];
        var onH = _onH[i].Span;
        var onZ = _onZ[i].Span;
        var biases = _bounds.Bias(i);
        var sum = Vector512<double>.Zero;
        for (var j = 0; j < onH.Length; j += Vector512<double>.Count)
        {
            var v = Vector512.LoadUnsafe(ref onH[j]);
            var above = Vector512.Max(v, Vector512<double>.Zero);
            var below = Vector512.Min(v, Vector512<double>.Zero);
            var factor = (above * Vector512.LoadUnsafe(ref layer.Slope[j])) + (below * Vector512.LoadUnsafe(ref layer.Alpha[j]))
                + Vector512.LoadUnsafe(ref _beta[i][j]);
            factor.StoreUnsafe(ref onZ[j]);
            sum += (above * Vector512.LoadUnsafe(ref layer.Offset[j])) + (factor * Vector512.LoadUnsafe(in biases[j]));
        }
        return Vector512.Sum(sum);
    }

    /// <summary>ẑ and the lines' values at x̂.</summary>
    void Forward()
    {
        for (var i = 0; i < _network.Hidden; i++)
        {
            var layer = _bounds.Layers[i];
            var z = _z[i].Span;
            var h = _h[i].Span;
            var onH = _onH[i].Span;
            if (i == 0)
            {
                _network.Weight(0).Combine(X, _bounds.Bias(0), z);
            }
            else
            {
                _network.Weight(i).Combine(_bounds.Layers[i - 1].Alive, _h[i - 1], _bounds.Bias(i), z);
            }
            for (var j = 0; j < z.Length; j += Vector512<double>.Count)
            {
                var usesUpper = Vector512.GreaterThan(Vector512.LoadUnsafe(ref onH[j]), Vector512<double>.Zero);
                var slope = Vector512.ConditionalSelect(
                    usesUpper, Vector512.LoadUnsafe(ref layer.Slope[j]), Vector512.LoadUnsafe(ref layer.Alpha[j]));
                var offset = Vector512.LoadUnsafe(ref layer.Offset[j]) & usesUpper;
                ((slope * Vector512.LoadUnsafe(ref z[j])) + offset).StoreUnsafe(ref h[j]);
            }
        }
    }

    /// <summary>The open neuron whose line costs the bound most at x̂, and how much: v (line − max(ẑ, 0)).</summary>
    (int Neuron, double Loss) Loosest()
    {
        var (neuron, most, first) = (-1, 0.0, 0);
        for (var i = 0; i < _network.Hidden; i++)
        {
            for (var k = 0; k < _network.Units[i]; k++)
            {
                var loss = _onH[i][k] * (_h[i][k] - Math.Max(_z[i][k], 0));
                if (loss > most && _bounds.Layers[i].IsOpen(k))
                {
                    (neuron, most) = (first + k, loss);
                }
            }
            first += _network.Units[i];
        }
        return (neuron, most);
    }

    /// <summary>The open neuron with the largest triangle between its lines and its graph, in units of its range; −1 if none is open.</summary>
    int WidestOpen()
    {
        var (neuron, most, first) = (-1, 0.0, 0);
        for (var i = 0; i < _network.Hidden; i++)
        {
            var layer = _bounds.Layers[i];
            for (var k = 0; k < layer.Bounded; k++)
            {
                if (layer.IsOpen(k) && layer.Offset[k] > most)
                {
                    (neuron, most) = (first + k, layer.Offset[k]);
                }
            }
            first += _network.Units[i];
        }
        return neuron;
    }

    /// <summary>
    /// For each input, about how much the bound falls if its range is halved. Of an upper line's offset t = −ul/(u − l) a
    /// narrower range takes ∂t/∂u = l²/(u − l)² of what u falls by, and −∂t/∂l = u²/(u − l)² of what l rises by. Halving input d
    /// moves one of them by |A_d| radius_d in one half and the other one in the other.
    /// </summary>
    void EstimateGains()
    {
        Array.Clear(_gains);
        for (var i = 0; i < _network.Hidden; i++)
        {
            var layer = _bounds.Layers[i];
            var sensitivity = _sensitivity.Span[..layer.Lower.Length];
            for (var j = 0; j < sensitivity.Length; j += Vector512<double>.Count)
            {
                var (l, u) = (Vector512.LoadUnsafe(ref layer.Lower[j]), Vector512.LoadUnsafe(ref layer.Upper[j]));
                var isOpen = Vector512.GreaterThan(Vector512.LoadUnsafe(ref layer.InverseUpper[j]), Vector512<double>.Zero);
                var share = ((l * l) + (u * u)) / ((u - l) * (u - l)) * 0.5;
                var v = Vector512.LoadUnsafe(ref _onH[i][j]);
                v = i == _network.Hidden - 1 ? Vector512.Max(v, Vector512<double>.Zero) : Vector512.Abs(v);
                (v * share & isOpen).StoreUnsafe(ref sensitivity[j]);
            }
            for (var d = 0; d < _gains.Length; d++)
            {
                _gains[d] += i == 0
                    ? SumOfMagnitudes(sensitivity, _network.Weight(0)[d])
                    : (SumOfMagnitudes(sensitivity, layer.LowerForm[d]) + SumOfMagnitudes(sensitivity, layer.UpperForm[d])) / 2;
            }
        }
        TensorPrimitives.Multiply(_gains, _bounds.Radius, _gains);
    }

    /// <summary>Σ weight·|value|.</summary>
    static double SumOfMagnitudes(ReadOnlySpan<double> weights, ReadOnlySpan<double> values)
    {
        var sum = Vector512<double>.Zero;
        for (var j = 0; j < weights.Length; j += Vector512<double>.Count)
        {
            sum += Vector512.LoadUnsafe(in weights[j]) * Vector512.Abs(Vector512.LoadUnsafe(in values[j]));
        }
        return Vector512.Sum(sum);
    }
}
