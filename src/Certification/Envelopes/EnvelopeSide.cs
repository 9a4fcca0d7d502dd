namespace RL.Certification;

/// <summary>
/// The concave envelope of f(w·x + b) over a box, for f convex left of c and concave right of it, by the recursion of docs/relaxations.md: with the
/// inputs as shares 0 ≤ y ≤ 1 of the way from the corner where w·x is least, sorted from the largest down, every point is a mixture of corners of the
/// box, each with one more input at its far end, and of a last part over which the envelope is f itself or one secant.
/// </summary>
/// <remarks>Not thread-safe: it computes in buffers of its own.</remarks>
sealed class EnvelopeSide
{
    const int Iterations = 60;

    readonly MirroredFunction _f;
    readonly double[] _lower, _upper, _weight;      // of every input; the weight mirrored
    readonly int[] _inputs;                         // those that w·x depends on
    readonly double[] _near, _step, _rise;          // of these: nearest corner, way to the far end, what z rises by on it
    readonly double _least, _reach;                 // z at the near corner; no sum on the way to z exceeds it
    readonly double[] _y, _tail, _corner;           // shares, sorted; Σ of rises times shares from there on; f at corners
    readonly int[] _order;
    readonly double[] _ratio;

    public EnvelopeSide(MirroredFunction f, double[] weight, double bias, double[] lower, double[] upper)
    {
        (_f, _lower, _upper, _weight) = (f, lower, upper, weight);
        _inputs = [.. Enumerable.Range(0, weight.Length).Where(i => Math.Abs(weight[i]) * (upper[i] - lower[i]) > 0)];
        var m = _inputs.Length;
        (_near, _step, _rise) = (new double[m], new double[m], new double[m]);
        (_y, _tail, _corner, _order, _ratio) = (new double[m], new double[m + 1], new double[m + 1], new int[m], new double[m]);
        (_least, _reach) = (bias, Math.Abs(bias));
        for (var i = 0; i < weight.Length; i++)
        {
            var near = weight[i] > 0 ? lower[i] : upper[i];
            _least += weight[i] * near;
            _reach += Math.Abs(weight[i]) * (Math.Abs(near) + (upper[i] - lower[i]));
        }
        Greatest = _least;
        for (var k = 0; k < m; k++)
        {
            var i = _inputs[k];
            (_near[k], _step[k]) = weight[i] > 0 ? (lower[i], upper[i] - lower[i]) : (upper[i], lower[i] - upper[i]);
            _rise[k] = weight[i] * _step[k];
            Greatest += _rise[k];
        }
    }

    /// <summary>z at the far corner.</summary>
    public double Greatest { get; private set; }

    /// <summary>No sum on the way to z exceeds it.</summary>
    public double Reach => _reach;

    /// <summary>How many inputs are at their far ends in the last part: the corners before it are part of the mixture.</summary>
    int Corners { get; set; }

    /// <summary>Where the last part's secant ends, or NaN if the envelope is f itself there.</summary>
    double SecantEnd { get; set; }

    /// <summary>z over the last part, and where f has the slope of its plane if f is curved there.</summary>
    (double Z, double Touching) Last { get; set; }

    /// <summary>The envelope at x of the box, and a supergradient [inputs] if there is room for it.</summary>
    public double Evaluate(ReadOnlySpan<double> x, Span<double> gradient)
    {
        gradient.Clear();
        var m = _inputs.Length;
        if (m == 0)
        {
            (Corners, SecantEnd, Last) = (0, double.NaN, (_least, _least));
            return _f.Value(_least);
        }
        Sort(x);
        var (c, level, least, value, size, slope) = (_f.Inflection, 0, _least, 0.0, 1.0, 0.0);
        while (true)
        {
            _corner[level] = _f.Value(least);
            var z = least + (_tail[level] / size);
            if (least >= c || (z > c && Difference(z, least, _corner[level]) < 0))
            {
                (SecantEnd, Last, slope) = (double.NaN, (z, z), _f.Derivative(z));
                value += size * _f.Value(z);
                break;
            }
            // The mixture's far point has its largest share at 1; the secant may not end before it.
            var share = _y[level];
            var end = level == m - 1 || share == 0 ? Greatest : Math.Min(least + (_tail[level] / share), Greatest);
            if (level == m - 1 || share == 0 || (end >= c && Difference(end, least, _corner[level]) <= 0))
            {
                SecantEnd = Greatest <= c ? Greatest : Tie(Math.Max(c, Math.Min(z, end)), end, least, _corner[level]);
                Last = (z, SecantEnd);
                slope = SecantEnd > least ? (_f.Value(SecantEnd) - _corner[level]) / (SecantEnd - least) : _f.Derivative(least);
                value += (size * _corner[level]) + (slope * _tail[level]);
                break;
            }
            value += (size - share) * _corner[level];
            least += _rise[_order[level]];
            (size, level) = (share, level + 1);
        }
        Corners = level;
        if (!gradient.IsEmpty)
        {
            WriteGradient(least, slope, gradient);
        }
        return value;
    }

