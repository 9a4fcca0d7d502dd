using System.Numerics;
using System.Numerics.Tensors;
using TorchSharp;

namespace RL.InputOpt;

/// <summary><see cref="ProjectedGradient"/> on spans.</summary>
/// <param name="options">See <see cref="ProjectedGradientOptions"/>.</param>
/// <param name="generator">Source of the random numbers, on the CPU.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <param name="kernel">How the network is evaluated.</param>
sealed class SpanProjectedGradient(
    ProjectedGradientOptions options, torch.Generator generator, TimeProvider? clock = null, NetworkKernel kernel = NetworkKernel.Auto)
    : SpanOptimizer(generator, clock)
{
    readonly ProjectedGradientOptions _options = options.Validated();

    /// <inheritdoc/>
    protected override ISpanMethod<T> NewMethod<T>(ReluNetwork network, long given) => new SpanProjectedGradient<T>(_options, network, kernel);
}

/// <summary>
/// x ← P(x + step·direction(g)) on spans, from one start after the other: what <see cref="SpanProjectedGradient"/> runs.
/// Allocates nothing after construction.
/// </summary>
sealed class SpanProjectedGradient<T> : ISpanMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly T _tiny = T.CreateChecked(1e-30);

    readonly ProjectedGradientOptions _options;
    readonly NetworkPoint<T> _point;
    readonly T[] _x, _g, _velocity;

    public SpanProjectedGradient(ProjectedGradientOptions options, ReluNetwork network, NetworkKernel kernel)
    {
        _options = options;
        _point = NetworkPoint<T>.Of(new(network), kernel);
        (_x, _g, _velocity) = (new T[network.Inputs], new T[network.Inputs], new T[network.Inputs]);
        // Of every iterate with a gradient, and of the last one.
        Records = [.. Enumerable.Range(1, options.Steps).Append(options.Steps).Select(passes => (long)passes)];
    }

    /// <inheritdoc/>
    public PackedNetwork<T> Network => _point.Network;

    /// <inheritdoc/>
    public bool SearchesStartsTogether => false;

    /// <inheritdoc/>
    public int RandomStarts(long given) => _options.Restarts;

    /// <inheritdoc/>
    public IReadOnlyList<long> Records { get; }

    /// <inheritdoc/>
    public bool TryLoad(ReluNetwork network, long given) => _point.Network.TryLoad(network, out _);

    /// <inheritdoc/>
    public SpanCost Maximize(SpanProblem<T> problem)
    {
        problem.Starts.CopyTo(_x);
        Array.Clear(_velocity);
        _point.Start(problem.FirstBias, _x);
        var best = T.NegativeInfinity;
        var (t, stop) = (0, StopReason.Passes);
        while (true)
        {
            Record(t, problem, ref best);
            stop = problem.Stop(best);
            if (t == _options.Steps || stop != StopReason.Passes)
            {
                break;
            }
            _point.Backward(problem.Weights, null, _g);
            TensorPrimitives.Multiply(_g, problem.Scale, _g);
            Step(_options.Momentum > 0 ? Velocity() : _g, T.CreateChecked(_options.StepAt(t)), problem);
            _point.MoveTo(_x);
            t++;
        }
        if (!problem.Trace.IsEmpty)
        {
            problem.Trace[(t + 1)..].Fill(best);
        }
        return new(t, 1, stop);
    }

    void Record(int at, SpanProblem<T> problem, ref T best)
    {
        var value = TensorPrimitives.Dot(problem.Weights, _point.Outputs);
        if (value > best)
        {
            best = value;
            _x.CopyTo(problem.Best);
        }
        if (!problem.Trace.IsEmpty)
        {
            problem.Trace[at] = value;
        }
    }

    /// <summary>x ← P(x + step·direction(g)).</summary>
    void Step(ReadOnlySpan<T> g, T step, SpanProblem<T> problem)
    {
        // In a box the steepest direction is that of the signs: what leads out of it ends where it begins.
        var isSign = _options.Direction is StepDirection.Sign or StepDirection.Steepest;
        var length = _options.Direction switch
        {
            StepDirection.Sign or StepDirection.Steepest => T.One,
            StepDirection.Unit => T.Max(Lanes.Norm(g), _tiny),
            _ => T.Max(Lanes.Norm(g), T.One),
        };
        for (var k = 0; k < _x.Length; k++)
        {
            var direction = isSign ? Lanes.Sign(g[k]) : g[k] / length;
            _x[k] = Lanes.Clip(_x[k] + (direction * problem.Scale[k] * step), problem.Lower[k], problem.Upper[k]);
        }
    }

    /// <summary>v ← μ·v + g/‖g‖₁.</summary>
    ReadOnlySpan<T> Velocity()
    {
        var mean = T.Max(TensorPrimitives.SumOfMagnitudes<T>(_g), _tiny);
        for (var k = 0; k < _g.Length; k++)
        {
            _velocity[k] = (_velocity[k] * T.CreateChecked(_options.Momentum)) + (_g[k] / mean);
        }
        return _velocity;
    }
}
