using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>{x : ‖x − centre‖ ≤ radius} ∩ [low, high]ⁿ per problem, in the norm of those that derive from it, taken over the whole input.</summary>
public abstract record NormBall : Region
{
    /// <summary>Halvings of a bracket: down to the rounding of Float64 even where the solution is 1e-6 of the first bracket.</summary>
    private protected const int Halvings = 75;

    private protected NormBall(Tensor centers, double radius, double low, double high)
    {
        if (!(radius >= 0 && double.IsFinite(radius)))
        {
            throw new ArgumentOutOfRangeException(nameof(radius), radius, "The radius of a ball must be finite and ≥ 0.");
        }
        ThrowIfEmpty(low, high);
        (Centers, Radius, Low, High) = (centers, radius, low, high);
    }

    /// <summary>[B×InputShape], inside [low, high].</summary>
    public Tensor Centers { get; private protected init; }

    /// <summary>≥ 0 and finite, in input units.</summary>
    public double Radius { get; }

    /// <summary>Least value of an input.</summary>
    public double Low { get; }

    /// <summary>Largest value of an input.</summary>
    public double High { get; }

    /// <inheritdoc/>
    public override Tensor Scale(Tensor like) => Rows.Column(full(1, Radius, dtype: like.dtype, device: like.device), like);

    /// <inheritdoc/>
    public override Region Repeat(int inputDims, long starts) =>
        starts == 1 ? this : this with { Centers = RepeatPerProblem(Centers, inputDims, starts) };

    /// <inheritdoc/>
    public override void ThrowUnlessFits(long problems, IReadOnlyList<long> inputShape, ScalarType dtype) =>
        ThrowUnlessCenters($"{GetType().Name}.{nameof(Centers)}", Centers, Low, High, problems, inputShape, dtype);

    /// <summary>Norm of each row [rows×1×…] of x [rows×…].</summary>
    private protected abstract Tensor Norm(Tensor x);

    /// <summary>Whether ‖y − c‖ ≤ r in Float64 [rows×1×…].</summary>
    private protected Tensor IsInside(Tensor y) => Norm(y.to(ScalarType.Float64) - Centers.to(ScalarType.Float64)).le(Radius);
}
