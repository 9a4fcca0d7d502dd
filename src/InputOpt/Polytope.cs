using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// {x ∈ box : A x ≤ b}: actuators that share a budget, inputs that keep an order. "Nearest" is meant in units of half the box's widths, as steps are.
/// </summary>
public sealed record Polytope : Region
{
    const int Rounds = 50;            // Newton steps; a few are enough from steps of a search
    const double Rounding = 1e-13;    // up to which half-spaces hold, relative to what is summed
    const double Ridge = 1e-8;        // what the diagonal of the equations is larger by, relative

    /// <param name="box">Bounds of the inputs.</param>
    /// <param name="normals">A: [m×n] for all problems or [B×m×n], n the elements of an input.</param>
    /// <param name="limits">b: [m] or [B×m].</param>
    /// <param name="inner">
    /// A point of the polytope for each problem, [B×InputShape], [1×InputShape] or [InputShape]: the state that is perturbed, the action that is
    /// refined. Where rounding has left the polytope, a point is moved towards it.
    /// </param>
    public Polytope(Box box, Tensor normals, Tensor limits, Tensor inner) => (Box, Normals, Limits, Inner) = (box, normals, limits, inner);

    /// <summary>Bounds of the inputs.</summary>
    public Box Box { get; private init; }

    /// <summary>A: [m×n] or [B×m×n].</summary>
    public Tensor Normals { get; private init; }

    /// <summary>b: [m] or [B×m].</summary>
    public Tensor Limits { get; private init; }

    /// <summary>A point of the polytope for each problem.</summary>
    public Tensor Inner { get; private init; }

    /// <inheritdoc/>
    public override Tensor Scale(Tensor like) => Box.Scale(like);

    /// <summary>
    /// y(λ) = clip(x − S²Aᵀλ), S half the box's widths, with the multipliers λ ≥ 0 of the half-spaces. A point of the polytope stays as
    /// it is, and what is returned is in the box and has A y ≤ b in Float64. From many widths away, where λ may not be found in so many steps, it need
    /// not be the nearest point.
    /// </summary>
    public override Tensor Project(Tensor x)
    {
        using var scope = NewDisposeScope();
        var cut = Box.Project(x);
        var isInside = IsInside(cut);
        if ((bool)isInside.all())
        {
            return cut.MoveToOuterDisposeScope();
        }
        var (a, b) = HalfSpaces(x);
        var (point, scale) = (Flat(x), Flat(Scale(x)));
        var (weights, low, high) = (scale.square(), Flat(Box.Lower, x), Flat(Box.Upper, x));
        // From far away the half-spaces hold up to the rounding of the way; from the point found, up to that of the point.
        var nearest = Reduce(Reduce(point, a, weights, b, low, high), a, weights, b, low, high);
        return where(isInside, cut, Inside(Box.Project(nearest.to(x.dtype).reshape(x.shape)), Inner, IsInside, Box.Project)).MoveToOuterDisposeScope();
    }

    /// <summary>The gradient, its largest element 1.</summary>
    public override Tensor Steepest(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var largest = Rows.Column(gradient.abs().reshape(gradient.shape[0], -1).amax(1), gradient);
        return (gradient / largest.clamp(min: 1e-30)).MoveToOuterDisposeScope();
    }

    /// <summary>The direction nearest to the gradient among those that leave no face that x lies on.</summary>
    public override Tensor Inward(Tensor x, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        // On the face but for rounding.
        const double nearly = 1e-6;
        var (a, b) = HalfSpaces(x);
        var (point, scale, g) = (Flat(x), Flat(Scale(x)), Flat(gradient));
        var scaled = a * scale.unsqueeze(1);
        var isOnFace = Products(a, point).ge(b - (scaled.abs().sum(2) * nearly));
        var limits = where(isOnFace, 0.0, double.PositiveInfinity);
        var low = where((point - Flat(Box.Lower, x)).le(scale * nearly), 0.0, double.NegativeInfinity);
        var high = where((Flat(Box.Upper, x) - point).le(scale * nearly), 0.0, double.PositiveInfinity);
        return Reduce(g, scaled, ones_like(scale), limits, low, high).to(gradient.dtype).reshape(gradient.shape).MoveToOuterDisposeScope();
    }

    /// <summary>Uniform in the box, then moved to the nearest point.</summary>
    public override Tensor Sample(Tensor like, Generator generator)
    {
        using var inBox = Box.Sample(like, generator);
        return Project(inBox);
    }

