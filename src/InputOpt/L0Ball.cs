using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The points of [low, high]ⁿ that differ from the centre in at most <see cref="Count"/> elements, per problem. It is not convex: optimisers
/// stay inside and never return less than the start, but what is known of their convergence does not hold.
/// </summary>
public sealed record L0Ball : Region
{
    /// <param name="centers">[B×InputShape], inside [low, high].</param>
    /// <param name="count">Elements that may differ, ≥ 0.</param>
    /// <param name="low">Least value of an input, finite.</param>
    /// <param name="high">Largest value of an input, finite.</param>
    /// <exception cref="ArgumentOutOfRangeException">A negative count, or not low ≤ high, both finite.</exception>
    public L0Ball(Tensor centers, int count, double low, double high)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ThrowIfEmpty(low, high);
        if (!double.IsFinite(low) || !double.IsFinite(high))
        {
            throw new ArgumentOutOfRangeException(nameof(low), $"The range is {low} to {high}; both must be finite.");
        }
        (Centers, Count, Low, High) = (centers, count, low, high);
    }

    public Tensor Centers { get; private init; }

    /// <summary>Elements that may differ from the centre's.</summary>
    public int Count { get; }

    public double Low { get; }

    public double High { get; }

    /// <inheritdoc/>
    public override Tensor Scale(Tensor like) => Rows.Column(full(1, (High - Low) / 2, dtype: like.dtype, device: like.device), like);

    /// <summary>
    /// The elements whose way back to the centre is the longest, (xⱼ − cⱼ)² − (xⱼ − clip(xⱼ))², are kept and cut to the range; the others
    /// are the centre's.
    /// </summary>
    public override Tensor Project(Tensor x)
    {
        using var scope = NewDisposeScope();
        var cut = x.clamp(Low, High);
        return Kept(cut, (x - Centers).square() - (x - cut).square()).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Steepest(Tensor gradient) => gradient.sign();

    /// <summary>
    /// The signs of the elements with the most to gain, as many as may differ: others may take the place of those that differ so far.
    /// </summary>
    public override Tensor Ascent(Tensor x, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var room = where(gradient.gt(0), High - x, x - Low);
        var worth = (gradient.abs() * room).reshape(x.shape[0], -1);
        var (_, largest) = worth.topk((int)Math.Min(Count, worth.shape[1]), 1);
        var chosen = zeros_like(worth).scatter(1, largest, ones_like(largest, dtype: x.dtype)).reshape(x.shape);
        return (gradient.sign() * chosen).MoveToOuterDisposeScope();
    }

    /// <summary>Without what leads past the range and, where as many elements differ as may, without the others.</summary>
    public override Tensor Inward(Tensor x, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var differs = x.ne(Centers);
        var isFull = Rows.Column(differs.reshape(x.shape[0], -1).sum(1), x).ge(Count);
        var outward = x.ge(High).logical_and(gradient.gt(0)).logical_or(x.le(Low).logical_and(gradient.lt(0)));
        return gradient.masked_fill(outward.logical_or(isFull.logical_and(differs.logical_not())), 0).MoveToOuterDisposeScope();
    }

    /// <summary>Uniform values in as many elements as may differ, which are drawn without preference.</summary>
    public override Tensor Sample(Tensor like, Generator generator)
    {
        using var scope = NewDisposeScope();
        var values = Low + (rand(like.shape, dtype: like.dtype, device: like.device, generator: generator) * (High - Low));
        var lots = rand(like.shape, dtype: like.dtype, device: like.device, generator: generator);
        return Kept(values.clamp(Low, High), lots).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Region Repeat(int inputDims, long starts) =>
        starts == 1 ? this : this with { Centers = RepeatPerProblem(Centers, inputDims, starts) };

    /// <inheritdoc/>
    public override void ThrowUnlessFits(long problems, IReadOnlyList<long> inputShape, ScalarType dtype) =>
        ThrowUnlessCenters("L0Ball.Centers", Centers, Low, High, problems, inputShape, dtype);

    /// <summary>The elements of x with the largest worth, as many as may differ; the centre's elsewhere.</summary>
    Tensor Kept(Tensor x, Tensor worth)
    {
        var flat = worth.reshape(x.shape[0], -1);
        var (_, largest) = flat.topk((int)Math.Min(Count, flat.shape[1]), 1);
        var isKept = zeros_like(flat, dtype: ScalarType.Bool).scatter(1, largest, ones_like(largest, dtype: ScalarType.Bool));
        return where(isKept.reshape(x.shape), x, Centers);
    }
}
