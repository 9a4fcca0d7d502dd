using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.InputOpt;

/// <summary>
/// <see cref="AdrGd"/> for the form that refines actions, where it runs at every step of training: the first term is the
/// network itself, unscaled, and the normaliser is constant. Then η's gradient has at most two entries a layer, and
/// <see cref="IncrementalNetwork{T}"/> makes an iteration cost microseconds. Networks n → n₁ → n₂ → 1, float32, CPU. Problems are
/// solved one after the other; one at a time they follow <see cref="AdrGd"/> up to rounding, noise included.
/// </summary>
public sealed class FastAdrGd : IInputOptimizer
{
    readonly AdrGdOptions _options;
    readonly Generator _generator;
    Workspace? _workspace;              // of the last network: packed once per ReluNetwork instance

    /// <param name="options">With FirstTerm Network, FirstTermScale None, Normaliser Ungated or None, and Violation Max.</param>
    /// <param name="generator">Source of the perturbations; its state is the only state kept.</param>
    /// <exception cref="ArgumentException">Options that only the plain version serves.</exception>
    public FastAdrGd(AdrGdOptions options, Generator generator)
    {
        (_options, _generator) = (options.Validated(), generator);
        if (!Supports(options))
        {
            throw new ArgumentException(
                $"FastAdrGd does not serve FirstTerm {options.FirstTerm}, FirstTermScale {options.FirstTermScale}, Normaliser " +
                $"{options.Normaliser}, Violation {options.Violation}; allowed: Network, None, Ungated or None, Max. Use AdrGd.",
                nameof(options));
        }
    }

    /// <summary>Whether this version serves these options.</summary>
    public static bool Supports(AdrGdOptions options) => options is
    {
        FirstTerm: FirstTerm.Network,
        FirstTermScale: FirstTermScale.None,
        Normaliser: Normaliser.Ungated or Normaliser.None,
        Violation: Violation.Max,
    };

    /// <summary>
    /// Whether this version serves this objective: a network n → n₁ → n₂ → 1 in float32 on the CPU, and its output as score.
    /// </summary>
    public static bool Supports(Objective objective) =>
        objective.Score == Score.Output() && objective.Network is ReluNetwork network && PackedNetwork<float>.Supports(network)
        && network.Layers.Count == 3 && network.Outputs == 1;

    public InputOptimum Maximize(Objective objective, Tensor starts, Region region, bool trace = false)
    {
        var began = TimeProvider.System.GetTimestamp();
        objective.ThrowUnlessFits(starts, region);
        var box = (Box)region;
        if (!Supports(objective))
        {
            throw new ArgumentException(
                "FastAdrGd serves the output of a network n → n₁ → n₂ → 1 in Float32 on the CPU; use AdrGd for others.",
                nameof(objective));
        }
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var network = (ReluNetwork)objective.Network;
        if (_workspace is null || !_workspace.TryLoad(network))
        {
            _workspace = new(_options, network);
        }
        var (b, n) = ((int)starts.shape[0], (int)starts.shape[1]);
        var first = box.Project(starts).contiguous();
        var best = first.clone();
        var firstBias = (zeros(b, 1, dtype: float32) + network.Layers[0].Bias).contiguous();
        var lower = (zeros_like(starts) + box.Lower).contiguous();
        var upper = (zeros_like(starts) + box.Upper).contiguous();
        var values = trace ? new float[_options.Iterations * b] : [];
        for (var i = 0; i < b; i++)
        {
            _workspace.Maximize(
                Row(firstBias, i), Row(lower, i), Row(upper, i), Row(best, i), _generator, trace ? values.AsSpan(i) : [], b);
        }

        // By the network itself: rounding in the incremental form must not make a result worse than the start.
        var startValue = objective.Value(first);
        var bestValue = objective.Value(best);
        var better = bestValue > startValue;
        return new(
            where(better.unsqueeze(1), best, first).MoveToOuterDisposeScope(),
            where(better, bestValue, startValue).MoveToOuterDisposeScope(),
            startValue.clone().MoveToOuterDisposeScope(),
            GradientPasses: _options.Iterations,
            TimeProvider.System.GetElapsedTime(began),
            trace && values.Length > 0
                ? new(
                    [.. Enumerable.Range(1, _options.Iterations).Select(t => (long)t)],
                    tensor(values, [_options.Iterations, b]).MoveToOuterDisposeScope())
                : null);
    }

    static Span<float> Row(Tensor matrix, int row)
    {
        var columns = (int)matrix.shape[1];
        return MemoryMarshal.Cast<byte, float>(matrix.bytes).Slice(row * columns, columns);
    }

    /// <summary>The packed network and the variables of one problem.</summary>
    sealed class Workspace
    {
        const int Layers = 2;

