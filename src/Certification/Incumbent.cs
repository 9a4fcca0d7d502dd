using RL.InputOpt;

namespace RL.Certification;

/// <summary>The best input found so far, and the network's value there in float64.</summary>
sealed class Incumbent
{
    const int Steps = 60;
    const double FirstStep = 0.1;       // of half the box
    const double LastStep = 1e-6;

    readonly NetworkPoint<double> _point;
    readonly double[] _lower, _upper, _x, _gradient;

    public Incumbent(ScaledProblem problem)
    {
        _point = new DenseNetwork<double>(problem.Network);
        (_lower, _upper) = (problem.Lower, problem.Upper);
        (X, _x, _gradient) = (new double[_lower.Length], new double[_lower.Length], new double[_lower.Length]);
        for (var d = 0; d < X.Length; d++)
        {
            X[d] = (_lower[d] + _upper[d]) / 2;
        }
        _point.Start(problem.FirstBias, X);
        Value = _point.Outputs[0];
    }

    public double[] X { get; }

    public double Value { get; private set; }

    /// <summary>Takes a point [n] of the box if it is better, and from there goes uphill by falling sign steps.</summary>
    public void Offer(ReadOnlySpan<double> x)
    {
        if (!TakeIfBetter(x))
        {
            return;
        }
        X.CopyTo(_x, 0);
        var step = FirstStep;
        for (var t = 0; t < Steps; t++)
        {
            _point.Backward([1.0], null, _gradient);
            for (var d = 0; d < _x.Length; d++)
            {
                var move = step * Math.Sign(_gradient[d]) * (_upper[d] - _lower[d]) / 2;
                _x[d] = Math.Clamp(_x[d] + move, _lower[d], _upper[d]);
            }
            TakeIfBetter(_x);
            step *= Math.Pow(LastStep / FirstStep, 1.0 / (Steps - 1));
        }
    }

    bool TakeIfBetter(ReadOnlySpan<double> x)
    {
        _point.MoveTo(x);
        if (_point.Outputs[0] <= Value)
        {
            return false;
        }
        Value = _point.Outputs[0];
        x.CopyTo(X);
        return true;
    }
}
