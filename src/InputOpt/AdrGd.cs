using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>
/// Activation-descent regularised gradient descent (Yu and Gao, ICML 2024): gradient steps on x together with steps on relaxed
/// activation variables η, tied to each other by a constraint C. The plain version, on tensors of any dtype and device, B
/// problems at once, gradients in closed form (docs/adr-gd.md): the reference of <see cref="FastAdrGd"/>.
///
/// Everything is per problem: norms are clipped, maxima taken, timers kept and c updated for each row of the batch alone.
/// </summary>
/// <param name="options">See <see cref="AdrGdOptions"/>; its presets are the published settings.</param>
/// <param name="generator">Source of the perturbations, on the device of the problems; its state is the only state kept.</param>
public sealed class AdrGd(AdrGdOptions options, Generator generator) : IInputOptimizer
{
    readonly AdrGdOptions _options = options.Validated();

    public InputOptimum Maximize(Objective objective, Tensor starts, Region region, bool trace = false)
    {
        var began = TimeProvider.System.GetTimestamp();
        objective.ThrowUnlessFits(starts, region);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();

        var state = new AdrGdState(_options, generator, objective, starts, region);
        var values = new List<Tensor>();
        for (var t = 0; t < _options.Iterations; t++)
        {
            state.Step(t);
            if (trace)
            {
                values.Add(state.Value.clone());
            }
        }
        return new(
            state.BestX.MoveToOuterDisposeScope(),
            state.BestValue.MoveToOuterDisposeScope(),
            state.StartValue.MoveToOuterDisposeScope(),
            GradientPasses: _options.Iterations,
            TimeProvider.System.GetElapsedTime(began),
            values.Count > 0
                ? new([.. Enumerable.Range(1, values.Count).Select(t => (long)t)], stack(values).MoveToOuterDisposeScope())
                : null);
    }
}

/// <summary>
/// The variables of Algorithm 1 and its iteration. Tensors with a name are updated in place and live in the scope that the
/// state was made in; everything else dies with the iteration.
/// </summary>
sealed class AdrGdState
{
    const double ActiveBelow = 0.5, PatternMin = 0.3, PatternMax = 0.7, FirstDistance = 0.01, GateShift = 1e-6;

    readonly AdrGdOptions _options;
    readonly Generator _generator;
    readonly Objective _objective;
    readonly Region _region;
    readonly ReluNetwork _network;
    readonly ReluLayer[] _layers;
    readonly Tensor[] _lastPerturbed;          // per hidden layer [B×1], iteration
    readonly bool _dual;

    public AdrGdState(AdrGdOptions options, Generator generator, Objective objective, Tensor starts, Region region)
    {
        (_options, _generator, _objective, _region) = (options, generator, objective, region);
        _network = (ReluNetwork)objective.Network;
        _layers = [.. _network.Layers];
        _dual = options.PenaltyLearningRate > 0 || options.PenaltyDecay > 0;

        X = region.Project(starts).clone();
        var (z, outputs) = _network.ForwardWithPreActivations(X);
        Z = z;
        Outputs = outputs;
        Value = objective.Score.Value(outputs).clone();
        (BestX, BestValue, StartValue) = (X.clone(), Value.clone(), Value.clone());
        Eta = [.. z.Select(PatternOf)];
        C = zeros_like(Value).unsqueeze(1);
        Penalty = C + options.Penalty;
        _lastPerturbed = [.. z.Select(_ => zeros_like(C))];
    }

    /// <summary>x [B×n].</summary>
    public Tensor X { get; }

    /// <summary>o(f(x)) [B].</summary>
    public Tensor Value { get; }

    /// <summary>η per hidden layer [B×nᵢ], in [0.3, 0.7]; below 0.5 means active.</summary>
    public Tensor[] Eta { get; }

    /// <summary>c [B×1].</summary>
    public Tensor Penalty { get; }

    /// <summary>C [B×1] at the iterate that the last iteration started from.</summary>
    public Tensor C { get; }

    public Tensor BestX { get; }
    public Tensor BestValue { get; }
    public Tensor StartValue { get; }

    /// <summary>zⁱ [B×nᵢ] and f [B×m] of the true network at x.</summary>
    Tensor[] Z { get; }
    Tensor Outputs { get; }

