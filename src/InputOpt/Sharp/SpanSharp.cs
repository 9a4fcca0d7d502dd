using System.Numerics;
using System.Numerics.Tensors;
using TorchSharp;

namespace RL.InputOpt;

/// <summary><see cref="Sharp"/> on spans.</summary>
/// <param name="options">See <see cref="SharpOptions"/>.</param>
/// <param name="generator">Source of the random numbers, on the CPU.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <param name="kernel">How the network is evaluated.</param>
sealed class SpanSharp(
    SharpOptions options, torch.Generator generator, TimeProvider? clock = null, NetworkKernel kernel = NetworkKernel.Auto)
    : SpanOptimizer(generator, clock)
{
    readonly SharpOptions _options = options.Checked();

    /// <inheritdoc/>
    protected override ISpanMethod<T> NewMethod<T>(ReluNetwork network, long given) => new SpanSharp<T>(_options, given, network, kernel);
}

/// <summary>
/// SHARP on spans, all starts of a problem together: what <see cref="SpanSharp"/> runs. The steps are those of <see cref="Sharp"/>, one row
/// after the other instead of all at once. Allocates nothing after construction.
/// </summary>
sealed class SpanSharp<T> : ISpanMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly T _tiny = T.CreateChecked(1e-30);

    readonly SharpOptions _options;
    readonly NetworkPoint<T> _point;
    readonly T[] _x, _g, _velocity;
    readonly T[] _steps;                            // of climbing, in units of half the box's width
    readonly SpanPolish<T>[] _rows;                 // all starts; the best come first once they are ranked
    readonly SpanWalk<T>? _walk;
    long _passes, _evaluations;
    StopReason _stop;

    public SpanSharp(SharpOptions options, long given, ReluNetwork network, NetworkKernel kernel)
    {
        var plan = PlanFor(options, network, given);
        (_options, Plan) = (options, plan);
        _point = NetworkPoint<T>.Of(new(network), kernel);
        var inputs = (int)network.Inputs;
        (_x, _g, _velocity) = (new T[inputs], new T[inputs], new T[inputs]);
        _rows = [.. Enumerable.Range(0, plan.Starts).Select(_ => new SpanPolish<T>(options, inputs, plan.Polish.Count > 0))];
        var steps = plan.Climb[0].Steps;
        var isWide = inputs > SharpPlan.FewInputs;
        _steps = [.. Enumerable.Range(0, steps).Select(t => T.CreateChecked(options.ClimbingStep(0, t, steps, isWide, isAffine: true)))];
        _walk = plan.Regions > 0 ? new SpanWalk<T>(_point.Network) : null;
        Records = plan.RecordedPasses();
    }

    public SharpPlan Plan { get; }

    /// <inheritdoc/>
    public PackedNetwork<T> Network => _point.Network;

    /// <inheritdoc/>
    public bool SearchesStartsTogether => true;

    /// <inheritdoc/>
    public int RandomStarts(long given) => (int)Math.Max(Plan.Starts - given, 0);

    /// <inheritdoc/>
    public IReadOnlyList<long> Records { get; }

    /// <inheritdoc/>
    public bool TryLoad(ReluNetwork network, long given) =>
        PlanFor(_options, network, given).Starts == Plan.Starts && _point.Network.TryLoad(network, out _);

    /// <inheritdoc/>
    public SpanCost Maximize(SpanProblem<T> problem)
    {
        problem.Trace.Fill(T.NegativeInfinity);
        (_passes, _evaluations, _stop) = (0, 0, StopReason.Passes);
        for (var row = 0; row < _rows.Length; row++)
        {
            _rows[row].Reset(row);
        }
        for (var row = 0; row < _rows.Length && _stop == StopReason.Passes; row++)
        {
            Climb(_rows[row], problem, problem.Starts.Slice(row * _x.Length, _x.Length), isFirst: row == 0);
        }
        var (kept, at, polishes) = (_rows.Length, _steps.Length, false);
        foreach (var (rows, steps) in Plan.Polish)
        {
            if (rows < kept)
            {
                Rank(kept, rows);
                kept = rows;
            }
            for (var row = 0; row < kept && _stop == StopReason.Passes; row++)
            {
                if (!polishes)
                {
                    _rows[row].Begin(problem.Lower, problem.Upper);
                }
                Polish(_rows[row], problem, at, steps);
            }
            (at, polishes) = (at + steps, true);
        }
        Rank(kept, 1);
        if (_stop != StopReason.Passes)
        {
            FillTrace(problem.Trace, _rows[0].BestValue);
        }
        else if (_walk is not null)
        {
            _rows[0].BestX.CopyTo(_x);
            _point.MoveTo(_x);
            var looked = _walk.Run(_point, problem, Plan.Regions, _x);
            _point.MoveTo(_x);
            _evaluations += 2 + (looked * (_x.Length + 1));
            _rows[0].Take(Value(problem, at), _x, _g);
        }
        else if (!problem.Trace.IsEmpty && polishes)
        {
            problem.Trace[at] = problem.Trace[at - 1];
        }
        _rows[0].BestX.CopyTo(problem.Best);
        var stop = _stop == StopReason.Passes ? problem.Stop(_rows[0].BestValue) : _stop;
        for (var row = 0; row < problem.Results.Length; row++)
        {
            var (value, isDropped) = (_rows[row].BestValue, row >= kept);
            problem.Results[_rows[row].Start] = new(
                double.CreateTruncating(value), _rows[row].Passes, isDropped ? StopReason.Dropped : stop);
        }
        return new(_passes, _evaluations, stop);
    }

    /// <summary>What has no value yet has the best.</summary>
    static void FillTrace(Span<T> trace, T best)
    {
        for (var i = 0; i < trace.Length; i++)
        {
            trace[i] = trace[i] == T.NegativeInfinity ? best : trace[i];
        }
    }

    static SharpPlan PlanFor(SharpOptions options, ReluNetwork network, long given) =>
        SharpPlan.For(options, network.Inputs, given, walks: true);

    /// <summary>v ← μ·v + g/‖g‖, x ← P(x + step·sign(v)).</summary>
    void Climb(SpanPolish<T> row, SpanProblem<T> problem, ReadOnlySpan<T> start, bool isFirst)
    {
        start.CopyTo(_x);
        Array.Clear(_velocity);
        var momentum = T.CreateChecked(_options.Momentum);
        for (var t = 0; t < _steps.Length; t++)
        {
            if (isFirst && t == 0)
            {
                _point.Start(problem.FirstBias, _x);
            }
            else
            {
                _point.MoveTo(_x);
            }
            TakeGradient(row, problem, t, _x);
            if (_stop != StopReason.Passes)
            {
                return;
            }
            var norm = T.Max(Lanes.Norm<T>(_g), _tiny);
            for (var k = 0; k < _x.Length; k++)
            {
                _velocity[k] = (_velocity[k] * momentum) + (_g[k] / norm);
                var step = Lanes.Sign(_velocity[k]) * problem.Scale[k] * _steps[t];
                _x[k] = Lanes.Clip(_x[k] + step, problem.Lower[k], problem.Upper[k]);
            }
        }
        if (Plan.Polish.Count == 0)
        {
            _point.MoveTo(_x);
            _evaluations++;
            row.Take(Value(problem, _steps.Length), _x, _g);
        }
    }

    void Polish(SpanPolish<T> row, SpanProblem<T> problem, int at, int steps)
    {
        for (var t = 0; t < steps && _stop == StopReason.Passes; t++)
        {
            row.Advance(problem.Lower, problem.Upper, problem.Scale);
            _point.MoveTo(row.X);
            TakeGradient(row, problem, at + t, row.X);
            row.Turn(_g, problem.Lower, problem.Upper);
        }
    }

    /// <summary>One pass at x, where the network's point is: g in units of half the box's width.</summary>
    void TakeGradient(SpanPolish<T> row, SpanProblem<T> problem, int record, ReadOnlySpan<T> x)
    {
        _point.Backward(problem.Weights, null, _g);
        TensorPrimitives.Multiply(_g, problem.Scale, _g);
        _passes++;
        row.Passes++;
        row.Take(Value(problem, record), x, _g);
        _stop = problem.Stop(row.BestValue);
    }

    T Value(SpanProblem<T> problem, int record)
    {
        var value = TensorPrimitives.Dot(problem.Weights, _point.Outputs);
        if (!problem.Trace.IsEmpty)
        {
            problem.Trace[record] = T.Max(problem.Trace[record], value);
        }
        return value;
    }

    /// <summary>Brings the best of the first rows to the front, the best first.</summary>
    void Rank(int among, int best)
    {
        for (var place = 0; place < best; place++)
        {
            var largest = place;
            for (var row = place + 1; row < among; row++)
            {
                if (_rows[row].BestValue > _rows[largest].BestValue)
                {
                    largest = row;
                }
            }
            (_rows[place], _rows[largest]) = (_rows[largest], _rows[place]);
        }
    }
}
