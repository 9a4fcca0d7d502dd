using TorchSharp;

namespace RL.InputOpt;

/// <summary>Bounds of the inputs: lower ≤ x ≤ upper, each [B×n] (per problem), [1×n] or [n] (shared by all problems).</summary>
public sealed record Box(torch.Tensor Lower, torch.Tensor Upper)
{
    /// <summary>
    /// {x : |xⱼ − centreⱼ| ≤ radius} ∩ [low, high]ⁿ: the L∞ ball around each centre [B×n], cut to the valid range.
    /// </summary>
    /// <exception cref="ArgumentOutOfRangeException">Radius negative or not a number, or low &gt; high.</exception>
    public static Box Ball(
        torch.Tensor centers, double radius, double low = double.NegativeInfinity, double high = double.PositiveInfinity)
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
    public static Box Between(double low, double high, torch.Tensor like)
    {
        ThrowIfEmpty(low, high);
        var size = new[] { like.shape[^1] };
        return new(
            torch.full(size, low, dtype: like.dtype, device: like.device),
            torch.full(size, high, dtype: like.dtype, device: like.device));
    }

    /// <summary>The point of the box nearest to x [B×n].</summary>
    public torch.Tensor Project(torch.Tensor x) => torch.minimum(torch.maximum(x, Lower), Upper);

    /// <summary>Checks that the bounds fit starts [B×n] and that no interval is empty.</summary>
    internal void ThrowUnlessFits(torch.Tensor starts)
    {
        using var scope = torch.NewDisposeScope();
        ThrowUnlessBroadcasts(nameof(Lower), Lower, starts);
        ThrowUnlessBroadcasts(nameof(Upper), Upper, starts);
        // Not (lower ≤ upper) rather than lower > upper: a bound that is not a number is empty too.
        if (!(bool)Lower.le(Upper).all())
        {
            throw new ArgumentException(
                $"Box: a lower bound exceeds its upper bound or is not a number (largest lower {Lower.max().ToDouble()}, " +
                $"smallest upper {Upper.min().ToDouble()}); lower ≤ upper is required for every input.", nameof(starts));
        }
    }

    static void ThrowUnlessBroadcasts(string name, torch.Tensor bound, torch.Tensor starts)
    {
        var (b, n) = (starts.shape[0], starts.shape[1]);
        var shape = bound.shape;
        var fits = shape.Length is 1 or 2 && shape[^1] == n && (shape.Length == 1 || shape[0] == 1 || shape[0] == b);
        if (!fits)
        {
            throw new ArgumentException(
                $"Box.{name} has shape {Text.Shape(bound)}; allowed for {b} problems of {n} inputs: " +
                $"[{b}×{n}], [1×{n}] or [{n}].");
        }
        if (bound.dtype != starts.dtype)
        {
            throw new ArgumentException($"Box.{name} is {bound.dtype} while the starts are {starts.dtype}; they must be equal.");
        }
    }

    static void ThrowIfEmpty(double low, double high)
    {
        if (!(low <= high))
        {
            throw new ArgumentOutOfRangeException(
                nameof(low), low, $"The lower bound must be ≤ the upper bound, which is {high}.");
        }
    }
}
