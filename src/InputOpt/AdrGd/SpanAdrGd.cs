using System.Numerics;
using System.Numerics.Tensors;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary><see cref="AdrGd"/> on spans.</summary>
/// <param name="options">See <see cref="AdrGdOptions"/>.</param>
/// <param name="generator">Source of the random numbers, on the CPU.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <param name="kernel">How the network is evaluated.</param>
/// <param name="noise">Perturbations from elsewhere; drawn from the generator if null.</param>
sealed class SpanAdrGd(
    AdrGdOptions options, torch.Generator generator, TimeProvider? clock = null, NetworkKernel kernel = NetworkKernel.Auto,
    PerturbationNoise? noise = null)
    : SpanOptimizer(generator, clock)
{
    readonly AdrGdOptions _options = options.Validated();

    /// <inheritdoc/>
    protected override ISpanMethod<T> NewMethod<T>(ReluNetwork network, long given) => new SpanAdrGd<T>(_options, Generator, network, kernel, noise);
}

/// <summary>
/// Algorithm 1 on spans, from one start after the other: what <see cref="SpanAdrGd"/> runs. Every form of
/// <see cref="AdrGdOptions"/>; the letters are those of docs/adr-gd.md. Allocates nothing after construction.
/// </summary>
sealed class SpanAdrGd<T> : ISpanMethod<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    static readonly T _leastNorm = T.CreateChecked(1e-12);      // to divide by where a norm is 0

    readonly AdrGdOptions _options;
    readonly Generator _generator;
    readonly NetworkPoint<T> _point;
    readonly SurrogateNetwork<T>? _surrogate;           // where the first term or the normaliser needs it
    readonly PatternLayer<T>[] _patterns;
    readonly AlignedArray<T>[] _eta, _onEta;            // η, g_η
    readonly SparseVector<T>[] _onZ;                    // c·∂C/∂z
    readonly T[] _x, _gx, _part, _seed;
    readonly SpanUnits<T> _units;
    readonly T[] _inUnits;                              // x in them
    readonly Tensor[] _noise;
    readonly PerturbationNoise? _noiseFromElsewhere;
    readonly int[] _lastPerturbed;
    readonly int _passesEach;                           // of an iteration
    T _penalty, _violation;                             // c, C

    public SpanAdrGd(
        AdrGdOptions options, Generator generator, ReluNetwork reluNetwork, NetworkKernel kernel, PerturbationNoise? noise = null)
    {
        _noiseFromElsewhere = noise;
        (_options, _generator) = (options, generator);
        var network = new PackedNetwork<T>(reluNetwork);
        _point = NetworkPoint<T>.Of(network, kernel);
        _surrogate = options.FirstTerm == FirstTerm.Surrogate || _options.Normaliser.IsGated()
            ? new(_point, options.Steepness, normals: _options.Normaliser.IsGated())
            : null;
        _patterns = [.. network.Units.Select(units => new PatternLayer<T>(units))];
        (_eta, _onEta) = ([.. _patterns.Select(layer => layer.Eta)], [.. _patterns.Select(layer => layer.Gradient)]);
        _onZ = _point.NewSparseVectors();
        (_x, _gx, _part) = (new T[network.Inputs], new T[network.Inputs], new T[network.Inputs]);
        _seed = new T[network.Outputs];
        var dtype = typeof(T) == typeof(float) ? float32 : float64;
        _noise = [.. network.Units.Select(units => zeros(units, dtype: dtype).DetachFromDisposeScope())];
        _lastPerturbed = new int[network.Hidden];
        _inUnits = new T[network.Inputs];
        _units = new(options, network, reluNetwork, _patterns);
        // The run at the last iterate is the next iteration's; with a surrogate there is one more.
        _passesEach = options.FirstTerm == FirstTerm.Surrogate ? 2 : 1;
        Records = [.. Enumerable.Range(1, options.Iterations).Select(t => (long)t * _passesEach)];
    }

    /// <inheritdoc/>
    public PackedNetwork<T> Network => _point.Network;

    /// <inheritdoc/>
    public bool SearchesStartsTogether => false;

    /// <inheritdoc/>
    public int RandomStarts(long given) => 0;

    /// <inheritdoc/>
    public IReadOnlyList<long> Records { get; }

    /// <inheritdoc/>
    public bool TryLoad(ReluNetwork network, long given)
    {
        var fits = _point.Network.TryLoad(network, out var changed);
        if (changed)
        {
            _units.TakeNorms(network);
        }
        return fits;
    }

    /// <inheritdoc/>
    public SpanCost Maximize(SpanProblem<T> problem)
    {
        Start(problem);
        var best = Value(problem);
        var (t, stop) = (0, problem.Stop(best));
        for (; t < _options.Iterations && stop == StopReason.Passes; t++)
        {
            Step(t, problem);

            // 6. Keep the best x by the true objective.
            var value = Value(problem);
            if (value > best)
            {
                best = value;
                _x.CopyTo(problem.Best);
            }
            if (!problem.Trace.IsEmpty)
            {
                problem.Trace[t] = value;
            }
            stop = problem.Stop(best);
        }
        if (!problem.Trace.IsEmpty)
        {
            problem.Trace[t..].Fill(best);
        }
        return new((long)t * _passesEach, 1, stop);
    }

    /// <summary>x, c, C and the layers' η, for tests.</summary>
    internal (T[] X, T Penalty, T Violation, IReadOnlyList<PatternLayer<T>> Patterns) State =>
        (_x, _penalty, _violation, _patterns);

    internal void Start(SpanProblem<T> problem)
    {
        problem.Starts.CopyTo(_x);
        _point.Start(problem.FirstBias, _x);
        _units.Set(problem.Scale);
        _surrogate?.Start(problem.FirstBias, _units.Widths);
        ResetPattern();
        (_penalty, _violation) = (T.CreateChecked(_options.Penalty), T.Zero);
        Array.Clear(_lastPerturbed);
    }

    /// <summary>Iteration t of Algorithm 1.</summary>
    internal void Step(int t, SpanProblem<T> problem)
    {
        // 1. η ← 0.5 − 0.01·sign(z) every k iterations.
        if (_options.ResetPatternEvery > 0 && (t + 1) % _options.ResetPatternEvery == 0)
        {
            ResetPattern();
        }

        // 2. g_x, g_η and g_c = C of L(x, η, c).
        Gradients(problem.Weights);

        // 3. x ← clip(x − lr·g_x), ‖g_x‖ ≤ 1.
        var length = T.Max(Lanes.Norm<T>(_gx), T.One);
        var rate = T.CreateChecked(_options.LearningRate);
        var units = _units.Widths;
        for (var k = 0; k < _x.Length; k++)
        {
            _x[k] = Lanes.Clip(_x[k] - (_gx[k] / length * rate * units[k]), problem.Lower[k], problem.Upper[k]);
        }

        // 4. c ← c − decay if C ≤ tol, else c + lr_c·C.
        if (_options.PenaltyLearningRate > 0 || _options.PenaltyDecay > 0)
        {
            _penalty += _violation <= T.CreateChecked(_options.PenaltyTolerance)
                ? -T.CreateChecked(_options.PenaltyDecay)
                : _violation * T.CreateChecked(_options.PenaltyLearningRate);
            _penalty = T.Clamp(_penalty, T.CreateChecked(_options.PenaltyMin), T.CreateChecked(_options.PenaltyMax));
        }

        // 5. η ← clip(η − lr_η·g_η, 0.3, 0.7), ‖g_η‖ ≤ 1 for each layer, with noise where the layer is stuck.
        for (var i = 0; i < _patterns.Length; i++)
        {
            var norm = _patterns[i].LimitGradient();
            Perturb(i, t, norm);
            _patterns[i].Step(T.CreateChecked(_options.PatternLearningRate));
        }
        _point.MoveTo(_x);
    }

    /// <summary>o(f(x)) at the last x.</summary>
    internal T Value(SpanProblem<T> problem) => TensorPrimitives.Dot(problem.Weights, _point.Outputs);

    void ResetPattern()
    {
        for (var i = 0; i < _patterns.Length; i++)
        {
            _patterns[i].Reset(_point.Z(i));
        }
    }

    /// <summary>Gradients of L = −o(f̃(x, η)) + c·C(x, η) on x in its units and on each η; sets C.</summary>
    void Gradients(ReadOnlySpan<T> weights)
    {
        _surrogate?.SetPattern(_eta);
        if (_options.FirstTerm == FirstTerm.Network && _options.FirstTermScale != FirstTermScale.InputGradient)
        {
            // Objective and constraint go down the same network: one pass serves both.
            ClearPatternGradients();
            SetSeed(weights, _options.FirstTermScale == FirstTermScale.Outputs ? T.Max(Lanes.Norm(_point.Outputs), _leastNorm) : T.One);
            var violated = AddConstraint() && _options.ConstraintOnInput;
            _point.Backward(_seed, violated ? _onZ : null, _gx);
            _units.Scale(_gx);
        }
        else
        {
            FirstTermGradients(weights);
            if (AddConstraint() && _options.ConstraintOnInput)
            {
                _point.Backward(default, _onZ, _part);
                _units.Scale(_part);
                TensorPrimitives.Add<T>(_gx, _part, _gx);
            }
        }
        foreach (var onZ in _onZ)
        {
            onZ.Clear();
        }
    }

    /// <summary>Gradients of −o(f̃) / scale, the scale taken as constant.</summary>
    void FirstTermGradients(ReadOnlySpan<T> weights)
    {
        var onPattern = _options.FirstTerm == FirstTerm.Surrogate && _options.FirstTermOnPattern;
        if (!onPattern)
        {
            ClearPatternGradients();
        }
        if (_options.FirstTerm == FirstTerm.Network)
        {
            SetSeed(weights, T.One);
            _point.Backward(_seed, null, _gx);
            _units.Scale(_gx);
            ScaleToUnit(onPattern);
            return;
        }
        if (onPattern || _options.FirstTermScale == FirstTermScale.Outputs)
        {
            TensorPrimitives.Divide<T>(_x, _units.Widths, _inUnits);
            _surrogate!.Evaluate(_units.IsFlat ? default : _inUnits);
        }
        // In float64 the scale is on the seed, as in the trajectories that are compared to the last bits.
        var scaleSeed = _options.FirstTermScale == FirstTermScale.InputGradient && _options.Normaliser.IsGated() && typeof(T) == typeof(double);
        SetSeed(weights, _options.FirstTermScale switch
        {
            FirstTermScale.Outputs => T.Max(_surrogate!.OutputNorm(), _leastNorm),
            FirstTermScale.InputGradient when scaleSeed => T.Max(_surrogate!.GradientNorm(weights), _leastNorm),
            _ => T.One,
        });
        _surrogate!.Backward(_seed, _gx, onPattern ? _onEta : null);
        _units.Scale(_gx);
        foreach (var pattern in onPattern ? _patterns : [])
        {
            pattern.GradientIsSet();
        }
        if (_options.FirstTermScale == FirstTermScale.InputGradient && !scaleSeed)
        {
            ScaleToUnit(onPattern);
        }
    }

    /// <summary>∂(−o/scale)/∂f = −w/scale.</summary>
    void SetSeed(ReadOnlySpan<T> weights, T scale)
    {
        var by = -T.One / scale;
        for (var k = 0; k < _seed.Length; k++)
        {
            _seed[k] = weights[k] * by;
        }
    }

    void ScaleToUnit(bool onPattern)
    {
        var by = T.One / T.Max(Lanes.Norm<T>(_gx), _leastNorm);
        TensorPrimitives.Multiply(_gx, by, _gx);
        for (var i = 0; onPattern && i < _patterns.Length; i++)
        {
            TensorPrimitives.Multiply(_onEta[i], by, _onEta[i]);
        }
    }

    void ClearPatternGradients()
    {
        foreach (var pattern in _patterns)
        {
            pattern.ClearGradient();
        }
    }

    /// <summary>Sets C, ∂C/∂z times c, and adds ∂C/∂η times c; false if nothing is violated.</summary>
    bool AddConstraint()
    {
        _violation = T.Zero;
        for (var i = 0; i < _patterns.Length; i++)
        {
            if (_options.Normaliser.IsGated())
            {
                var floored = _options.Normaliser == Normaliser.GatedFloored;
                _patterns[i].SetNorms(
                    _surrogate!.NormalNorms(i), floored ? _surrogate.Gates(i) : default, floored ? T.One : _leastNorm);
            }
            var onPattern = _options.ConstraintOnPattern;
            _violation += _options.Violation == Violation.Max
                ? _patterns[i].AddLargest(_point.Z(i), _penalty, onPattern, _onZ[i])
                : _patterns[i].AddAll(_point.Z(i), _penalty, onPattern, _onZ[i]);
        }
        return _violation > T.Zero;
    }

    void Perturb(int i, int t, T norm)
    {
        var isDue = _options.PerturbOnMultiples
            ? (t + 1) % _options.PerturbEvery == 0
            : t - _lastPerturbed[i] >= _options.PerturbEvery;
        if (_options.PerturbNoise > 0 && isDue
            && norm <= T.CreateChecked(_options.PerturbThreshold))
        {
            _lastPerturbed[i] = t;
            if (_noiseFromElsewhere is null)
            {
                _noise[i].normal_(0, 1, _generator);
            }
            else
            {
                using var numbers = _noiseFromElsewhere(t, i, [1, _noise[i].shape[0]]);
                using var row = numbers.reshape(-1);
                _noise[i].copy_(row);
            }
            _patterns[i].AddNoise(PackedNetwork<T>.Elements(_noise[i]), T.CreateChecked(_options.PerturbNoise));
        }
    }
}
