using System.Numerics;

namespace RL.Certification;

/// <summary>A point of a segment: an end, or where z of a neuron on a piece is 0.</summary>
sealed class SegmentPoint
{
    readonly Func<BigInteger[]> _form;
    BigInteger[]? _exact;

    /// <param name="form">Slope and constant of a function that is 0 here, as whole numbers.</param>
    /// <param name="t">About; NaN: not known well enough.</param>
    /// <param name="error">Of it.</param>
    public SegmentPoint(Func<BigInteger[]> form, double t, double error)
    {
        (_form, T, Error) = (form, t, error);
        if (!(error <= 1e-11))
        {
            var (numerator, denominator) = Exact;
            (T, Error) = (SlicePoint.Ratio(numerator, denominator), 1e-15);
        }
    }

    public double T { get; }

    public double Error { get; }

    (BigInteger Numerator, BigInteger Denominator) Exact
    {
        get
        {
            _exact ??= _form();
            return _exact[0].Sign < 0 ? (_exact[1], -_exact[0]) : (-_exact[1], _exact[0]);
        }
    }

    /// <summary>The sign of a function here, without rounding.</summary>
    public int Sign(BigInteger[] form) => ((form[0] * Exact.Numerator) + (form[1] * Exact.Denominator)).Sign;

    public int CompareTo(SegmentPoint other) => Math.Abs(T - other.T) > 1.01 * (Error + other.Error)
        ? T.CompareTo(other.T)
        : (Exact.Numerator * other.Exact.Denominator).CompareTo(other.Exact.Numerator * Exact.Denominator);
}

/// <summary>Cuts a segment at the critical points of every neuron, layer after layer and piece after piece, as <see cref="SliceCutter"/> cuts a plane.</summary>
sealed class SegmentCutter
{
    const int Coefficients = 2;
    const double Unit = 1.0 / (1L << 53);
    const double Room = 1 + 1e-9;

    readonly PiecewiseNetwork _network;
    readonly Forms _inputs;
    readonly Lazy<ExactNetwork> _exact;
    readonly List<SegmentPiece> _pieces = [];
    readonly Action<int, double>? _found;
    readonly CancellationToken _stop;

    public SegmentCutter(PiecewiseNetwork network, double[] from, double[] to, Action<int, double>? found, CancellationToken stop)
    {
        (_network, _found, _stop) = (network, found, stop);
        // to − from is rounded; as whole numbers it is not.
        _inputs = Forms.Inputs([[.. from.Zip(to, (a, b) => b - a)], from], Unit);
        _exact = new(() => new(network, [.. from.Zip(to, (a, b) => new[] { a, b })], ends => [ends[1] - ends[0], ends[0]]));
    }

    public IReadOnlyList<SegmentPiece> Pieces => _pieces;

    public long ExactSigns { get; private set; }

    /// <summary>Whether there are more pieces.</summary>
    public bool IsStopped { get; private set; }

    public void Run()
    {
        var z = Forms.Bias(_network.Stages[0], Coefficients);
        for (var j = 0; j < _network.Inputs; j++)
        {
            z.Add(_network.Stages[0], j, _inputs, 1);
        }
        SegmentPoint End(int at) => new(() => [BigInteger.One, -at], at, 0);
        Descend(0, End(0), End(1), [], z, new(() => new(_exact.Value, null, null, 0)));
    }

    void Descend(int stage, SegmentPoint from, SegmentPoint to, bool[] pattern, Forms z, Lazy<ExactCell> exact)
    {
        if (_pieces.Count > 0 && _stop.IsCancellationRequested)
        {
            IsStopped = true;
            return;
        }
        if (stage == _network.Stages.Count - 1)
        {
            _pieces.Add(new(from.T, to.T, pattern, z));
            _found?.Invoke(_pieces.Count, to.T);
            return;
        }
        var following = _network.Stages[stage + 1];
        var next = Forms.Bias(following, Coefficients);
        if (_network.Stages[stage].Slope is not { } slope)
        {
            for (var j = 0; j < z.Count; j++)
            {
                next.Add(following, j, z, 1);
            }
            Descend(stage + 1, from, to, pattern, next, new(() => exact.Value.Next([])));
            return;
        }
        var (isActive, cuts) = Cuts(from, to, z, exact);
        var cutting = cuts.Select(cut => cut.Neuron).ToHashSet();
        for (var j = 0; j < z.Count; j++)
        {
            if (!cutting.Contains(j))
            {
                next.Add(following, j, z, isActive[j] ? 1 : slope);
            }
        }
        // Up to each cut, isActive of the neurons behind it is that before their zero.
        for (var i = 0; i <= cuts.Count;)
        {
            var end = i < cuts.Count ? cuts[i].Point : to;
            var active = isActive.ToArray();
            var own = cuts.Count == 0 ? next : next.Clone();
            foreach (var j in cutting)
            {
                own.Add(following, j, z, active[j] ? 1 : slope);
            }
            Descend(stage + 1, from, end, [.. pattern, .. active], own, new(() => exact.Value.Next(active)));
            from = end;
            do
            {
                if (i < cuts.Count)
                {
                    isActive[cuts[i].Neuron] ^= true;
                }
                i++;
            }
            while (i < cuts.Count && cuts[i].Point.CompareTo(end) == 0);
        }
    }

    /// <summary>Which neurons are active at the beginning, and in order where others begin or cease to be.</summary>
    (bool[] IsActive, List<(SegmentPoint Point, int Neuron)> Cuts) Cuts(SegmentPoint from, SegmentPoint to, Forms z, Lazy<ExactCell> exact)
    {
        var (isActive, cuts) = (new bool[z.Count], new List<(SegmentPoint Point, int Neuron)>());
        for (var k = 0; k < z.Count; k++)
        {
            var before = Sign(from, z, k, exact);
            var behind = Sign(to, z, k, exact);
            isActive[k] = before > 0 || (before == 0 && behind > 0);
            if (before * behind < 0)
            {
                var (row, slope) = (k, z.Coefficients[0][k]);
                var t = Math.Clamp(-z.Coefficients[1][k] / slope, from.T, to.T);
                var error = 1.01 * (z.Errors[k] + (4 * Unit * z.Magnitude(k))) / (Math.Abs(slope) - z.Errors[k]);
                cuts.Add((new(() => exact.Value.Form(row), t, error > 0 ? error + (4 * Unit) : double.NaN), k));
            }
        }
        cuts.Sort((a, b) => a.Point.CompareTo(b.Point) is var order && order != 0 ? order : a.Neuron.CompareTo(b.Neuron));
        return (isActive, cuts);
    }

    int Sign(SegmentPoint point, Forms z, int k, Lazy<ExactCell> exact)
    {
        var value = (z.Coefficients[0][k] * point.T) + z.Coefficients[1][k];
        var bound = (z.Errors[k] + (z.Magnitude(k) * ((4 * Unit) + point.Error))) * Room;
        if (Math.Abs(value) > bound)
        {
            return Math.Sign(value);
        }
        ExactSigns++;
        return point.Sign(exact.Value.Form(k));
    }
}