    /// <inheritdoc/>
    public override Region Repeat(int inputDims, long starts) => starts == 1 ? this : new Polytope(
        (Box)Box.Repeat(inputDims, starts),
        RepeatPerProblem(Normals, 2, starts),
        RepeatPerProblem(Limits, 1, starts),
        RepeatPerProblem(Inner, inputDims, starts));

    /// <inheritdoc/>
    public override void ThrowUnlessFits(long problems, IReadOnlyList<long> inputShape, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        Box.ThrowUnlessFits(problems, inputShape, dtype);
        ThrowUnlessBroadcasts("Polytope.Inner", Inner, problems, inputShape, dtype);
        var size = inputShape.Aggregate(1L, (product, length) => product * length);
        ThrowUnlessBroadcasts("Polytope.Limits", Limits, problems, [Limits.shape[^1]], dtype);
        ThrowUnlessBroadcasts("Polytope.Normals", Normals, problems, [Limits.shape[^1], size], dtype);
        Finite.ThrowUnlessAll("Polytope.Inner", Inner);
        Finite.ThrowUnlessAll("Polytope.Limits", Limits);
        Finite.ThrowUnlessAll("Polytope.Normals", Normals);
        var points = Inner.dim() == inputShape.Count ? Inner.unsqueeze(0) : Inner;
        var all = points.expand([problems, .. inputShape]);
        if (!(bool)IsInside(all).all())
        {
            var (a, b) = HalfSpaces(all);
            var excess = (Products(a, Flat(all)) - b).amax().ToDouble();
            throw new ArgumentException(
                $"Polytope.Inner must be a point of the polytope for every problem: A x exceeds b by up to {excess:G6}, or it lies outside the box.");
        }
    }

    /// <summary>A [rows×m×n] or [1×m×n] and b [rows×m] or [1×m] in Float64.</summary>
    (Tensor A, Tensor B) HalfSpaces(Tensor x)
    {
        var (a, b) = (Normals.to(ScalarType.Float64), Limits.to(ScalarType.Float64));
        return (a.dim() == 2 ? a.unsqueeze(0) : a, (b.dim() == 1 ? b.unsqueeze(0) : b).expand(x.shape[0], -1));
    }

    /// <summary>A x of each row [rows×m].</summary>
    static Tensor Products(Tensor a, Tensor x) => (a * x.unsqueeze(1)).sum(2);

    /// <summary>[rows×…] as [rows×n] in Float64.</summary>
    static Tensor Flat(Tensor x) => x.to(ScalarType.Float64).reshape(x.shape[0], -1);

    /// <summary>A bound, shared or per row, as [rows×n] or [1×n] in Float64.</summary>
    static Tensor Flat(Tensor bound, Tensor like) => Flat(bound.dim() == like.dim() ? bound : bound.unsqueeze(0));

    /// <summary>Whether y lies in the box and A y ≤ b in Float64 [rows×1×…].</summary>
    Tensor IsInside(Tensor y)
    {
        var (a, b) = HalfSpaces(y);
        var isInBox = y.ge(Box.Lower).logical_and(y.le(Box.Upper)).reshape(y.shape[0], -1).all(1);
        return Rows.Column(isInBox.logical_and(Products(a, Flat(y)).le(b).all(1)), y);
    }

    /// <summary>
    /// The point nearest to v with low ≤ y ≤ high and a·y ≤ b, in units of √weights [rows×n]: clip(v − Σ λₖhₖ), hₖ = weights·aₖ, with λ ≥ 0, and
    /// aₖ·y = bₖ where λₖ &gt; 0. Newton steps of the dual problem find λ; they end once the right elements are at their bounds.
    /// </summary>
    static Tensor Reduce(Tensor v, Tensor a, Tensor weights, Tensor b, Tensor low, Tensor high)
    {
        var h = a * weights.unsqueeze(1);
        var multipliers = zeros([v.shape[0], a.shape[1]], dtype: v.dtype);
        var point = Clip(v, low, high);
        var isSettled = IsNearest(point, multipliers, v, a, h, b);
        for (var round = 0; round < Rounds && !(bool)isSettled.all(); round++)
        {
            multipliers = where(isSettled, multipliers, Newton(v, point, multipliers, a, h, b, low, high));
            point = Clip(v - Along(multipliers, h), low, high);
            isSettled = isSettled.logical_or(IsNearest(point, multipliers, v, a, h, b));
        }
        return point;
    }

    /// <summary>Σ λₖhₖ [rows×n].</summary>
    static Tensor Along(Tensor multipliers, Tensor h) => (multipliers.unsqueeze(2) * h).sum(1);