    /// <summary>Iteration t of Algorithm 1.</summary>
    public void Step(int t)
    {
        using var scope = NewDisposeScope();

        // 1. η ← 0.5 − 0.01·sign(z) every k iterations.
        if (_options.ResetPatternEvery > 0 && (t + 1) % _options.ResetPatternEvery == 0)
        {
            Set(Eta, [.. Z.Select(PatternOf)]);
        }

        // 2. g_x, g_ηⁱ and g_c = C of L(x, η, c).
        var (gx, gEta) = Gradients();

        // 3. x ← clip(x − lr·g_x), ‖g_x‖ ≤ 1.
        X.copy_(_region.Project(X - AtMostUnit(gx) * _options.LearningRate));

        // 4. c ← c − decay if C ≤ tol, else c + lr_c·C.
        if (_dual)
        {
            var met = Penalty - _options.PenaltyDecay;
            var unmet = Penalty + C * _options.PenaltyLearningRate;
            Penalty.copy_(where(C <= _options.PenaltyTolerance, met, unmet).clamp(_options.PenaltyMin, _options.PenaltyMax));
        }

        // 5. η ← clip(η − lr_η·g_η), ‖g_η‖ ≤ 1 for each layer, with noise where the layer is stuck.
        for (var i = 0; i < Eta.Length; i++)
        {
            var g = Perturbed(AtMostUnit(gEta[i]), i, t);
            Eta[i].copy_((Eta[i] - g * _options.PatternLearningRate).clamp(PatternMin, PatternMax));
        }

        // 6. Keep the best x by the true objective.
        var (z, outputs) = _network.ForwardWithPreActivations(X);
        Set(Z, z);
        Outputs.copy_(outputs);
        Value.copy_(_objective.Score.Value(outputs));
        var better = Value > BestValue;
        BestX.copy_(where(better.unsqueeze(1), X, BestX));
        BestValue.copy_(where(better, Value, BestValue));
    }

    /// <summary>Gradients of L = −o(f̃(x, η)) + c·C(x, η) (eq. 8-10) on x [B×n] and on each ηⁱ [B×nᵢ]; sets C.</summary>
    public (Tensor Gx, Tensor[] GEta) Gradients()
    {
        // q = 1 − a: in float32 a rounds to 1 where q(1 − q), the gate's slope, still has a tail.
        var q = Eta.Select(eta => ((eta - ActiveBelow + GateShift) * _options.Steepness).sigmoid()).ToArray();
        var (gx, gEta) = FirstTermGradients(q);
        AddConstraintGradients(q, gx, gEta);
        return (gx, gEta);
    }

    /// <summary>Gradients of −o(f̃) / scale on x [B×n] and on each ηⁱ [B×nᵢ], the scale taken as constant.</summary>
    (Tensor Gx, Tensor[] GEta) FirstTermGradients(Tensor[] q)
    {
        var surrogate = _options.FirstTerm == FirstTerm.Surrogate;

        // f̃: h̃ⁱ = aⁱ∘uⁱ, uⁱ = Wⁱ h̃ⁱ⁻¹ + bⁱ, aⁱ = 1 − sigmoid(α(ηⁱ − 0.5 + 1e-6)) (eq. 6, 7);
        // the network itself has a = 1[z > 0].
        var a = surrogate ? q.Select(qi => 1 - qi).ToArray() : [.. Z.Select(z => z.gt(0).to(z.dtype))];
        var u = Z;
        var y = Outputs;
        if (surrogate)
        {
            u = new Tensor[Z.Length];
            var h = X;
            for (var i = 0; i < u.Length; i++)
            {
                u[i] = _layers[i].Apply(h);
                h = a[i] * u[i];
            }
            y = _layers[^1].Apply(h);
        }

        // δ = ∂o/∂h̃ⁱ from the top: δᴸ⁻¹ = Wᴸᵀ ∂o/∂y, δⁱ⁻¹ = Wⁱᵀ(aⁱ∘δⁱ).
        Tensor top;
        if (_options.FirstTermScale == FirstTermScale.Outputs)
        {
            var norm = y.norm(1, keepdim: true);
            top = _objective.Score.Gradient(y / norm) / norm;
        }
        else
        {
            top = _objective.Score.Gradient(y);
        }
        var delta = top.matmul(_layers[^1].Weight);
        var gEta = new Tensor[u.Length];
        for (var i = u.Length - 1; i >= 0; i--)
        {
            // ∂(−o)/∂ηⁱ = δⁱ∘uⁱ∘α q(1 − q): the gate falls as η grows.
            gEta[i] = surrogate && _options.FirstTermOnPattern
                ? delta * u[i] * (q[i] * (1 - q[i])) * _options.Steepness
                : zeros_like(u[i]);
            delta = (a[i] * delta).matmul(_layers[i].Weight);
        }
        if (_options.FirstTermScale == FirstTermScale.InputGradient)
        {
            var norm = NotZero(delta.norm(1, keepdim: true));
            return (delta.neg() / norm, [.. gEta.Select(g => g / norm)]);
        }
        return (delta.neg(), gEta);
    }

