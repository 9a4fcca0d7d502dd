using System.ComponentModel.DataAnnotations;
using System.Runtime.InteropServices;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Options of <see cref="Ppo"/>. The defaults are for tasks with vectors as observations; images have presets.</summary>
public sealed record PpoOptions
{
    /// <summary>α, learning rate of Adam (whose ε is 1e-5).</summary>
    [Range(0, 1)] public double LearningRate { get; init; } = 3e-4;

    /// <summary>Let α fall linearly to 0 over training.total_steps.</summary>
    public bool AnnealLearningRate { get; init; }

    /// <summary>Network below the output layers: mlp, small, compact, nature or impala; auto: mlp for vectors, impala for images.</summary>
    public NetworkKind Network { get; init; } = NetworkKind.Auto;

    /// <summary>Sizes of the hidden layers of an mlp; policy and value have separate networks.</summary>
    [Layers] public int[] HiddenLayers { get; init; } = [64, 64];

    /// <summary>Activation of the hidden units of an mlp.</summary>
    public ActivationKind Activation { get; init; } = ActivationKind.Relu;

    /// <summary>T, steps of each copy between updates.</summary>
    [Range(1, 1_000_000)] public int RolloutSteps { get; init; } = 2048;

    /// <summary>K, epochs over a rollout.</summary>
    [Range(1, 1000)] public int Epochs { get; init; } = 10;

    /// <summary>Minibatches per epoch.</summary>
    [Range(1, 1_000_000)] public int Minibatches { get; init; } = 32;

    /// <summary>γ, discount.</summary>
    [Range(0, 1)] public double Discount { get; init; } = 0.99;

    /// <summary>λ of the advantages: 0 trusts the values, 1 the rewards.</summary>
    [Range(0, 1)] public double Lambda { get; init; } = 0.95;

    /// <summary>ε, largest deviation of the probability ratio from 1.</summary>
    [Range(1e-6, 1)] public double Clip { get; init; } = 0.2;

    /// <summary>Also clip the change of the values to ±ε.</summary>
    public bool ClipValues { get; init; }

    /// <summary>Shift and scale the advantages of each minibatch to mean 0 and deviation 1.</summary>
    public bool NormalizeAdvantages { get; init; } = true;

    /// <summary>c₁, weight of the value loss.</summary>
    [Range(0, 100)] public double ValueCoefficient { get; init; } = 0.5;

    /// <summary>c₂, weight of the entropy.</summary>
    [Range(0, 10)] public double EntropyCoefficient { get; init; }

    /// <summary>Largest norm of the gradient of all parameters together.</summary>
    [Range(1e-6, 1e6)] public double MaxGradientNorm { get; init; } = 0.5;

    /// <summary>KL divergence between old and new policy after which a rollout is not used for further epochs. Null: no limit.</summary>
    [Range(1e-6, 100)] public double? TargetKl { get; init; }

    /// <summary>log σ of continuous actions (scaled to [−1, 1]) at the start.</summary>
    [Range(-10, 2)] public double InitialLogDeviation { get; init; }
}

/// <summary>
/// PPO: Schulman, Wolski, Dhariwal, Radford, Klimov, "Proximal Policy Optimization Algorithms", 2017, Algorithm 1 with the clipped
/// objective; the details are those of Huang et al., "The 37 Implementation Details of PPO", 2022.
/// </summary>
public sealed class Ppo : IAgent, IAttackable
{
    const double AdamEpsilon = 1e-5;

    static readonly string[] _figures = ["loss/policy", "loss/value", "policy/entropy", "policy/approx_kl", "policy/clip_fraction"];
    static readonly int _divergence = Array.IndexOf(_figures, "policy/approx_kl");

    readonly PpoOptions _options;
    readonly TrainingOptions _training;
    readonly ObservationInput _input;
    readonly IActionDistribution _distribution;
    readonly HeadedNetwork _policy;
    readonly nn.Module<Tensor, Tensor> _value;
    readonly ParameterVector _parameters;
    readonly FlatAdam _adam;
    readonly Device _device;
    readonly Pcg64 _random;
    readonly Lazy<Rollout> _rollout;
    float[] _drawn = [], _logProbabilities = [], _values = [];
    long _updates;