    /// <summary>Whether λ ≥ 0, A y ≤ b, and A y = b where λ &gt; 0, up to rounding [rows×1]: the conditions under which y is the nearest point.</summary>
    static Tensor IsNearest(Tensor y, Tensor multipliers, Tensor v, Tensor a, Tensor h, Tensor b)
    {
        var excess = Products(a, y) - b;
        var rounding = Products(a.abs(), v.abs() + Along(multipliers.abs(), h.abs())) * Rounding;
        var holds = excess.le(rounding).logical_and(multipliers.eq(0).logical_or(excess.ge(-rounding)));
        return holds.logical_and(multipliers.ge(0)).all(1).unsqueeze(1);
    }

    /// <summary>
    /// λ after a Newton step of the dual problem, as long as is best: the half-spaces in use, or violated, become equations for the elements that are
    /// not at a bound.
    /// </summary>
    static Tensor Newton(Tensor v, Tensor point, Tensor multipliers, Tensor a, Tensor h, Tensor b, Tensor low, Tensor high)
    {
        var isFree = point.gt(low).logical_and(point.lt(high));
        var excess = Products(a, point) - b;
        var isUsed = multipliers.gt(0).logical_or(excess.gt(0));
        var all = matmul(where(isFree.unsqueeze(1), a, 0.0), h.expand(v.shape[0], -1, -1).transpose(1, 2));
        Tensor step;
        while (true)
        {
            var pairs = where(isUsed.unsqueeze(2).logical_and(isUsed.unsqueeze(1)), all, 0.0);
            var diagonal = pairs.diagonal(dim1: 1, dim2: 2);
            // Half-spaces that say the same have no single solution: the diagonal is a little larger than it is.
            var matrix = pairs + diag_embed(where(diagonal.gt(0), diagonal * Ridge, 1.0));
            step = linalg.solve(matrix, where(isUsed, excess, 0.0).unsqueeze(2)).squeeze(2);
            // What is not in use cannot be used less.
            var isLess = step.lt(0).logical_and(multipliers.eq(0));
            if (!(bool)isLess.any())
            {
                break;
            }
            isUsed = isUsed.logical_and(isLess.logical_not());
        }
        var limits = where(isUsed, b, 0.0);
        // Along the step the dual problem has the form that it has for one half-space.
        var length = Least(v - Along(multipliers, h), Along(step, a), Along(step, h), (step * limits).sum(1, keepdim: true), low, high);
        var longest = where(step.lt(0), multipliers / -step, double.PositiveInfinity).amin([1], keepdim: true);
        return (multipliers + (step * minimum(length, longest))).clamp(min: 0);
    }

    /// <summary>
    /// The least λ ≥ 0 [rows×1] with a·clip(v − λh) ≤ b. The left side falls piecewise linearly: every element moves from the λ at which it comes inside
    /// its bounds to the one at which it meets the other.
    /// </summary>
    static Tensor Least(Tensor v, Tensor a, Tensor h, Tensor b, Tensor low, Tensor high)
    {
        var need = (a * Clip(v, low, high)).sum(1, keepdim: true) - b;
        var moves = h.ne(0);
        var divisor = where(moves, h, 1.0);
        // An element without a bound need go no further than through 0, where a half-space through 0 holds.
        var (one, other) = ((v - where(high.isinf(), 0.0, high)) / divisor, (v - where(low.isinf(), 0.0, low)) / divisor);
        var furthest = where(moves, maximum(one.abs(), other.abs()), 0.0).amax([1], keepdim: true);
        one = where(high.isinf(), where(h.gt(0), 0.0, furthest), one);
        other = where(low.isinf(), where(h.gt(0), furthest, 0.0), other);
        var (first, last) = (minimum(one, other).clamp(min: 0), maximum(one, other).clamp(min: 0));
        var slope = where(moves, a * h, 0.0).expand_as(first);

        var (at, order) = cat([first, last], 1).sort(1);
        var rate = cat([slope, -slope], 1).gather(1, order).cumsum(1);
        var pieces = at.shape[1] - 1;
        var fallen = cat([zeros_like(need), (rate.narrow(1, 0, pieces) * at.diff(dim: 1)).cumsum(1)], 1);
        // The first end of a piece where enough has fallen, and back along that piece.
        var end = fallen.lt(need).sum(1, keepdim: true).clamp(max: pieces);
        var along = rate.gather(1, (end - 1).clamp(min: 0));
        var excess = where(along.gt(0), (fallen.gather(1, end) - need) / along, 0.0);
        return where(need.gt(0), (at.gather(1, end) - excess).clamp(min: 0), 0.0);
    }

    static Tensor Clip(Tensor v, Tensor low, Tensor high) => minimum(maximum(v, low), high);
}