    /// <summary>Sets C and adds c·∂C/∂x to g_x and c·∂C/∂ηⁱ to each g_ηⁱ.</summary>
    void AddConstraintGradients(Tensor[] q, Tensor gx, Tensor[] gEta)
    {
        // C = Σᵢ maxⱼ (tⁱⱼ)⁺(eⁱⱼ)⁺ + maxⱼ (−tⁱⱼ)⁺(−eⁱⱼ)⁺ with t = z/‖n‖ and e = η − 0.5: z of the true network, ‖n‖ constant
        // (eq. 9).
        var norms = NormalNorms(q);
        var onZ = new Tensor[Z.Length];
        C.zero_();
        for (var i = 0; i < Z.Length; i++)
        {
            var t = norms is null ? Z[i] : Z[i] / norms[i];
            var e = Eta[i] - ActiveBelow;
            var violation = (t * e).relu();
            var (chosen, sum) = _options.Violation == Violation.Sum ? All(violation) : Largest(violation, e);
            C.add_(sum);
            onZ[i] = (norms is null ? e : e / norms[i]) * chosen * Penalty;
            if (_options.ConstraintOnPattern)
            {
                gEta[i].add_(t * chosen * Penalty);
            }
        }
        if (!_options.ConstraintOnInput || Z.Length == 0)
        {
            return;
        }
        // From the top: r = ∂C/∂zⁱ + 1[zⁱ > 0]∘(what comes from above), handed on as Wⁱᵀ r.
        var incoming = onZ[^1].matmul(_layers[onZ.Length - 1].Weight);
        for (var i = onZ.Length - 2; i >= 0; i--)
        {
            incoming = (onZ[i] + Z[i].gt(0).to(incoming.dtype) * incoming).matmul(_layers[i].Weight);
        }
        gx.add_(incoming);
    }

    /// <summary>‖nⁱ‖ per hidden layer, [nᵢ] or [B×nᵢ] (eq. 10); null for all ones.</summary>
    Tensor[]? NormalNorms(Tensor[] q)
    {
        if (_options.Normaliser is Normaliser.None)
        {
            return null;
        }
        if (_options.Normaliser is Normaliser.Ungated)
        {
            return [.. _network.NormalNorms().Select(NotZero)];
        }
        var norms = new Tensor[Z.Length];
        var rows = _layers[0].Weight.unsqueeze(0);          // [B×nᵢ×n], B = 1 where no gate has entered
        for (var i = 0; i < norms.Length; i++)
        {
            var gate = 1 - q[i];
            rows = i == 0 ? rows : _layers[i].Weight.matmul(rows);
            norms[i] = _options.Normaliser is Normaliser.GatedFloored
                ? (rows.norm(2) * gate).clamp(min: 1.0)
                : NotZero(rows.norm(2));
            rows = gate.unsqueeze(2) * rows;
        }
        return norms;
    }

    /// <summary>
    /// Adds noise to the η gradient of hidden layer i for problems that are stuck and whose last noise is long enough ago.
    /// </summary>
    Tensor Perturbed(Tensor g, int i, int t)
    {
        if (_options.PerturbNoise == 0 || t < _options.PerturbEvery)
        {
            return g;
        }
        var stuck = g.norm(1, keepdim: true) <= _options.PerturbThreshold;
        var due = (_lastPerturbed[i] <= t - _options.PerturbEvery).logical_and(stuck);
        if (!(bool)due.any())
        {
            return g;
        }
        _lastPerturbed[i].copy_(_lastPerturbed[i].masked_fill(due, t));
        var noise = randn(g.shape, dtype: g.dtype, device: g.device, generator: _generator);
        return where(due, g + noise * _options.PerturbNoise, g);
    }

    /// <summary>η = 0.5 − 0.01·sign(z): on x's pattern, a little away from the boundary.</summary>
    static Tensor PatternOf(Tensor z) => ActiveBelow - z.sign() * FirstDistance;

    /// <summary>Each row g as g / max(‖g‖, 1).</summary>
    static Tensor AtMostUnit(Tensor g) => g / g.norm(1, keepdim: true).clamp(min: 1.0);

    /// <summary>A norm to divide by: a neuron cut off from all inputs has 0.</summary>
    static Tensor NotZero(Tensor norm) => norm.clamp(min: 1e-12);

    static (Tensor Chosen, Tensor Sum) All(Tensor violation) =>
        (violation.gt(0).to(violation.dtype), violation.sum(1, keepdim: true));

    /// <summary>
    /// Marks [B×nᵢ] the largest violation with e &gt; 0 and the largest with e &lt; 0 of each row, if positive; and their sum.
    /// </summary>
    static (Tensor Chosen, Tensor Sum) Largest(Tensor violation, Tensor e)
    {
        var chosen = zeros_like(violation);
        var (above, aboveAt) = (violation * e.gt(0).to(e.dtype)).max(1, keepdim: true);
        var (below, belowAt) = (violation * e.lt(0).to(e.dtype)).max(1, keepdim: true);
        // Added, not written: where nothing is violated both point at the same neuron and add 0.
        chosen.scatter_(1, aboveAt, chosen.gather(1, aboveAt) + above.gt(0).to(e.dtype));
        chosen.scatter_(1, belowAt, chosen.gather(1, belowAt) + below.gt(0).to(e.dtype));
        return (chosen, above + below);
    }

    static void Set(Tensor[] targets, Tensor[] values)
    {
        for (var i = 0; i < targets.Length; i++)
        {
            targets[i].copy_(values[i]);
        }
    }
}