    /// <summary>A new, untrained agent.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, the spaces are not vectors or images and discrete or bounded actions, or a rollout cannot be cut into minibatches.
    /// </exception>
    public Ppo(PpoOptions options, Space observationSpace, Space actionSpace, TrainingOptions training)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(training);
        (_options, _training, _device) = (options.Checked(), training.Checked(), device(training.Device));
        var rows = (long)training.Copies * options.RolloutSteps;
        if (rows % options.Minibatches != 0 || rows > int.MaxValue)
        {
            throw new ArgumentException(
                $"agent.minibatches is {options.Minibatches}; allowed: divisors of training.copies × agent.rollout_steps = {rows} "
                + $"(which may be {int.MaxValue} at most).",
                nameof(options));
        }

        _input = new ObservationInput(observationSpace, _device);
        _distribution = actionSpace is DiscreteSpace discrete
            ? new Categorical(discrete.Count)
            : new DiagonalGaussian(new ActionScaling(actionSpace), options.InitialLogDeviation, _device);
        Rollout.Check(options.RolloutSteps, training.Copies, observationSpace, _distribution.Size);
        if (!_input.IsImage)
        {
            LearnerMemory.Check(
                observationSpace.Size, options.HiddenLayers, (int)_distribution.Outputs, trained: 2, targets: 0, rows / options.Minibatches);
        }

        var initial = new Pcg64((ulong)training.Seed, (uint)Purpose.Networks);
        HeadedNetwork NewNetwork(long outputs, double gain)
        {
            var (torso, features) = Torsos.Create(options.Network, _input.Shape, options.HiddenLayers, options.Activation, initial);
            return new HeadedNetwork(torso, features, outputs, gain, initial).to(_device);
        }

