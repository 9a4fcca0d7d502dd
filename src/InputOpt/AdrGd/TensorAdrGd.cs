using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// <see cref="AdrGd"/> on tensors of any dtype and device, for any network and region: the reference of <see cref="SpanAdrGd"/>.
///
/// Everything is per row: norms are clipped, maxima taken, timers kept and c updated for each start of each problem alone.
/// </summary>
/// <param name="options">See <see cref="AdrGdOptions"/>; its presets are the published settings.</param>
/// <param name="generator">Source of the perturbations, on the device of the problems; its state is the only state kept.</param>
/// <param name="clock">Measures <see cref="InputOptimum.Elapsed"/>; the system's if null.</param>
/// <param name="noise">Perturbations from elsewhere; drawn from the generator if null.</param>
sealed class TensorAdrGd(AdrGdOptions options, Generator generator, TimeProvider? clock = null, PerturbationNoise? noise = null)
    : IInputOptimizer
{
    readonly AdrGdOptions _options = options.Validated();

    /// <inheritdoc/>
    public InputOptimum Maximize(
        Objective objective, Tensor starts, Region region, bool trace = false, SearchLimits? limits = null) =>
        Search.Run(objective, starts, region, trace, limits, clock, search =>
        {
            using var state = new AdrGdState(_options, generator, search.Objective, search.X, search.Region, noise);
            // The run at the last iterate has no gradient yet.
            search.CountEvaluations(1);
            search.Take(state.Value, passes: 0);
            search.Iterate(_options.Iterations, t =>
            {
                var before = state.Runs;
                state.Step(t);
                search.Take(state.Value, state.Runs - before);
            });
        });
}

/// <summary>
/// The variables of Algorithm 1 and its iteration. Tensors with a name are updated in place and live in the scope that the
/// state was made in; everything else dies with the iteration.
/// </summary>
sealed class AdrGdState : IDisposable
{
    const double ActiveBelow = 0.5, PatternMin = 0.3, PatternMax = 0.7, FirstDistance = 0.01, GateShift = 1e-6;

    readonly AdrGdOptions _options;
    readonly Generator _generator;
    readonly PerturbationNoise? _noise;
    readonly Score _score;
    readonly Region _region;
    readonly RelaxedNetwork _network;
    readonly Tensor? _units;                   // of inputs, to be broadcast with x; null: 1
    readonly Tensor[] _lastPerturbed;          // per visible ReLU layer [rows], iteration

    /// <param name="options">See <see cref="AdrGdOptions"/>.</param>
    /// <param name="generator">Source of the perturbations.</param>
    /// <param name="objective">What to maximise.</param>
    /// <param name="x">The starts [rows×InputShape], inside the region; they are moved.</param>
    /// <param name="region">Where x may lie.</param>
    /// <param name="noise">Perturbations from elsewhere; drawn from the generator if null.</param>
    public AdrGdState(
        AdrGdOptions options, Generator generator, Objective objective, Tensor x, Region region, PerturbationNoise? noise = null)
    {
        _noise = noise;
        (_options, _generator, _score, _region, X) = (options, generator, objective.Score, region, x);
        _units = AdrGdUnits.Of(region, x, options.HalfWidth);
        _network = RelaxedNetwork.Of(objective.Network, _units);
        _network.MoveTo(x);
        Value = _score.Value(_network.Outputs).clone();
        Eta = [.. _network.Z.Select(PatternOf)];
        C = zeros_like(Value);
        Penalty = C + options.Penalty;
        _lastPerturbed = [.. _network.Z.Select(_ => zeros_like(C))];
    }

    /// <summary>x [rows×InputShape].</summary>
    public Tensor X { get; }

    /// <summary>o(f(x)) [rows].</summary>
    public Tensor Value { get; }

    /// <summary>η per visible ReLU layer [rows×…], in [0.3, 0.7]; below 0.5 means active.</summary>
    public Tensor[] Eta { get; }

    /// <summary>c [rows].</summary>
    public Tensor Penalty { get; }

    /// <summary>C [rows] at the iterate that the last iteration started from.</summary>
    public Tensor C { get; }

    /// <summary>Forward runs so far, through ReLUs or gates.</summary>
    public long Runs => _network.Runs;

    public void Dispose() => _network.Dispose();