    /// <summary>
    /// The points of the graph's box that (x, envelope) is a mixture of, and their weights: those that are positive. For the x of the last call.
    /// </summary>
    public IEnumerable<(double[] Point, double Weight)> Mixture(double[] x)
    {
        var size = 1.0;
        for (var level = 0; level < Corners; level++)
        {
            if (size > _y[level])
            {
                yield return (Point(x, level, 0), size - _y[level]);
            }
            size = _y[level];
        }
        if (double.IsNaN(SecantEnd))
        {
            yield return (Point(x, Corners, 1 / size), size);
            yield break;
        }
        var least = _least;
        for (var level = 0; level < Corners; level++)
        {
            least += _rise[_order[level]];
        }
        // _tail is size·(z − least), so that this is size·λ.
        var share = SecantEnd > least ? Math.Min(_tail[Corners] / (SecantEnd - least), size) : 0;
        if (share < size)
        {
            yield return (Point(x, Corners, 0), size - share);
        }
        if (share > 0)
        {
            yield return (Point(x, Corners, 1 / share), share);
        }
    }

    /// <summary>
    /// A number that f(w·x + b) − g·x does not exceed in the box, whatever g is, all rounding included. For a fixed z the least g·x is found by
    /// moving inputs to their far ends in the order of what they give per unit of z; in between f is bounded by its ends where it is convex and
    /// by a tangent where it is concave.
    /// </summary>
    public double Offset(ReadOnlySpan<double> g)
    {
        var (m, fixedPart, magnitude) = (_inputs.Length, 0.0, 0.0);
        for (var i = 0; i < g.Length; i++)
        {
            var isMoving = _inputs.AsSpan().Contains(i);
            var at = isMoving ? (_weight[i] > 0 ? _lower[i] : _upper[i]) : (g[i] > 0 ? _lower[i] : _upper[i]);
            fixedPart -= g[i] * at;
            magnitude += Math.Abs(g[i] * at);
        }
        for (var k = 0; k < m; k++)
        {
            _ratio[k] = -g[_inputs[k]] * _step[k] / _rise[k];
            _order[k] = k;
        }
        _order.AsSpan().Sort((a, b) => _ratio[b].CompareTo(_ratio[a]));
        var (z, gained, most, steepest) = (_least, 0.0, _f.Up(_least), 0.0);
        for (var i = 0; i < m; i++)
        {
            var k = _order[i];
            var (ratio, end, gain) = (_ratio[k], z + _rise[k], -g[_inputs[k]] * _step[k]);
            if (z < 0 && end > 0 && _f.HasKink)
            {
                most = Math.Max(most, _f.Up(0) + gained - (ratio * z));
            }
            if (end > _f.Inflection)
            {
                most = Math.Max(most, gained + OverConcave(Math.Max(z, _f.Inflection), end, z, ratio, ref steepest));
            }
            (z, gained) = (end, gained + gain);
            most = Math.Max(most, _f.Up(z) + gained);
            magnitude += 2 * Math.Abs(gain);
        }
        var error = (Rounding.Unit((8 * m) + 64) * (magnitude + Math.Abs(most))) + (Rounding.Unit((4 * m) + 64) * _f.Lipschitz * _reach)
            + (_f.DerivativeError(steepest) * (Greatest - _least));
        return most + fixedPart + (error * (1 + 1e-9)) + Rounding.Underflow;
    }