        readonly AdrGdOptions _options;
        readonly IncrementalNetwork<float> _network;
        static readonly float[] _one = [1];
        ReluNetwork _loaded;
        readonly float[][] _inverseNorms;       // 1/‖nⁱⱼ‖
        readonly float[][] _eta;
        readonly Tensor[] _noise;
        readonly int[] _lastPerturbed = new int[Layers];
        readonly float[] _x, _gradient;

        public Workspace(AdrGdOptions options, ReluNetwork network)
        {
            (_options, _loaded, _network) = (options, network.Full, new(new(network)));
            _inverseNorms = [new float[_network.Z(0).Length], new float[_network.Z(1).Length]];
            _eta = [new float[_network.Z(0).Length], new float[_network.Z(1).Length]];
            _noise = [.. _network.Network.Units.Select(units => zeros(units, dtype: float32).DetachFromDisposeScope())];
            (_x, _gradient) = (new float[network.Inputs], new float[network.Inputs]);
            LoadNorms(network);
        }

        /// <summary>
        /// Makes this the workspace of a network, if the sizes allow; nothing to do for the same one with other inputs fixed.
        /// </summary>
        public bool TryLoad(ReluNetwork network)
        {
            if (!_network.Network.TryLoad(network))
            {
                return false;
            }
            if (!ReferenceEquals(_loaded, network.Full))
            {
                LoadNorms(network);
                _loaded = network.Full;
            }
            return true;
        }

        /// <summary>Algorithm 1 on one problem. In: the start in <paramref name="best"/>; out: the best x.</summary>
        public void Maximize(
            ReadOnlySpan<float> firstBias, ReadOnlySpan<float> lower, ReadOnlySpan<float> upper, Span<float> best,
            Generator generator, Span<float> trace, int traceStride)
        {
            best.CopyTo(_x);
            Array.Clear(_lastPerturbed);
            Span<Worst> worst = stackalloc Worst[Layers];
            var penalty = (float)_options.Penalty;
            _network.Start(firstBias, _x);
            var bestValue = _network.Outputs[0];
            ResetPattern();
            for (var t = 0; t < _options.Iterations; t++)
            {
                // 1. η ← 0.5 − 0.01·sign(z) every k iterations.
                if (_options.ResetPatternEvery > 0 && (t + 1) % _options.ResetPatternEvery == 0)
                {
                    ResetPattern();
                }

                // 2. g_x = −∇f + c·∂C/∂x; per layer at most two neurons carry C's gradient: the worst of either sign.
                _network.Backward(_one, null, _gradient);
                TensorPrimitives.Negate(_gradient, _gradient);
                var violations = 0f;
                for (var i = 0; i < Layers; i++)
                {
                    worst[i] = FindWorst(i);
                    violations += worst[i].Violation;
                    if (_options.ConstraintOnInput)
                    {
                        AddConstraintGradient(i, worst[i].Above, penalty);
                        AddConstraintGradient(i, worst[i].Below, penalty);
                    }
                }

                // 5. (before x moves z) η ← clip(η − lr_η·g_η), ‖g_η‖ ≤ 1.
                for (var i = 0; i < Layers; i++)
                {
                    StepPattern(i, t, worst[i], penalty, generator);
                }

                // 4. c ← c − decay if C ≤ tol, else c + lr_c·C.
                if (_options.PenaltyLearningRate > 0 || _options.PenaltyDecay > 0)
                {
                    penalty += violations <= _options.PenaltyTolerance
                        ? -(float)_options.PenaltyDecay
                        : violations * (float)_options.PenaltyLearningRate;
                    penalty = float.Clamp(penalty, (float)_options.PenaltyMin, (float)_options.PenaltyMax);
                }

                // 3. x ← clip(x − lr·g_x), ‖g_x‖ ≤ 1.
                var step = (float)_options.LearningRate / float.Max(TensorPrimitives.Norm<float>(_gradient), 1);
                for (var k = 0; k < _x.Length; k++)
                {
                    _x[k] = float.Min(float.Max(_x[k] - (_gradient[k] * step), lower[k]), upper[k]);
                }

                // 6. Keep the best.
                _network.MoveTo(_x);
                var value = _network.Outputs[0];
                if (value > bestValue)
                {
                    bestValue = value;
                    _x.CopyTo(best);
                }
                if (trace.Length > 0)
                {
                    trace[t * traceStride] = value;
                }
            }
        }

        void ResetPattern()
        {
            for (var i = 0; i < Layers; i++)
            {
                var z = _network.Z(i);
                var eta = _eta[i];
                for (var j = 0; j < eta.Length; j++)
                {
                    eta[j] = z[j] > 0 ? 0.49f : z[j] < 0 ? 0.51f : 0.5f;
                }
            }
        }

        /// <summary>g_x += c·∂C/∂x through one neuron: c·e/‖n‖·∇z.</summary>
        void AddConstraintGradient(int layer, int unit, float penalty)
        {
            if (unit >= 0)
            {
                var scale = penalty * (_eta[layer][unit] - 0.5f) * _inverseNorms[layer][unit];
                _network.AddNormal(layer, unit, scale, _gradient);
            }
        }

