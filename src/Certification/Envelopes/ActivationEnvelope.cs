namespace RL.Certification;

/// <summary>Which of two sides of a graph.</summary>
public enum GraphSide
{
    /// <summary>Above the graph: the concave envelope.</summary>
    Above,

    /// <summary>Below the graph: the convex envelope.</summary>
    Below,
}

/// <summary>
/// A half-space that contains the whole graph of σ(w·x + b) over a box, rounding included, but not the point that was asked about: above the graph
/// y ≤ Coefficients·x + Constant, below it y ≥ Coefficients·x + Constant.
/// </summary>
/// <param name="Side">On which side of the graph the point lies.</param>
/// <param name="Coefficients">A supergradient of the concave, a subgradient of the convex envelope [inputs].</param>
/// <param name="Constant">Rounded outwards.</param>
/// <param name="Violation">How far the point is beyond the envelope, in units of y; above 0.</param>
public sealed record EnvelopeCut(GraphSide Side, double[] Coefficients, double Constant, double Violation);

/// <summary>
/// Points of a graph that a point is a mixture of, which proves that no half-space separates it from the graph: Σ Weights[k] (Points[k],
/// σ(w·Points[k] + b)), up to rounding.
/// </summary>
/// <param name="Points">Points of the box [count][inputs].</param>
/// <param name="Weights">Positive, with sum 1 [count].</param>
public sealed record GraphMixture(double[][] Points, double[] Weights);

/// <summary>
/// The concave and the convex envelope of one neuron, σ(w·x + b), over a box of its inputs x: the tightest relaxation of it alone
/// (docs/relaxations.md). Not thread-safe.
/// </summary>
public sealed class ActivationEnvelope
{
    readonly EnvelopeSide _above, _below;
    readonly double[] _lower, _upper, _gradient;
    readonly MirroredFunction _f;

    /// <param name="function">σ.</param>
    /// <param name="weight">w [inputs].</param>
    /// <param name="bias">b.</param>
    /// <param name="lower">The box [inputs].</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <exception cref="ArgumentException">Another number of bounds, one that is not finite, an empty box, or a w·x + b that overflows.</exception>
    public ActivationEnvelope(ActivationFunction function, ReadOnlySpan<double> weight, double bias, ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        ArgumentNullException.ThrowIfNull(function);
        if (lower.Length != weight.Length || upper.Length != weight.Length)
        {
            throw new ArgumentException($"The box has {lower.Length} lower and {upper.Length} upper bounds; allowed: {weight.Length}, as many as weights.");
        }
        for (var i = 0; i < weight.Length; i++)
        {
            if (!double.IsFinite(weight[i]))
            {
                throw new ArgumentException($"Weight {i} is {weight[i]}; allowed: finite numbers.", nameof(weight));
            }
            if (!(lower[i] <= upper[i] && double.IsFinite(lower[i]) && double.IsFinite(upper[i])))
            {
                throw new ArgumentException($"The box is {lower[i]} to {upper[i]} in input {i}; allowed: finite numbers, the lower one first.");
            }
        }
        (_lower, _upper, _gradient, _f) = (lower.ToArray(), upper.ToArray(), new double[weight.Length], new(function, false));
        _above = new(_f, weight.ToArray(), bias, _lower, _upper);
        // Below σ(z) is what is not above −σ(−(−z)).
        _below = new(new(function, true), Array.ConvertAll(weight.ToArray(), w => -w), -bias, _lower, _upper);
        if (!double.IsFinite(4 * _above.Reach * Math.Max(1, _f.Lipschitz)))
        {
            throw new ArgumentException($"w·x + b overflows in the box (bias {bias}); allowed: what stays finite.");
        }
    }

    /// <summary>How many inputs.</summary>
    public int Inputs => _lower.Length;

    /// <summary>The concave envelope at x.</summary>
    /// <param name="x">A point of the box [inputs].</param>
    /// <param name="gradient">A supergradient is written there [inputs]; empty: it is not wanted.</param>
    /// <exception cref="ArgumentException">Another number of inputs, or a point outside of the box.</exception>
    public double Upper(ReadOnlySpan<double> x, Span<double> gradient = default)
    {
        ThrowUnlessInside(x, gradient);
        return _above.Evaluate(x, gradient);
    }

