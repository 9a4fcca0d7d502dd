using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>{x : ‖x − centre‖₂ ≤ radius} ∩ [low, high]ⁿ per problem, the norm taken over the whole input.</summary>
public sealed record EuclideanBall : NormBall
{
    /// <param name="centers">[B×InputShape], inside [low, high].</param>
    /// <param name="radius">≥ 0 and finite, in input units.</param>
    /// <param name="low">Least value of an input.</param>
    /// <param name="high">Largest value of an input.</param>
    /// <exception cref="ArgumentOutOfRangeException">Radius negative, infinite or not a number, or low &gt; high.</exception>
    public EuclideanBall(
        Tensor centers, double radius, double low = double.NegativeInfinity, double high = double.PositiveInfinity)
        : base(centers, radius, low, high)
    {
    }

    /// <summary>
    /// The nearest point is y(s) = clip(c + s·(x − c)) with the largest s ≤ 1 for which ‖y(s) − c‖ ≤ r: the norm grows with s. A point of the
    /// region stays as it is, and rounding never leaves the ball: the norm of what is returned, taken in Float64, is not above r.
    /// </summary>
    public override Tensor Project(Tensor x)
    {
        using var scope = NewDisposeScope();
        var cut = x.clamp(Low, High);
        return where(IsInside(cut), cut, AlongRay(x - Centers)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public override Tensor Steepest(Tensor gradient) => gradient / Rows.Norm(gradient).clamp(min: 1e-30);

    /// <summary>On the sphere without the part along its normal, at an end of the range without what leads past it.</summary>
    public override Tensor Inward(Tensor x, Tensor gradient)
    {
        using var scope = NewDisposeScope();
        // On the sphere but for rounding.
        const double nearly = 1 - 1e-6;
        var normal = x - Centers;
        var norm = Rows.Norm(normal);
        normal = normal / norm.clamp(min: 1e-30);
        var along = Rows.Column((gradient * normal).reshape(gradient.shape[0], -1).sum(1), gradient);
        var onSphere = norm.ge(Radius * nearly).logical_and(along.gt(0));
        var left = where(onSphere, gradient - (normal * along), gradient);
        var outward = x.ge(High).logical_and(left.gt(0)).logical_or(x.le(Low).logical_and(left.lt(0)));
        return left.masked_fill(outward, 0).MoveToOuterDisposeScope();
    }

    /// <summary>Uniform in the ball, then cut to the range.</summary>
    public override Tensor Sample(Tensor like, Generator generator)
    {
        using var scope = NewDisposeScope();
        var inputs = like.numel() / like.shape[0];
        var direction = randn(like.shape, dtype: like.dtype, device: like.device, generator: generator);
        var share = rand(like.shape[0], dtype: like.dtype, device: like.device, generator: generator).pow(1.0 / inputs);
        var point = Centers + (direction / Rows.Norm(direction).clamp(min: 1e-30) * Rows.Column(share, like) * Radius);
        return Project(point).MoveToOuterDisposeScope();
    }

    /// <summary>y(s) = clip(c + s·d) for the largest s ≤ 1 with ‖y(s) − c‖ ≤ r.</summary>
    Tensor AlongRay(Tensor d)
    {
        Tensor At(Tensor s) => (Centers + (d * s)).clamp(Low, High);

        var norm = Rows.Norm(d);
        if (double.IsNegativeInfinity(Low) && double.IsPositiveInfinity(High))
        {
            return Inside(At, (Radius / norm.clamp(min: 1e-30)).clamp(max: 1.0));
        }
        var inside = zeros_like(norm);
        var outside = ones_like(norm);
        inside = where(Rows.Norm(At(outside) - Centers) <= Radius, outside, inside);
        for (var i = 0; i < Halvings; i++)
        {
            var middle = (inside + outside) / 2;
            var fits = Rows.Norm(At(middle) - Centers) <= Radius;
            inside = where(fits, middle, inside);
            outside = where(fits, outside, middle);
        }
        return Inside(At, inside);
    }

    /// <summary>y(s), s smaller by as little as it takes where rounding has left the ball: y(0) is the centre.</summary>
    Tensor Inside(Func<Tensor, Tensor> at, Tensor s)
    {
        var y = at(s);
        for (var less = Math.ScaleB(1, s.dtype == ScalarType.Float64 ? -53 : -24); less <= 1; less *= 2)
        {
            var isInside = IsInside(y);
            if ((bool)isInside.all())
            {
                break;
            }
            s = where(isInside, s, s * (1 - less));
            y = at(s);
        }
        return y;
    }

    private protected override Tensor Norm(Tensor x) => Rows.Norm(x);
}
