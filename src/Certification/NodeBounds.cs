using System.Numerics.Tensors;
using System.Runtime.Intrinsics;
using RL.InputOpt;

namespace RL.Certification;

/// <summary>
/// Bounds on every pre-activation of a network over a node by linear relaxation (CROWN, Zhang et al. 2018; DeepPoly, Singh et al.
/// 2019): z ≤ A x + c, found by walking from z back to x and replacing each max(z, 0) on the way by its upper line where its
/// coefficient is positive and by its lower line where that is negative; the other way round for z ≥ A x + c. Over the box, A x
/// is at most A centre + |A| radius. Filled anew for node after node; allocates nothing after construction.
/// </summary>
/// <remarks>
/// The bounds and the forms hold for the exact network. Rounded coefficients are taken for the ones that were chosen, and the constants
/// pay for the difference: what that can be at most is the same for all nodes, because no sum on the way to a neuron of a
/// <see cref="ScaledProblem"/> exceeds 1 in magnitude (<see cref="Rounding.OfWalk"/>).
/// </remarks>
sealed class NodeBounds
{
    readonly PackedNetwork<double> _network;
    static readonly int[] _signs = [1, -1];

    readonly AlignedArray<double> _firstBias, _ones;
    readonly AlignedArray<double>[] _lowerBias, _upperBias;     // of all layers, with what rounding may take from a walk to them
    readonly bool _tightens;
    readonly double[] _row;
    readonly ColumnMatrix<double>[][] _walk;        // k, i < k: coefficients of layer k's bounds on layer i [units of k × of i]

    /// <param name="problem">[n → 1].</param>
    /// <param name="lastBounded">How many neurons of the last hidden layer are bounded, if it is not the first one too.</param>
    /// <param name="tightens">
    /// Whether half-spaces count for the bounds of neurons: two linear programs for each open one, where splits are all there is.
    /// </param>
    public NodeBounds(ScaledProblem problem, int lastBounded, bool tightens = false)
    {
        var network = problem.Network;
        (_network, _tightens, _row) = (network, tightens, new double[network.Inputs]);
        HalfSpaces = new(network.Inputs, problem.Rounding);
        var (n, units) = (network.Inputs, network.Units);
        (Lower, Upper, Center, Radius) = (new double[n], new double[n], new double[n], new double[n]);
        Layers = [.. units.Select((count, i) => new LayerBounds(count, i > 0 && i == units.Length - 1 ? lastBounded : count, n))];
        _walk = [.. Layers.Select(
            (layer, k) => units.Take(k).Select(columns => new ColumnMatrix<double>(layer.Bounded, columns)).ToArray())];
        (_firstBias, _ones) = (new(units[0]), new(units.Max()));
        problem.FirstBias.CopyTo(_firstBias.Span);
        _ones.Span.Fill(1);
        AlignedArray<double> Shifted(int layer, int sign)
        {
            var shifted = new AlignedArray<double>(units[layer]);
            TensorPrimitives.Add(Bias(layer), sign * Rounding.OfWalk(problem.Rounding, layer, 1), shifted);
            return shifted;
        }
        _lowerBias = [.. units.Select((_, i) => Shifted(i, -1))];
        _upperBias = [.. units.Select((_, i) => Shifted(i, 1))];
    }

    /// <summary>The node's box [n]; set these, then call <see cref="Update"/>.</summary>
    public double[] Lower { get; }

    /// <inheritdoc cref="Lower"/>
    public double[] Upper { get; }

    public double[] Center { get; }

    public double[] Radius { get; }

    /// <summary>Those of the node's split neurons.</summary>
    public HalfSpaces HalfSpaces { get; }

    /// <summary>The hidden layers.</summary>
    public LayerBounds[] Layers { get; }

    /// <summary>b of a hidden layer, padded.</summary>
    public ReadOnlySpan<double> Bias(int layer) => layer == 0 ? _firstBias : _network.Bias(layer);

    /// <summary>
    /// Bounds all layers over the box, given the neurons' states, layer after layer, which it brings up to date; false if the
    /// node is empty.
    /// </summary>
    public bool Update(Span<byte> states)
    {
        TensorPrimitives.Add(Lower, Upper, Center);
        TensorPrimitives.Multiply(Center, 0.5, Center);
        for (var d = 0; d < Radius.Length; d++)
        {
            Radius[d] = Math.Max(Upper[d] - Center[d], Center[d] - Lower[d]) * Rounding.Up;
        }
        HalfSpaces.Begin(Lower, Upper);
        for (var i = 0; i < Layers.Length; i++)
        {
            var layer = Layers[i];
            if (i == 0)
            {
                Concretise(_network.Weight(0), _lowerBias[0], -1, layer.Lower);
                Concretise(_network.Weight(0), _upperBias[0], 1, layer.Upper);
            }
            else
            {
                Walk(i, -1, layer.LowerForm, layer.LowerConstant);
                Concretise(layer.LowerForm, layer.LowerConstant, -1, layer.Lower);
                Walk(i, 1, layer.UpperForm, layer.UpperConstant);
                Concretise(layer.UpperForm, layer.UpperConstant, 1, layer.Upper);
            }
            var own = states[.._network.Units[i]];
            if ((_tightens && HalfSpaces.Count > 0 && !Tighten(i, own)) || !layer.Relax(own))
            {
                return false;
            }
            AddHalfSpaces(i, own);
            states = states[_network.Units[i]..];
        }
        return true;
    }

