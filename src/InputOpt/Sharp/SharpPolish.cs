using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// The polish of <see cref="Sharp"/>: Shor's r-algorithm inside a region, one pass per row and step. With B the metric
/// and g the gradient without what leads out of the region, a row goes along d = B Bᵀg/‖Bᵀg‖ as long as that goes up; where it no longer
/// does, space shrinks along the change of the gradient since d was chosen, and the row turns.
/// </summary>
sealed class SharpPolish
{
    readonly SharpOptions _options;
    readonly Search _search;
    readonly SpaceDilation _metric;
    Tensor _direction, _turnGradient;         // d, and g where it was chosen [rows×…]
    Tensor _length, _steps;                   // of a step; since d was chosen [rows×1×…]

    /// <summary>Begins at the rows' best points with the gradients there.</summary>
    public SharpPolish(SharpOptions options, Search search, Tensor bestGradient)
    {
        (_options, _search) = (options, search);
        _metric = new(options.Dilation, options.Memory, search.X);
        search.MoveTo(search.BestX);
        _turnGradient = search.Region.Inward(search.X, bestGradient).clone();
        _direction = _turnGradient / NotZero(Rows.Norm(_turnGradient));
        _length = zeros_like(Rows.Norm(search.X)) + options.PolishStep;
        _steps = zeros_like(_length);
    }

    public void Step()
    {
        // x ← P(x + h d)
        _search.MoveTo(_search.X + (_direction * _search.Scale * _length));
        var g = _search.Gradient();
        g = _search.Region.Inward(_search.X, g);
        _steps.add_(1);

        // h grows with every step after d's first that still goes up, and shrinks where not even the first did.
        var turns = Dot(g, _direction).le(0);
        var grows = turns.logical_not().logical_and(_steps.ge(2));
        var shrinks = turns.logical_and(_steps.eq(1));
        _length.copy_(where(grows, _length * _options.Growth, where(shrinks, _length * _options.Shrinking, _length)));

        // ξ = Bᵀ(g − g_turn) / ‖·‖, B ← B (I + (1/α − 1) ξξᵀ), d ← B Bᵀg/‖Bᵀg‖
        var change = _metric.TransposedTimes(g - _turnGradient);
        var xi = change / NotZero(Rows.Norm(change));
        _metric.Dilate(where(turns, xi, zeros_like(xi)));
        var dilated = _metric.TransposedTimes(g);
        var d = _metric.Times(dilated / NotZero(Rows.Norm(dilated)));
        _direction.copy_(where(turns, d, _direction));
        _turnGradient.copy_(where(turns, g, _turnGradient));
        _steps.copy_(where(turns, zeros_like(_steps), _steps));
    }

    /// <summary>Goes on with some of the rows.</summary>
    public void Keep(Tensor rows)
    {
        _metric.Keep(rows);
        (_direction, _turnGradient) = (_direction.index_select(0, rows), _turnGradient.index_select(0, rows));
        (_length, _steps) = (_length.index_select(0, rows), _steps.index_select(0, rows));
    }

    static Tensor Dot(Tensor a, Tensor b) => Rows.Column((a * b).reshape(a.shape[0], -1).sum(1), a);

    /// <summary>A norm to divide by.</summary>
    static Tensor NotZero(Tensor norm) => norm.clamp(min: 1e-30);
}
