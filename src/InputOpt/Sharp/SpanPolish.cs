using System.Numerics;
using System.Numerics.Tensors;

namespace RL.InputOpt;

/// <summary>
/// One row of SHARP on spans: its best point, and the state of Shor's r-algorithm as <see cref="SharpPolish"/> has it, with the metric B as a
/// matrix [n×n].
/// </summary>
sealed class SpanPolish<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly T _tiny = T.CreateChecked(1e-30);

    readonly SharpOptions _options;
    readonly T _shrinkage;                                  // 1/α − 1
    readonly T[] _x, _bestX, _bestG, _direction, _turnGradient, _change, _xi;
    readonly T[] _metric;                                   // B, row by row
    T _length;
    int _stepsSinceTurn, _age;

    /// <param name="options">See <see cref="SharpOptions"/>.</param>
    /// <param name="inputs">n.</param>
    /// <param name="polishes">Whether there will be a polish; its metric is large where inputs are many.</param>
    public SpanPolish(SharpOptions options, int inputs, bool polishes)
    {
        (_options, _shrinkage) = (options, T.CreateChecked((1 / options.Dilation) - 1));
        (_x, _bestX, _bestG, _direction) = (new T[inputs], new T[inputs], new T[inputs], new T[inputs]);
        (_turnGradient, _change, _xi, _metric) = (new T[inputs], new T[inputs], new T[inputs], polishes ? new T[inputs * inputs] : []);
    }

    /// <summary>The iterate [n].</summary>
    public ReadOnlySpan<T> X => _x;

    /// <summary>Best iterate so far [n].</summary>
    public ReadOnlySpan<T> BestX => _bestX;

    /// <summary>Objective there.</summary>
    public T BestValue { get; private set; }

    /// <summary>Number of the start that it began at.</summary>
    public int Start { get; private set; }

    /// <summary>Passes since then.</summary>
    public long Passes { get; set; }

    /// <summary>Forgets everything.</summary>
    public void Reset(int start) => (BestValue, Start, Passes) = (T.NegativeInfinity, start, 0);

    /// <summary>Keeps x and the gradient there if the value is the best so far.</summary>
    public void Take(T value, ReadOnlySpan<T> x, ReadOnlySpan<T> gradient)
    {
        if (value > BestValue)
        {
            BestValue = value;
            x.CopyTo(_bestX);
            gradient.CopyTo(_bestG);
        }
    }

    /// <summary>Begins at the best point with the gradient there.</summary>
    public void Begin(ReadOnlySpan<T> lower, ReadOnlySpan<T> upper)
    {
        _bestX.CopyTo(_x);
        _bestG.CopyTo(_turnGradient);
        MakeInward(_turnGradient, lower, upper);
        TensorPrimitives.Divide(_turnGradient, T.Max(Lanes.Norm<T>(_turnGradient), _tiny), _direction);
        _length = T.CreateChecked(_options.PolishStep);
        ResetMetric();
        _stepsSinceTurn = 0;
    }

    /// <summary>x ← P(x + h d), d in units of scale [n], as gradients are.</summary>
    public void Advance(ReadOnlySpan<T> lower, ReadOnlySpan<T> upper, ReadOnlySpan<T> scale)
    {
        for (var k = 0; k < _x.Length; k++)
        {
            _x[k] = Lanes.Clip(T.FusedMultiplyAdd(_direction[k] * scale[k], _length, _x[k]), lower[k], upper[k]);
        }
        _stepsSinceTurn++;
    }

    /// <summary>Turns if the gradient at x no longer goes up along d: B ← B (I + (1/α − 1) ξξᵀ), d ← B Bᵀg/‖Bᵀg‖.</summary>
    public void Turn(Span<T> gradient, ReadOnlySpan<T> lower, ReadOnlySpan<T> upper)
    {
        MakeInward(gradient, lower, upper);
        var turns = TensorPrimitives.Dot<T>(gradient, _direction) <= T.Zero;
        if (turns)
        {
            // ξ = Bᵀ(g − g_turn) / ‖·‖
            TensorPrimitives.Subtract(gradient, _turnGradient, _change);
            TransposedTimes(_change, _xi);
            TensorPrimitives.Divide(_xi, T.Max(Lanes.Norm<T>(_xi), _tiny), _xi);
        }
        if (_age == _options.Memory)
        {
            ResetMetric();
        }
        _age++;
        if (!turns)
        {
            if (_stepsSinceTurn >= 2)
            {
                _length *= T.CreateChecked(_options.Growth);
            }
            return;
        }
        if (_stepsSinceTurn == 1)
        {
            _length *= T.CreateChecked(_options.Shrinking);
        }
        Times(_xi, _change);
        for (var i = 0; i < _x.Length; i++)
        {
            var row = _metric.AsSpan(i * _x.Length, _x.Length);
            TensorPrimitives.MultiplyAdd(_xi, _change[i] * _shrinkage, row, row);
        }
        TransposedTimes(gradient, _change);
        TensorPrimitives.Divide(_change, T.Max(Lanes.Norm<T>(_change), _tiny), _change);
        Times(_change, _direction);
        gradient.CopyTo(_turnGradient);
        _stepsSinceTurn = 0;
    }

    void ResetMetric()
    {
        Array.Clear(_metric);
        for (var i = 0; i < _x.Length; i++)
        {
            _metric[(i * _x.Length) + i] = T.One;
        }
        _age = 0;
    }

    /// <summary>result ← B v</summary>
    void Times(ReadOnlySpan<T> v, Span<T> result)
    {
        for (var i = 0; i < v.Length; i++)
        {
            result[i] = TensorPrimitives.Dot(_metric.AsSpan(i * v.Length, v.Length), v);
        }
    }

    /// <summary>result ← Bᵀ v</summary>
    void TransposedTimes(ReadOnlySpan<T> v, Span<T> result)
    {
        result.Clear();
        for (var i = 0; i < v.Length; i++)
        {
            TensorPrimitives.MultiplyAdd(_metric.AsSpan(i * v.Length, v.Length), v[i], result, result);
        }
    }

    /// <summary>Drops what leads out of the box at x.</summary>
    void MakeInward(Span<T> gradient, ReadOnlySpan<T> lower, ReadOnlySpan<T> upper)
    {
        for (var k = 0; k < gradient.Length; k++)
        {
            if ((_x[k] >= upper[k] && gradient[k] > T.Zero) || (_x[k] <= lower[k] && gradient[k] < T.Zero))
            {
                gradient[k] = T.Zero;
            }
        }
    }
}