    /// <summary>Adds the half-spaces of a layer's split neurons.</summary>
    void AddHalfSpaces(int layer, ReadOnlySpan<byte> states)
    {
        var bounds = Layers[layer];
        for (var k = 0; k < states.Length; k++)
        {
            if (NeuronStates.IsSplit(states[k]))
            {
                var isActive = NeuronStates.IsActive(states[k]);
                var (form, constant) = layer == 0 ? (_network.Weight(0), _firstBias[k])
                    : isActive ? (bounds.UpperForm, bounds.UpperConstant[k])
                    : (bounds.LowerForm, bounds.LowerConstant[k]);
                HalfSpaces.Add(layer, k, isActive, form, constant);
            }
        }
    }

    /// <summary>
    /// Lowers the upper bounds (raises the lower ones) of a layer's open neurons to what the half-spaces before it leave; false if
    /// they leave nothing.
    /// </summary>
    bool Tighten(int layer, ReadOnlySpan<byte> states)
    {
        var bounds = Layers[layer];
        for (var k = 0; k < bounds.Bounded; k++)
        {
            foreach (var sign in _signs)
            {
                if (!NeuronStates.IsOpen(states[k]) || bounds.Lower[k] >= 0 || bounds.Upper[k] <= 0)
                {
                    break;
                }
                var (form, constant) = layer == 0 ? (_network.Weight(0), (sign > 0 ? _upperBias : _lowerBias)[0][k])
                    : sign > 0 ? (bounds.UpperForm, bounds.UpperConstant[k])
                    : (bounds.LowerForm, bounds.LowerConstant[k]);
                for (var d = 0; d < _row.Length; d++)
                {
                    _row[d] = sign * form[d][k];
                }
                var (most, _) = HalfSpaces.Maximize(_row, sign * constant);
                if (double.IsNegativeInfinity(most))
                {
                    return false;
                }
                (bounds.Lower[k], bounds.Upper[k]) = sign > 0
                    ? (bounds.Lower[k], Math.Min(bounds.Upper[k], most))
                    : (Math.Max(bounds.Lower[k], -most), bounds.Upper[k]);
            }
        }
        return true;
    }

    /// <summary>The largest (sign 1) or smallest (−1) values over the box of forms with coefficients A and constants c.</summary>
    void Concretise(ColumnMatrix<double> form, ReadOnlySpan<double> constant, int sign, Span<double> bound)
    {
        constant.CopyTo(bound);
        for (var d = 0; d < form.Columns; d++)
        {
            var column = form[d];
            var (center, radius) = (Vector512.Create(Center[d]), Vector512.Create(sign * Radius[d]));
            for (var j = 0; j < column.Length; j += Vector512<double>.Count)
            {
                var a = Vector512.LoadUnsafe(ref column[j]);
                var sum = Vector512.FusedMultiplyAdd(a, center, Vector512.LoadUnsafe(ref bound[j]));
                Vector512.FusedMultiplyAdd(Vector512.Abs(a), radius, sum).StoreUnsafe(ref bound[j]);
            }
        }
    }

    /// <summary>The upper (sign 1) or lower (−1) forms of all neurons of a layer but the first.</summary>
    void Walk(int layer, int sign, ColumnMatrix<double> form, Span<double> constant)
    {
        (sign > 0 ? _upperBias : _lowerBias)[layer].Span[..constant.Length].CopyTo(constant);
        var factors = _network.Weight(layer);
        for (var i = layer - 1; i >= 0; i--)
        {
            var relaxed = _walk[layer][i];
            ThroughRelus(i, sign, factors, relaxed, constant);
            factors = i == 0 ? form : _walk[layer][i - 1];
            factors.Clear();
            factors.AddProduct(relaxed, Layers[i].Alive, _ones, _network.Weight(i), default);
        }
    }

    /// <summary>
    /// Coefficients of h = max(z, 0) become coefficients of z; the lines' offsets and the biases go to the constants.
    /// </summary>
    void ThroughRelus(int layer, int sign, ColumnMatrix<double> onH, ColumnMatrix<double> onZ, Span<double> constant)
    {
        var bounds = Layers[layer];
        var biases = Bias(layer);
        foreach (var k in bounds.Alive)
        {
            var source = onH[k];
            var target = onZ[k];
            var upper = Vector512.Create(bounds.Slope[k]);
            var lower = Vector512.Create(bounds.LeanAlpha[k]);
            var (positive, negative) = sign > 0 ? (upper, lower) : (lower, upper);
            var (offset, bias) = (Vector512.Create(bounds.Offset[k]), Vector512.Create(biases[k]));
            for (var j = 0; j < target.Length; j += Vector512<double>.Count)
            {
                var v = Vector512.LoadUnsafe(ref source[j]);
                var above = Vector512.Max(v, Vector512<double>.Zero);
                var below = Vector512.Min(v, Vector512<double>.Zero);
                var factor = (above * positive) + (below * negative);
                factor.StoreUnsafe(ref target[j]);
                var sum = ((sign > 0 ? above : below) * offset) + (factor * bias);
                (Vector512.LoadUnsafe(ref constant[j]) + sum).StoreUnsafe(ref constant[j]);
            }
        }
    }
}
