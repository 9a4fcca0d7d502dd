using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Bounds of the inputs: lower ≤ x ≤ upper, each [B×InputShape] (per problem), [1×InputShape] or [InputShape] (shared).
/// </summary>
public sealed record Box(Tensor Lower, Tensor Upper) : Region
{
    /// <summary>
    /// {x : |xⱼ − centreⱼ| ≤ radius} ∩ [low, high]ⁿ: the L∞ ball around each centre [B×…], cut to the valid range.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Radius negative or not a number, or low &gt; high.</exception>
    public static Box Ball(
        Tensor centers, double radius, double low = double.NegativeInfinity, double high = double.PositiveInfinity)
    {
        if (!(radius >= 0))
        {
            throw new ArgumentOutOfRangeException(nameof(radius), radius, "The radius of a ball must be ≥ 0.");
        }
        ThrowIfEmpty(low, high);
        return new((centers - radius).clamp(low, high), (centers + radius).clamp(low, high));
    }

    /// <summary>
    /// [low, high]ⁿ for every problem, with the inputs, dtype and device of <paramref name="like"/> [B×n] or [n].
    /// </summary>
    public static Box Between(double low, double high, Tensor like)
    {
        ThrowIfEmpty(low, high);
        var size = like.dim() > 1 ? like.shape[1..] : like.shape;
        return new(
            full(size, low, dtype: like.dtype, device: like.device),
            full(size, high, dtype: like.dtype, device: like.device));
    }

    /// <inheritdoc/>
    public override Tensor Scale(Tensor like)
    {
        var half = (Upper - Lower) / 2;
        return half.dim() == like.dim() ? half : half.unsqueeze(0);
    }

    /// <inheritdoc/>
    public override Tensor Project(Tensor x) => minimum(maximum(x, Lower), Upper);

    /// <inheritdoc/>
    public override Tensor Steepest(Tensor gradient) => gradient.sign();

    /// <inheritdoc/>
    public override Tensor Inward(Tensor x, Tensor gradient)
    {
        var outward = x.ge(Upper).logical_and(gradient.gt(0)).logical_or(x.le(Lower).logical_and(gradient.lt(0)));
        return gradient.masked_fill(outward, 0);
    }

    /// <inheritdoc/>
    public override Tensor Sample(Tensor like, Generator generator) =>
        Lower + (rand(like.shape, dtype: like.dtype, device: like.device, generator: generator) * (Upper - Lower));

    /// <inheritdoc/>
    public override Region Repeat(int inputDims, long starts) => starts == 1
        ? this
        : new Box(RepeatPerProblem(Lower, inputDims, starts), RepeatPerProblem(Upper, inputDims, starts));

    /// <inheritdoc/>
    public override void ThrowUnlessFits(long problems, IReadOnlyList<long> inputShape, ScalarType dtype)
    {
        using var scope = NewDisposeScope();
        ThrowUnlessBroadcasts("Box.Lower", Lower, problems, inputShape, dtype);
        ThrowUnlessBroadcasts("Box.Upper", Upper, problems, inputShape, dtype);
        Finite.ThrowUnlessAll("Box.Lower", Lower);
        Finite.ThrowUnlessAll("Box.Upper", Upper);
        var width = Upper - Lower;
        if (Finite.AnyNegative(width))
        {
            throw new ArgumentException(
                $"Box: a lower bound exceeds its upper bound (largest lower {Lower.max().ToDouble()}, " +
                $"smallest upper {Upper.min().ToDouble()}); lower ≤ upper is required for every input.");
        }
        if (!Finite.All(width))
        {
            throw new ArgumentException(
                $"Box: the width of an input is more than a {dtype} can hold (lower from {Lower.min().ToDouble()}, upper to {Upper.max().ToDouble()}).");
        }
    }
}