    /// <summary>Iteration t of Algorithm 1.</summary>
    public void Step(int t)
    {
        using var scope = NewDisposeScope();

        // 1. η ← 0.5 − 0.01·sign(z) every k iterations.
        if (_options.ResetPatternEvery > 0 && (t + 1) % _options.ResetPatternEvery == 0)
        {
            for (var i = 0; i < Eta.Length; i++)
            {
                Eta[i].copy_(PatternOf(_network.Z[i]));
            }
        }

        // 2. g_x, g_ηⁱ and g_c = C of L(x, η, c).
        var (gx, gEta) = Gradients();

        // 3. x ← clip(x − lr·g_x), ‖g_x‖ ≤ 1.
        var move = AtMostUnit(gx) * _options.LearningRate;
        X.copy_(_region.Project(X - (_units is null ? move : move * _units)));

        // 4. c ← c − decay if C ≤ tol, else c + lr_c·C.
        if (_options.PenaltyLearningRate > 0 || _options.PenaltyDecay > 0)
        {
            var met = Penalty - _options.PenaltyDecay;
            var unmet = Penalty + (C * _options.PenaltyLearningRate);
            Penalty.copy_(where(C <= _options.PenaltyTolerance, met, unmet).clamp(_options.PenaltyMin, _options.PenaltyMax));
        }

        // 5. η ← clip(η − lr_η·g_η), ‖g_η‖ ≤ 1 for each layer, with noise where the layer is stuck.
        for (var i = 0; i < Eta.Length; i++)
        {
            var g = Perturbed(AtMostUnit(gEta[i]), i, t);
            Eta[i].copy_((Eta[i] - (g * _options.PatternLearningRate)).clamp(PatternMin, PatternMax));
        }

        // 6. The true objective, of which the best x is kept.
        _network.MoveTo(X);
        Value.copy_(_score.Value(_network.Outputs));
    }

    /// <summary>
    /// Gradients of L = −o(f̃(x, η)) + c·C(x, η) (eq. 8-10) on x in its units [rows×…] and on each ηⁱ [rows×…]; sets C.
    /// </summary>
    public (Tensor Gx, Tensor[] GEta) Gradients()
    {
        // a = 1 − q. In float32 a rounds to 1 where q(1 − q), the gate's slope, still has a tail.
        var q = Eta.Select(eta => ((eta - ActiveBelow + GateShift) * _options.Steepness).sigmoid()).ToArray();
        if (_options.FirstTerm == FirstTerm.Surrogate || _options.Normaliser.IsGated())
        {
            _network.SetGates([.. q.Select(qi => 1 - qi)]);
        }
        var (gx, gEta) = FirstTermGradients(q);
        var (onZ, onEta) = ConstraintGradients();
        if (_options.ConstraintOnInput)
        {
            gx = gx + _network.Gradient(null, onZ);
        }
        return (gx, _options.ConstraintOnPattern ? [.. gEta.Zip(onEta, (first, constraint) => first + constraint)] : gEta);
    }

    /// <summary>Gradients of −o(f̃) / scale on x and on each ηⁱ, the scale taken as constant.</summary>
    (Tensor Gx, Tensor[] GEta) FirstTermGradients(Tensor[] q)
    {
        var surrogate = _options.FirstTerm == FirstTerm.Surrogate;
        var onPattern = surrogate && _options.FirstTermOnPattern;

        var y = surrogate ? _network.RelaxedOutputs() : _network.Outputs;
        var onOutputs = _score.Gradient(y).neg();
        if (_options.FirstTermScale == FirstTermScale.Outputs)
        {
            // A masked output, −∞, is none of its length.
            var norm = NotZero(y.masked_fill(y.isfinite().logical_not(), 0).norm(1, keepdim: true));
            onOutputs = _score.Gradient(y / norm).neg() / norm;
        }
        var (gx, onGates) = surrogate
            ? _network.RelaxedGradient(onOutputs, onPattern)
            : (_network.Gradient(onOutputs, null), null);
        if (_options.FirstTermScale == FirstTermScale.InputGradient)
        {
            var norm = NotZero(gx.reshape(gx.shape[0], -1).norm(1));
            gx = gx / Rows.Column(norm, gx);
            onGates = onGates is null ? null : [.. onGates.Select(g => g / Rows.Column(norm, g))];
        }
        // ∂a/∂η = −α q(1 − q): the gate falls as η grows.
        return (gx, onGates is null
            ? [.. q.Select(qi => zeros_like(qi))]
            : [.. onGates.Zip(q, (g, qi) => g * (qi * (1 - qi)) * -_options.Steepness)]);
    }

