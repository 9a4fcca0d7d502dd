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
/// pay for the difference: the neurons of a <see cref="ScaledProblem"/> are at most 1 in magnitude, and so are all sums on the way to them,
/// so that a coefficient v of a pre-activation costs no more than a few unit errors of |v|, whatever is computed from it (spelt out in
/// docs/certification.md).
/// </remarks>
sealed class NodeBounds
{
    readonly PackedNetwork<double> _network;
    readonly AlignedArray<double> _firstBias, _ones, _magnitudes;
    readonly double _rounding;
    readonly ColumnMatrix<double>[][] _walk;        // k, i < k: coefficients of layer k's bounds on layer i [units of k × of i]

    /// <param name="problem">[n → 1].</param>
    /// <param name="lastBounded">How many neurons of the last hidden layer are bounded, if it is not the first one too.</param>
    public NodeBounds(ScaledProblem problem, int lastBounded)
    {
        var network = problem.Network;
        (_network, _rounding) = (network, problem.Rounding);
        var (n, units) = (network.Inputs, network.Units);
        (Lower, Upper, Center, Radius) = (new double[n], new double[n], new double[n], new double[n]);
        Layers = [.. units.Select((count, i) => new LayerBounds(count, i > 0 && i == units.Length - 1 ? lastBounded : count, n))];
        _walk = [.. Layers.Select(
            (layer, k) => units.Take(k).Select(columns => new ColumnMatrix<double>(layer.Bounded, columns)).ToArray())];
        (_firstBias, _ones, _magnitudes) = (new(units[0]), new(units.Max()), new(units.Max()));
        problem.FirstBias.CopyTo(_firstBias.Span);
        _ones.Span.Fill(1);
    }

    /// <summary>The node's box [n]; set these, then call <see cref="Update"/>.</summary>
    public double[] Lower { get; }

    /// <inheritdoc cref="Lower"/>
    public double[] Upper { get; }

    public double[] Center { get; }

    public double[] Radius { get; }

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
        for (var i = 0; i < Layers.Length; i++)
        {
            var layer = Layers[i];
            if (i == 0)
            {
                Concretise(_network.Weight(0), _firstBias, -1, layer.Lower);
                Concretise(_network.Weight(0), _firstBias, 1, layer.Upper);
                TensorPrimitives.Subtract(layer.Lower, 4 * _rounding, layer.Lower);
                TensorPrimitives.Add(layer.Upper, 4 * _rounding, layer.Upper);
            }
            else
            {
                Walk(i, -1, layer.LowerForm, layer.LowerConstant);
                Concretise(layer.LowerForm, layer.LowerConstant, -1, layer.Lower);
                Walk(i, 1, layer.UpperForm, layer.UpperConstant);
                Concretise(layer.UpperForm, layer.UpperConstant, 1, layer.Upper);
            }
            if (!layer.Relax(states[.._network.Units[i]]))
            {
                return false;
            }
            states = states[_network.Units[i]..];
        }
        return true;
    }

    /// <summary>
    /// A half-space factor·(A x + c) ≥ 0 that holds where a neuron of a layer is active (inactive), with coefficients of about 1.
    /// </summary>
    /// <returns>The factor: a power of two, negative for the inactive phase.</returns>
    public double AddHalfSpace(BoxProgram program, int layer, int unit, bool isActive)
    {
        var bounds = Layers[layer];
        var (form, constant) = layer == 0 ? (_network.Weight(0), _firstBias[unit])
            : isActive ? (bounds.UpperForm, bounds.UpperConstant[unit])
            : (bounds.LowerForm, bounds.LowerConstant[unit]);
        var largest = 0.0;
        for (var d = 0; d < form.Columns; d++)
        {
            largest = Math.Max(largest, Math.Abs(form[d][unit]));
        }
        // A neuron is about 1: where an input moves it by less than this, there is nothing to gain.
        var factor = Math.ScaleB(isActive ? 1 : -1, largest > 1e-30 ? -Math.ILogB(largest) : 0);
        program.Add(form, unit, constant, factor);
        return factor;
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
        Bias(layer)[..constant.Length].CopyTo(constant);
        var magnitudes = _magnitudes.Span[..constant.Length];
        magnitudes.Clear();
        var factors = _network.Weight(layer);
        for (var i = layer - 1; i >= 0; i--)
        {
            var relaxed = _walk[layer][i];
            ThroughRelus(i, sign, factors, relaxed, constant, magnitudes);
            factors = i == 0 ? form : _walk[layer][i - 1];
            factors.Clear();
            factors.AddProduct(relaxed, Layers[i].Alive, _ones, _network.Weight(i), default);
        }
        for (var j = 0; j < constant.Length; j++)
        {
            constant[j] += sign * Rounding.OfSum(_rounding, 1, magnitudes[j]);
        }
    }

    /// <summary>
    /// Coefficients of h = max(z, 0) become coefficients of z; the lines' offsets and the biases go to the constants, and the
    /// coefficients' magnitudes are added up.
    /// </summary>
    void ThroughRelus(
        int layer, int sign, ColumnMatrix<double> onH, ColumnMatrix<double> onZ, Span<double> constant, Span<double> magnitudes)
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
                (Vector512.LoadUnsafe(ref magnitudes[j]) + Vector512.Abs(factor)).StoreUnsafe(ref magnitudes[j]);
            }
        }
    }
}
