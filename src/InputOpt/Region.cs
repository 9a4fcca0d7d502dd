using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Where inputs may lie: a closed set per problem, convex but for <see cref="L0Ball"/>. Points are rows [rows×InputShape]. Those here are
/// the usual ones; derive another from this.
/// </summary>
public abstract record Region
{
    /// <summary>The point of the region nearest to each x [rows×…].</summary>
    public abstract Tensor Project(Tensor x);

    /// <summary>
    /// The direction of steepest ascent for gradients [rows×…] in the region's own norm, in units of <see cref="Scale"/>: their signs for
    /// a box, unit vectors along them for a Euclidean ball. Nothing where the gradient is nothing.
    /// </summary>
    public abstract Tensor Steepest(Tensor gradient);

    /// <summary>
    /// The gradient at points x of the region, both [rows×…], without the part that leads straight out of it: nothing is left where no
    /// direction into the region goes up.
    /// </summary>
    public abstract Tensor Inward(Tensor x, Tensor gradient);

    /// <summary>
    /// Where a step from points x of the region goes that climbs by gradients, both [rows×…], in units of <see cref="Scale"/>: steepest in the
    /// region's norm among the directions that lead into it.
    /// </summary>
    public virtual Tensor Ascent(Tensor x, Tensor gradient)
    {
        using var inward = Inward(x, gradient);
        return Steepest(inward);
    }

    /// <summary>Random points of the region with the shape [rows×…] and dtype of <paramref name="like"/>.</summary>
    public abstract Tensor Sample(Tensor like, Generator generator);

    /// <summary>
    /// Half of the region's width per row and input, in a shape that is broadcast with <paramref name="like"/> [rows×…]: the units in which
    /// optimisers see inputs and measure their steps, so that it does not matter in which ones they are given.
    /// </summary>
    public abstract Tensor Scale(Tensor like);

    /// <summary>This region for B·S rows: the S starts of the first problem, then those of the second, ….</summary>
    /// <param name="inputDims">Dimensions of one input: what tells bounds per problem from shared ones.</param>
    /// <param name="starts">S.</param>
    public abstract Region Repeat(int inputDims, long starts);

    /// <summary>Checks that the region fits points [problems×InputShape] and is not empty.</summary>
    /// <exception cref="ArgumentException">It does not.</exception>
    public abstract void ThrowUnlessFits(long problems, IReadOnlyList<long> inputShape, ScalarType dtype);

    /// <summary>
    /// What a region has per problem [B×…], for B·S rows: each row S times in a row; what is shared, [1×…] or with
    /// <paramref name="inputDims"/> dimensions, as it is.
    /// </summary>
    protected static Tensor RepeatPerProblem(Tensor perProblem, int inputDims, long starts) => Rows.RepeatIfPerProblem(perProblem, inputDims, starts);

    /// <summary>Checks that a bound or centre is [B×…], [1×…] or [InputShape] of the right type.</summary>
    protected static void ThrowUnlessBroadcasts(
        string name, Tensor bound, long problems, IReadOnlyList<long> inputShape, ScalarType dtype)
    {
        if (bound is null)
        {
            throw new ArgumentException($"{name} is missing (null).");
        }
        var shape = bound.shape;
        var own = inputShape.Count;
        var fits = shape.Length >= own && shape.Length <= own + 1 && shape[^own..].SequenceEqual(inputShape)
            && (shape.Length == own || shape[0] == 1 || shape[0] == problems);
        if (!fits)
        {
            var input = string.Join('×', inputShape);
            throw new ArgumentException(
                $"{name} has shape {bound.ShapeText()}; allowed for {problems} problems with inputs [{input}]: " +
                $"[{problems}×{input}], [1×{input}] or [{input}].");
        }
        if (bound.dtype != dtype)
        {
            throw new ArgumentException($"{name} is {bound.dtype} while the starts are {dtype}; they must be equal.");
        }
    }

    /// <summary>Checks centres: their shape, that they are finite and inside the range.</summary>
    private protected static void ThrowUnlessCenters(
        string name, Tensor centers, double low, double high, long problems, IReadOnlyList<long> inputShape, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        ThrowUnlessBroadcasts(name, centers, problems, inputShape, dtype);
        Finite.ThrowUnlessAll(name, centers);
        if (!(bool)centers.ge(low).logical_and(centers.le(high)).all())
        {
            throw new ArgumentException(
                $"{name.Split('.')[0]}: centres run from {centers.min().ToDouble()} to {centers.max().ToDouble()}; allowed: {low} to {high}.");
        }
    }

    /// <summary>y [rows×…], as little nearer to an inner point as it takes where rounding has left the region.</summary>
    private protected static Tensor Inside(Tensor y, Tensor inner, Func<Tensor, Tensor> isInside, Func<Tensor, Tensor> cut)
    {
        var difference = y - inner;
        for (var less = Math.ScaleB(1, y.dtype == ScalarType.Float64 ? -53 : -24); less <= 1; less *= 2)
        {
            var fits = isInside(y);
            if ((bool)fits.all())
            {
                break;
            }
            difference = where(fits, difference, difference * (1 - less));
            y = where(fits, y, cut(inner + difference));
        }
        return y;
    }

    /// <summary>The bounds of a range, low ≤ high.</summary>
    private protected static void ThrowIfEmpty(double low, double high)
    {
        if (!(low <= high))
        {
            throw new ArgumentOutOfRangeException(
                nameof(low), low, $"The lower bound must be ≤ the upper bound, which is {high}.");
        }
    }
}