    /// <summary>The convex envelope at x.</summary>
    /// <param name="x">A point of the box [inputs].</param>
    /// <param name="gradient">A subgradient is written there [inputs]; empty: it is not wanted.</param>
    /// <inheritdoc cref="Upper"/>
    public double Lower(ReadOnlySpan<double> x, Span<double> gradient = default)
    {
        ThrowUnlessInside(x, gradient);
        var value = -_below.Evaluate(x, gradient);
        for (var i = 0; i < gradient.Length; i++)
        {
            gradient[i] = -gradient[i];
        }
        return value;
    }

    /// <summary>A half-space between (x, y) and the graph; null if there is none, which <see cref="Mixture"/> proves.</summary>
    /// <param name="x">A point of the box [inputs].</param>
    /// <param name="y">Any number.</param>
    /// <param name="tolerance">Violations up to tolerance·(1 + |y|) do not count.</param>
    /// <exception cref="ArgumentException">See <see cref="Upper"/>, or a y that is not finite or a tolerance below 0.</exception>
    public EnvelopeCut? Separate(ReadOnlySpan<double> x, double y, double tolerance = 1e-9)
    {
        ThrowUnlessInside(x, []);
        ThrowUnlessFinite(y);
        if (!(tolerance >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be ≥ 0.");
        }
        var room = tolerance * (1 + Math.Abs(y));
        var most = _above.Evaluate(x, _gradient);
        if (y - most > room)
        {
            return new(GraphSide.Above, (double[])_gradient.Clone(), _above.Offset(_gradient), y - most);
        }
        var least = -_below.Evaluate(x, _gradient);
        return least - y > room
            ? new(GraphSide.Below, Array.ConvertAll(_gradient, g => -g), -_below.Offset(_gradient), least - y)
            : null;
    }

    /// <summary>The tightest half-space around the graph above or below a point of the box.</summary>
    /// <exception cref="ArgumentException">See <see cref="Upper"/>.</exception>
    public EnvelopeCut Plane(ReadOnlySpan<double> x, GraphSide side)
    {
        ThrowUnlessInside(x, []);
        if (!Enum.IsDefined(side))
        {
            throw new ArgumentOutOfRangeException(nameof(side), side, $"Allowed: {GraphSide.Above} and {GraphSide.Below}.");
        }
        if (side == GraphSide.Above)
        {
            _above.Evaluate(x, _gradient);
            return new(side, (double[])_gradient.Clone(), _above.Offset(_gradient), 0);
        }
        _below.Evaluate(x, _gradient);
        return new(side, Array.ConvertAll(_gradient, g => -g), -_below.Offset(_gradient), 0);
    }

    /// <summary>Points of the graph that (x, y) is a mixture of; y between the envelopes, or it counts as the nearer of them.</summary>
    /// <exception cref="ArgumentException">See <see cref="Separate"/>.</exception>
    public GraphMixture Mixture(ReadOnlySpan<double> x, double y)
    {
        ThrowUnlessInside(x, []);
        ThrowUnlessFinite(y);
        var (most, least, at) = (_above.Evaluate(x, []), -_below.Evaluate(x, []), x.ToArray());
        var share = most > least ? Math.Clamp((y - least) / (most - least), 0, 1) : 1;
        (double[] Point, double Weight)[] parts =
        [
            .. _above.Mixture(at).Select(part => (part.Point, part.Weight * share)),
            .. _below.Mixture(at).Select(part => (part.Point, part.Weight * (1 - share))),
        ];
        parts = [.. parts.Where(part => part.Weight > 0)];
        return new([.. parts.Select(part => part.Point)], [.. parts.Select(part => part.Weight)]);
    }

    void ThrowUnlessInside(ReadOnlySpan<double> x, ReadOnlySpan<double> gradient)
    {
        if (x.Length != Inputs || (!gradient.IsEmpty && gradient.Length != Inputs))
        {
            throw new ArgumentException($"There are {x.Length} inputs and room for {gradient.Length} slopes; allowed: {Inputs}.", nameof(x));
        }
        for (var i = 0; i < x.Length; i++)
        {
            if (!(x[i] >= _lower[i] && x[i] <= _upper[i]))
            {
                throw new ArgumentException($"Input {i} is {x[i]}; allowed: {_lower[i]} to {_upper[i]}, the box.", nameof(x));
            }
        }
    }

    static void ThrowUnlessFinite(double y)
    {
        if (!double.IsFinite(y))
        {
            throw new ArgumentException($"y is {y}; allowed: finite numbers.", nameof(y));
        }
    }
}
