using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>{x : ‖x − centre‖₁ ≤ radius} ∩ [low, high]ⁿ per problem, the norm taken over the whole input.</summary>
public sealed record L1Ball : NormBall
{
    // The share of inputs that one step changes: along the largest element alone, which is the steepest, a search would take a step for each
    // input (Tramèr and Boneh, NeurIPS 2019).
    const int InputsPerStepped = 20;

    /// <param name="centers">[B×InputShape], inside [low, high].</param>
    /// <param name="radius">≥ 0 and finite: the sum of all changes, in input units.</param>
    /// <param name="low">Least value of an input.</param>
    /// <param name="high">Largest value of an input.</param>
    /// <exception cref="ArgumentOutOfRangeException">Radius negative, infinite or not a number, or low &gt; high.</exception>
    public L1Ball(
        Tensor centers, double radius, double low = double.NegativeInfinity, double high = double.PositiveInfinity)
        : base(centers, radius, low, high)
    {
    }

    /// <summary>
    /// The nearest point is y(λ) = clip(c + soft(x − c, λ)), soft(d, λ) = sign(d)·max(|d| − λ, 0), with the least λ ≥ 0 for which ‖y(λ) − c‖₁ ≤ r:
    /// the norm falls with λ. A point of the region stays as it is, and the norm of what is returned, taken in Float64, is not above r.
    /// </summary>
    public override Tensor Project(Tensor x)
    {
        using var scope = NewDisposeScope();
        var cut = x.clamp(Low, High);
        var difference = x - Centers;
        Tensor At(Tensor threshold) => (Centers + Soft(difference, threshold)).clamp(Low, High);
        var largest = Rows.Column(difference.abs().reshape(x.shape[0], -1).amax(1), x);
        var threshold = LeastThreshold(largest, at => Norm(At(at) - Centers).le(Radius));
        return where(IsInside(cut), cut, Inside(At(threshold))).MoveToOuterDisposeScope();
    }

    /// <summary>The signs of the largest twentieth of the elements, at least of one, with the norm 1.</summary>
    public override Tensor Steepest(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        var g = gradient.reshape(gradient.shape[0], -1);
        var count = Math.Max(1, g.shape[1] / InputsPerStepped);
        var (_, largest) = g.abs().topk((int)count, 1);
        var signs = zeros_like(g).scatter(1, largest, g.sign().gather(1, largest));
        return (signs / count).reshape(gradient.shape).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// On the sphere the gradient's projection onto the directions that do not lengthen x − c: v(λ) = g − λ·sign(x − c) where x ≠ c and
    /// soft(g, λ) where x = c, with the least λ ≥ 0 that does it; at an end of the range without what leads past it.
    /// </summary>
    public override Tensor Inward(Tensor x, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        // On the sphere but for rounding.
        const double nearly = 1 - 1e-6;
        var difference = x - Centers;
        var side = difference.sign();
        Tensor At(Tensor threshold)
        {
            var v = where(side.eq(0), Soft(gradient, threshold), gradient - (side * threshold));
            return v.masked_fill(x.ge(High).logical_and(v.gt(0)).logical_or(x.le(Low).logical_and(v.lt(0))), 0);
        }

        var largest = Rows.Column(gradient.abs().reshape(x.shape[0], -1).amax(1), x);
        var threshold = LeastThreshold(largest, at =>
        {
            var v = At(at);
            return Sum(where(side.eq(0), v.abs(), v * side)).le(0);
        });
        var onSphere = Norm(difference).ge(Radius * nearly);
        return At(where(onSphere, threshold, zeros_like(threshold))).MoveToOuterDisposeScope();
    }

    /// <summary>Uniform in the ball, then cut to the range.</summary>
    public override Tensor Sample(Tensor like, Generator generator)
    {
        using var scope = NewDisposeScope();
        var (rows, inputs) = (like.shape[0], like.numel() / like.shape[0]);
        // The first n of n + 1 exponential numbers, as shares of their sum, are uniform in the simplex.
        var numbers = (1 - rand([rows, inputs + 1], dtype: like.dtype, device: like.device, generator: generator)).log().neg();
        var shares = (numbers / numbers.sum(1, keepdim: true)).narrow(1, 0, inputs);
        var sides = (rand([rows, inputs], dtype: like.dtype, device: like.device, generator: generator) - 0.5).sign();
        return Project(Centers + ((shares * sides).reshape(like.shape) * Radius)).MoveToOuterDisposeScope();
    }

    /// <summary>The least λ in [0, largest] of each row for which something holds that holds from some λ on, and at the largest.</summary>
    static Tensor LeastThreshold(Tensor largest, Func<Tensor, Tensor> holds)
    {
        var (outside, inside) = (zeros_like(largest), largest);
        inside = where(holds(outside), outside, inside);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (inside + outside) / 2;
            var fits = holds(middle);
            inside = where(fits, middle, inside);
            outside = where(fits, outside, middle);
        }
        return inside;
    }

    static Tensor Soft(Tensor d, Tensor threshold) => d.sign() * (d.abs() - threshold).clamp(min: 0);

    static Tensor Sum(Tensor x) => Rows.Column(x.reshape(x.shape[0], -1).sum(1), x);

    private protected override Tensor Norm(Tensor x) => Sum(x.abs());

    Tensor Inside(Tensor y) => Inside(y, Centers, IsInside, point => point.clamp(Low, High));
}