        _policy = NewNetwork(_distribution.Outputs, gain: 0.01);
        _value = _input.IsImage ? _policy.NewHead(1, gain: 1, initial).to(_device) : NewNetwork(1, gain: 1);
        _parameters = new ParameterVector(Modules.Parameters());
        _adam = new FlatAdam(_parameters, AdamEpsilon);
        NativeHeap.KeepLargeBlocks();
        _random = new Pcg64((ulong)training.Seed, (uint)Purpose.Agent);
        // Large, and of no use to an agent that is only evaluated.
        _rollout = new(() => new Rollout(options.RolloutSteps, training.Copies, observationSpace, _distribution.Size));
    }

    /// <summary>
    /// The policy's network, for <see cref="ObservationInput"/>'s input: [N × n] or [N × C × H × W] → logits [N × actions] of discrete
    /// actions, or the mean action in [−1, 1] [N × size].
    /// </summary>
    public nn.Module<Tensor, Tensor> Policy => _policy;

    /// <inheritdoc/>
    public IPolicyNetwork PolicyNetwork => new DistributionPolicyNetwork(_input, _policy, _distribution, _options.Activation, _training.Seed);

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Networks => Modules.Tensors();

    /// <summary>
    /// Images of a minibatch that pass the network together. Their activations are kept for the way back, 1.6 MB for each with impala, so
    /// that the parts of a large minibatch go forth and back one after another; gradients add up to the same but for rounding.
    /// </summary>
    internal int ImagesTogether { get; init; } = 128;

    NamedModules Modules => _distribution is nn.Module distribution
        ? new(("policy", _policy), ("value", _value), ("distribution", distribution))
        : new(("policy", _policy), ("value", _value));

    /// <inheritdoc/>
    public void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore)
    {
        ArgumentNullException.ThrowIfNull(observations);
        ArgumentNullException.ThrowIfNull(actions);
        using var scope = NewDisposeScope();
        var input = _input.Of(observations);
        using var inference = inference_mode();
        var (outputs, values) = Evaluate(input);
        if (!explore)
        {
            var likeliest = new float[observations.Count * _distribution.Size];
            _distribution.Mode(outputs.cpu(), likeliest);
            _distribution.Execute(likeliest, actions);
            return;
        }

        // a ~ π(·|s)
        _drawn = new float[observations.Count * _distribution.Size];
        _distribution.Sample(outputs.cpu(), _drawn, _random);
        _distribution.Execute(_drawn, actions);
        var drawn = tensor(_drawn, device: _device).view(observations.Count, _distribution.Size);
        _logProbabilities = Floats(_distribution.LogProbability(outputs, drawn));
        _values = Floats(values);
    }

    /// <summary>V(s) of the given rows.</summary>
    internal float[] Value(SpaceBuffer observations, ReadOnlySpan<int> rows)
    {
        using var scope = NewDisposeScope();
        var input = _input.Of(observations, rows);
        using var inference = inference_mode();
        return Floats(Evaluate(input).Values);
    }

    /// <inheritdoc/>
    public void Observe(StepOutcome outcome)
    {
        ArgumentNullException.ThrowIfNull(outcome);
        var rollout = _rollout.Value;
        rollout.Add(outcome, _drawn, _logProbabilities, _values);

        // V(s′) of those that a time limit cut off, and of all where the rollout ends: no next step will tell it.
        var open = Enumerable.Range(0, outcome.Rewards.Length)
            .Where(copy => !outcome.Terminated[copy] && (outcome.Truncated[copy] || rollout.IsFull)).ToArray();
        if (open.Length > 0)
        {
            foreach (var (copy, value) in open.Zip(Value(outcome.NextObservations, open)))
            {
                rollout.Bootstrap(copy, value);
            }
        }
    }

    /// <inheritdoc/>
    public void Update(IMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (_rollout.Value.IsFull)
        {
            Learn(metrics);
            _rollout.Value.Clear();
        }
    }

    /// <summary>Algorithm 1 from "compute advantage estimates".</summary>
    internal void Learn(IMetrics metrics)
    {
        var rollout = _rollout.Value;
        rollout.Estimate(_options.Discount, _options.Lambda);
        metrics.Scalar("value/explained_variance", rollout.ExplainedVariance());
        var learningRate = Anneal(metrics);

        // Optimise L w.r.t. θ, with K epochs and minibatch size M ≤ NT
        var order = Enumerable.Range(0, rollout.Rows).ToArray();
        var size = rollout.Rows / _options.Minibatches;
        for (var epoch = 0; epoch < _options.Epochs; epoch++)
        {
            Shuffle(order);
            using var scope = NewDisposeScope();
            var figures = zeros([_options.Minibatches, _figures.Length], device: _device);
            for (var minibatch = 0; minibatch < _options.Minibatches; minibatch++)
            {
                Descend(rollout, order.AsSpan(minibatch * size, size), learningRate, figures.select(0, minibatch));
            }

            // Read once in a pass: on a GPU every reading waits for all that was asked of it.
            if (Report(Floats(figures), metrics) > _options.TargetKl)
            {
                break;
            }
        }

        _updates++;
        if (metrics.TakeHistograms() is { } histograms)
        {
            histograms.AddNetworks(Modules);
            histograms.Add("batch/actions", rollout.Actions);
            histograms.Add("batch/value", rollout.Values);
            histograms.Add("batch/advantage", rollout.Advantages);
        }
    }

    /// <summary>One step along the gradient of a minibatch. What there is to report is written to <paramref name="figures"/>.</summary>
    void Descend(Rollout rollout, ReadOnlySpan<int> rows, double learningRate, Tensor figures)
    {
        var (mean, deviation) = _options.NormalizeAdvantages && rows.Length > 1 ? rollout.AdvantageMoments(rows) : (0, 1);
        _parameters.ZeroGradient();
        var together = _input.IsImage ? Math.Min(ImagesTogether, rows.Length) : rows.Length;
        for (var first = 0; first < rows.Length; first += together)
        {
            var some = rows.Slice(first, Math.Min(together, rows.Length - first));
            using var scope = NewDisposeScope();
            var advantage = (Gather(rollout.Advantages, some) - mean) / deviation;
            var (loss, part) = Loss(rollout, some, advantage);
            // The mean over the minibatch is that of its parts, each by its share.
            var share = (double)some.Length / rows.Length;
            (loss * share).backward();
            figures.add_(part, share);
        }

        // θ ← Adam(∇(−L_clip + c₁ L_value − c₂ S))
        _parameters.ClipGradient(_options.MaxGradientNorm);
        _adam.Step(learningRate);
    }

    /// <summary>−L_clip + c₁ L_value − c₂ S of some rows, and what there is to report: <see cref="_figures"/>.</summary>
    (Tensor Loss, Tensor Figures) Loss(Rollout rollout, ReadOnlySpan<int> rows, Tensor advantage)
    {
        var s = _input.Of(rollout.Observations, rows);
        var a = Gather(rollout.Actions, rows, rollout.ActionSize).view(rows.Length, rollout.ActionSize);
        var (oldLog, oldV, target) = (
            Gather(rollout.LogProbabilities, rows), Gather(rollout.Values, rows), Gather(rollout.Returns, rows));

        // r(θ) = π(a|s) / π_old(a|s);  L_clip = E[min(r Â, clip(r, 1 − ε, 1 + ε) Â)]
        var (outputs, v) = Evaluate(s);
        var logRatio = _distribution.LogProbability(outputs, a) - oldLog;
        var ratio = logRatio.exp();
        var clipped = ratio.clamp(1 - _options.Clip, 1 + _options.Clip);
        var policyLoss = -minimum(ratio * advantage, clipped * advantage).mean();

        // L_value = ½ E[(V(s) − V̂)²]
        var error = (v - target).square();
        if (_options.ClipValues)
        {
            var near = oldV + (v - oldV).clamp(-_options.Clip, _options.Clip);
            error = maximum(error, (near - target).square());
        }

        var valueLoss = error.mean() * 0.5;
        var entropy = _distribution.Entropy(outputs).mean();
        var loss = policyLoss + (valueLoss * _options.ValueCoefficient) - (entropy * _options.EntropyCoefficient);

        using var noGrad = no_grad();
        // KL ≈ E[r − 1 − log r] (Schulman 2020)
        var divergence = (ratio - 1 - logRatio).mean();
        var clipFraction = (ratio - 1).abs().gt(_options.Clip).to(ScalarType.Float32).mean();
        return (loss, stack([policyLoss, valueLoss, entropy, divergence, clipFraction]));
    }

    /// <summary>Reports the minibatches of a pass. [minibatches × figures]</summary>
    /// <returns>An estimate of KL(π_old ‖ π).</returns>
    double Report(float[] figures, IMetrics metrics)
    {
        var divergence = 0.0;
        for (var i = 0; i < figures.Length; i++)
        {
            var figure = i % _figures.Length;
            metrics.Scalar(_figures[figure], figures[i]);
            divergence += figure == _divergence ? figures[i] / (double)_options.Minibatches : 0;
        }

        return divergence;
    }

    /// <summary>Outputs of the policy's network [N × outputs] and V(s) [N]. Images share the layers below both.</summary>
    (Tensor Outputs, Tensor Values) Evaluate(Tensor input)
    {
        if (!_input.IsImage)
        {
            return (_policy.call(input), _value.call(input).squeeze(1));
        }

        var features = _policy.Torso.call(input);
        return (_policy.Head.call(features), _value.call(features).squeeze(1));
    }

    /// <summary>α of this update.</summary>
    double Anneal(IMetrics metrics)
    {
        var updates = Math.Max(1, _training.TotalSteps / _rollout.Value.Rows);
        var share = _options.AnnealLearningRate ? Math.Max(0, 1 - ((double)_updates / updates)) : 1;
        var learningRate = _options.LearningRate * share;
        metrics.Scalar("policy/learning_rate", learningRate);
        return learningRate;
    }

    /// <summary>Fisher and Yates.</summary>
    void Shuffle(int[] order)
    {
        for (var i = order.Length - 1; i > 0; i--)
        {
            var other = _random.NextInt(i + 1);
            (order[i], order[other]) = (order[other], order[i]);
        }
    }

    /// <summary>The given rows of [NT × size], on the device.</summary>
    Tensor Gather(float[] values, ReadOnlySpan<int> rows, int size = 1)
    {
        var gathered = new float[rows.Length * size];
        for (var i = 0; i < rows.Length; i++)
        {
            values.AsSpan(rows[i] * size, size).CopyTo(gathered.AsSpan(i * size));
        }

        return tensor(gathered, device: _device);
    }

    static float[] Floats(Tensor values)
    {
        using var host = values.cpu().contiguous();
        return MemoryMarshal.Cast<byte, float>(host.bytes).ToArray();
    }

    /// <inheritdoc/>
    public void LoadNetworks(IReadOnlyDictionary<string, Tensor> tensors) => Modules.Load(tensors);

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Modules.Save(writer);
        _adam.Save(writer);
        writer.Write(_updates);
        _random.Save(writer);
        _rollout.Value.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Modules.Load(reader);
        _adam.Load(reader);
        _updates = reader.ReadInt64();
        _random.Load(reader);
        _rollout.Value.Load(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _adam.Dispose();
        _parameters.Dispose();
        Modules.Dispose();
        _input.Dispose();
    }
}