    /// <summary>A bound of f(z) + ratio·(z − from) for first ≤ z ≤ last, where f is concave.</summary>
    double OverConcave(double first, double last, double from, double ratio, ref double steepest)
    {
        var (left, right) = (_f.Derivative(first), _f.Derivative(last));
        steepest = Math.Max(steepest, Math.Abs(left));
        if (left + ratio <= 0 || right + ratio >= 0)
        {
            return left + ratio <= 0 ? _f.Up(first) + (ratio * (first - from)) : _f.Up(last) + (ratio * (last - from));
        }
        var touching = Last.Touching;
        if (!(touching >= first && touching <= last && Math.Abs(_f.Derivative(touching) + ratio) <= 1e-14))
        {
            var (low, high) = (first, last);
            for (var i = 0; i < Iterations && low < high; i++)
            {
                touching = low + ((high - low) / 2);
                (low, high) = _f.Derivative(touching) + ratio > 0 ? (touching, high) : (low, touching);
            }
        }
        var (slope, value) = (_f.Derivative(touching), _f.Up(touching));
        double At(double z) => value + (slope * (z - touching)) + (ratio * (z - from));
        return Math.Max(At(first), At(last));
    }

    /// <summary>Shares of x in decreasing order, and their sums from the end.</summary>
    void Sort(ReadOnlySpan<double> x)
    {
        var m = _inputs.Length;
        for (var k = 0; k < m; k++)
        {
            _order[k] = k;
            _y[k] = -Math.Clamp((x[_inputs[k]] - _near[k]) / _step[k], 0, 1);
        }
        if (m <= 24)
        {
            for (var k = 1; k < m; k++)
            {
                var (y, own, j) = (_y[k], _order[k], k - 1);
                for (; j >= 0 && _y[j] > y; j--)
                {
                    (_y[j + 1], _order[j + 1]) = (_y[j], _order[j]);
                }
                (_y[j + 1], _order[j + 1]) = (y, own);
            }
        }
        else
        {
            Array.Sort(_y, _order);
        }
        _tail[m] = 0;
        for (var k = m - 1; k >= 0; k--)
        {
            _y[k] = -_y[k];
            _tail[k] = _tail[k + 1] + (_rise[_order[k]] * _y[k]);
        }
    }

    void WriteGradient(double least, double slope, Span<double> gradient)
    {
        for (var k = Corners; k < _order.Length; k++)
        {
            gradient[_inputs[_order[k]]] = slope * _weight[_inputs[_order[k]]];
        }
        // At the last part's corner its plane is f there, or the tangent.
        var next = double.IsNaN(SecantEnd) ? _f.Value(Last.Z) - (slope * (Last.Z - least)) : _corner[Corners];
        for (var k = Corners - 1; k >= 0; k--)
        {
            gradient[_inputs[_order[k]]] = (next - _corner[k]) / _step[_order[k]];
            next = _corner[k];
        }
    }

    /// <summary>The point with the first inputs in the order at their far ends and the others' shares times a factor.</summary>
    double[] Point(double[] x, int far, double factor)
    {
        // What z does not depend on stays as it is.
        var point = (double[])x.Clone();
        for (var k = 0; k < _order.Length; k++)
        {
            var (own, i) = (_order[k], _inputs[_order[k]]);
            var end = _weight[i] > 0 ? _upper[i] : _lower[i];
            var share = factor * _y[k];
            point[i] = k < far || share >= 1 ? end : Math.Clamp(_near[own] + (share * _step[own]), _lower[i], _upper[i]);
        }
        return point;
    }

    /// <summary>σ′(t)(t − ℓ) − (σ(t) − σ(ℓ)): falls with t right of c, and is 0 where the tangent passes through the corner.</summary>
    double Difference(double t, double least, double corner) => (_f.Derivative(t) * (t - least)) - (_f.Value(t) - corner);

    /// <summary>The point in [low, high] whose tangent passes through the corner, or the nearest to it.</summary>
    double Tie(double low, double high, double least, double corner)
    {
        if (low >= high || Difference(low, least, corner) <= 0)
        {
            return low;
        }
        if (Difference(high, least, corner) >= 0)
        {
            return high;
        }
        var t = low + ((high - low) / 2);
        for (var i = 0; i < Iterations; i++)
        {
            var difference = Difference(t, least, corner);
            (low, high) = difference > 0 ? (t, high) : (low, t);
            var next = t - (difference / (_f.SecondDerivative(t) * (t - least)));
            if (Math.Abs(next - t) <= 2e-16 * Math.Abs(t))
            {
                break;
            }
            t = next > low && next < high ? next : low + ((high - low) / 2);
        }
        return t;
    }
}