        /// <summary>η −= lr_η·(g_η + noise), g_η = c·t at the worst neurons, noise where the layer is stuck.</summary>
        void StepPattern(int layer, int t, Worst worst, float penalty, Generator generator)
        {
            var onPattern = _options.ConstraintOnPattern ? penalty : 0;
            var above = onPattern * Distance(layer, worst.Above);
            var below = onPattern * Distance(layer, worst.Below);
            var norm = MathF.Sqrt((above * above) + (below * below));
            var rate = (float)_options.PatternLearningRate;
            var step = rate / float.Max(norm, 1);

            var eta = _eta[layer];
            if (_options.PerturbNoise > 0 && t - _lastPerturbed[layer] >= _options.PerturbEvery
                && float.Min(norm, 1) <= _options.PerturbThreshold)
            {
                _lastPerturbed[layer] = t;
                _noise[layer].normal_(0, 1, generator);
                var noise = MemoryMarshal.Cast<byte, float>(_noise[layer].bytes);
                Move(eta, worst.Above, step * above);
                Move(eta, worst.Below, step * below);
                var scale = -rate * (float)_options.PerturbNoise;
                for (var j = 0; j < noise.Length; j++)
                {
                    eta[j] = float.Clamp(eta[j] + (scale * noise[j]), 0.3f, 0.7f);
                }
                return;
            }
            Move(eta, worst.Above, step * above);
            Move(eta, worst.Below, step * below);
            Clip(eta, worst.Above);
            Clip(eta, worst.Below);
        }

        /// <summary>t = z/‖n‖ of a neuron, 0 for none.</summary>
        float Distance(int layer, int unit) => unit < 0 ? 0 : _network.Z(layer)[unit] * _inverseNorms[layer][unit];

        static void Move(float[] eta, int unit, float by)
        {
            if (unit >= 0)
            {
                eta[unit] -= by;
            }
        }

        static void Clip(float[] eta, int unit)
        {
            if (unit >= 0)
            {
                eta[unit] = float.Clamp(eta[unit], 0.3f, 0.7f);
            }
        }

        /// <summary>
        /// The neurons with the largest t·e over e &gt; 0 and over e &lt; 0, where positive; t = z/‖n‖, e = η − 0.5.
        /// </summary>
        Worst FindWorst(int layer)
        {
            ref var z = ref MemoryMarshal.GetReference(_network.Z(layer));
            ref var inverse = ref _inverseNorms[layer][0];
            ref var eta = ref _eta[layer][0];
            var (above, below) = (Vector512<float>.Zero, Vector512<float>.Zero);
            for (nuint j = 0; j < (nuint)_eta[layer].Length; j += (nuint)Vector512<float>.Count)
            {
                var e = Vector512.LoadUnsafe(ref eta, j) - Vector512.Create(0.5f);
                var violation = Vector512.LoadUnsafe(ref z, j) * Vector512.LoadUnsafe(ref inverse, j) * e;
                var isAbove = Vector512.GreaterThan(e, Vector512<float>.Zero);
                above = Vector512.Max(above, violation & isAbove);
                below = Vector512.Max(below, Vector512.AndNot(violation, isAbove));
            }
            var (largestAbove, largestBelow) = (Largest(above), Largest(below));
            return new(
                largestAbove > 0 ? IndexOf(layer, largestAbove, above: true) : -1,
                largestBelow > 0 ? IndexOf(layer, largestBelow, above: false) : -1,
                largestAbove + largestBelow);
        }

        int IndexOf(int layer, float violation, bool above)
        {
            var z = _network.Z(layer);
            var (inverse, eta) = (_inverseNorms[layer], _eta[layer]);
            for (var j = 0; j < eta.Length; j++)
            {
                var e = eta[j] - 0.5f;
                if (z[j] * inverse[j] * e == violation && e > 0 == above)
                {
                    return j;
                }
            }
            return -1;
        }

        static float Largest(Vector512<float> vector)
        {
            var half = Vector256.Max(vector.GetLower(), vector.GetUpper());
            var quarter = Vector128.Max(half.GetLower(), half.GetUpper());
            var eighth = Vector64.Max(quarter.GetLower(), quarter.GetUpper());
            return float.Max(eighth[0], eighth[1]);
        }

        void LoadNorms(ReluNetwork network)
        {
            for (var i = 0; i < Layers; i++)
            {
                var norms = _options.Normaliser == Normaliser.None
                    ? ones(_network.Network.Units[i], dtype: float32)
                    : network.NormalNorms()[i].clamp(min: 1e-12);
                MemoryMarshal.Cast<byte, float>((1 / norms).bytes).CopyTo(_inverseNorms[i]);
            }
        }

        /// <summary>Neurons of a layer that carry C's gradient, −1 for none, and the layer's part of C.</summary>
        readonly record struct Worst(int Above, int Below, float Violation);
    }
}