    /// <summary>Sets C; c·∂C/∂zⁱ and c·∂C/∂ηⁱ of each layer.</summary>
    (Tensor[] OnZ, Tensor[] OnEta) ConstraintGradients()
    {
        // C = Σᵢ maxⱼ (tⁱⱼ)⁺(eⁱⱼ)⁺ + maxⱼ (−tⁱⱼ)⁺(−eⁱⱼ)⁺ with t = z/‖n‖ and e = η − 0.5: z of the true network, ‖n‖ constant
        // (eq. 9).
        var (onZ, onEta) = (new Tensor[Eta.Length], new Tensor[Eta.Length]);
        C.zero_();
        for (var i = 0; i < Eta.Length; i++)
        {
            var z = _network.Z[i];
            var e = Eta[i] - ActiveBelow;
            var norms = _options.Normaliser == Normaliser.None
                ? null
                : _network.NormalNorms(_options.Normaliser, i, e, _options.Violation == Violation.Max);
            var t = norms is null ? z : z / norms;
            var violation = (t * e).relu();
            var (chosen, sum) = _options.Violation == Violation.Sum ? All(violation) : Largest(violation, e);
            C.add_(sum);
            var c = Rows.Column(Penalty, z);
            onZ[i] = (norms is null ? c * e : c * e / norms) * chosen;
            onEta[i] = c * t * chosen;
        }
        return (onZ, onEta);
    }

    /// <summary>
    /// Adds noise to the η gradient of layer i in rows that are stuck and whose last noise is long enough ago.
    /// </summary>
    Tensor Perturbed(Tensor g, int i, int t)
    {
        var mayBe = _options.PerturbOnMultiples ? (t + 1) % _options.PerturbEvery == 0 : t >= _options.PerturbEvery;
        if (_options.PerturbNoise == 0 || !mayBe)
        {
            return g;
        }
        var due = g.reshape(g.shape[0], -1).norm(1) <= _options.PerturbThreshold;
        if (!_options.PerturbOnMultiples)
        {
            due = (_lastPerturbed[i] <= t - _options.PerturbEvery).logical_and(due);
        }
        if (!(bool)due.any())
        {
            return g;
        }
        _lastPerturbed[i].copy_(_lastPerturbed[i].masked_fill(due, t));
        var noise = _noise?.Invoke(t, i, g.shape) ?? randn(g.shape, dtype: g.dtype, device: g.device, generator: _generator);
        return where(Rows.Column(due, g), g + (noise * _options.PerturbNoise), g);
    }

    /// <summary>η = 0.5 − 0.01·sign(z): on x's pattern, a little away from the boundary.</summary>
    static Tensor PatternOf(Tensor z) => ActiveBelow - (z.sign() * FirstDistance);

    /// <summary>Each row g as g / max(‖g‖, 1).</summary>
    static Tensor AtMostUnit(Tensor g) => g / Rows.Norm(g).clamp(min: 1.0);

    /// <summary>A norm to divide by.</summary>
    static Tensor NotZero(Tensor norm) => norm.clamp(min: 1e-12);

    /// <summary>Marks all violated neurons; and their sum [rows].</summary>
    static (Tensor Chosen, Tensor Sum) All(Tensor violation) =>
        (violation.gt(0).to(violation.dtype), violation.reshape(violation.shape[0], -1).sum(1));

    /// <summary>
    /// Marks the largest violation with e &gt; 0 and the largest with e &lt; 0 of each row, if positive; and their sum [rows].
    /// </summary>
    static (Tensor Chosen, Tensor Sum) Largest(Tensor violation, Tensor e)
    {
        var (flat, side) = (violation.reshape(violation.shape[0], -1), e.reshape(e.shape[0], -1));
        var chosen = zeros_like(flat);
        var (above, aboveAt) = (flat * side.gt(0)).max(1, keepdim: true);
        var (below, belowAt) = (flat * side.lt(0)).max(1, keepdim: true);
        // Added, not written: where nothing is violated both point at the same neuron and add 0.
        chosen.scatter_(1, aboveAt, chosen.gather(1, aboveAt) + above.gt(0));
        chosen.scatter_(1, belowAt, chosen.gather(1, belowAt) + below.gt(0));
        return (chosen.reshape(violation.shape), (above + below).squeeze(1));
    }
}
