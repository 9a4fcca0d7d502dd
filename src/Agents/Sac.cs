using System.ComponentModel.DataAnnotations;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Options of <see cref="Sac"/>. The defaults are those of the paper's table 1.</summary>
public sealed record SacOptions : IOffPolicyOptions, IRefinableOptions
{
    /// <summary>Learning rate of the actor.</summary>
    [Range(0, 1)] public double ActorLearningRate { get; init; } = 3e-4;

    /// <summary>Learning rate of the critics.</summary>
    [Range(0, 1)] public double CriticLearningRate { get; init; } = 3e-4;

    /// <summary>Learning rate of the temperature; 0: it stays at the initial one.</summary>
    [Range(0, 1)] public double TemperatureLearningRate { get; init; } = 3e-4;

    /// <summary>α, the first temperature: what a nat of entropy is worth.</summary>
    [Range(1e-8, 1e6)] public double InitialTemperature { get; init; } = 1;

    /// <summary>H̄, entropy in nats that the temperature aims at; null: −1 for each element of the action.</summary>
    [Range(-1e6, 1e6)] public double? TargetEntropy { get; init; }

    /// <summary>Sizes of the hidden layers, actor and critics alike.</summary>
    [Layers] public int[] HiddenLayers { get; init; } = [256, 256];

    /// <summary>N, transitions in a minibatch.</summary>
    [Range(1, 1_000_000)] public int BatchSize { get; init; } = 256;

    /// <summary>γ, discount.</summary>
    [Range(0, 1)] public double Discount { get; init; } = 0.99;

    /// <summary>τ, fraction by which the targets move at each update.</summary>
    [Range(0, 1)] public double Tau { get; init; } = 0.005;

    /// <summary>Number of initial steps with random actions and without learning.</summary>
    [Range(0, long.MaxValue)] public long StartSteps { get; init; } = 10_000;

    /// <summary>When updates are made: at every step, or as many at the end of an episode.</summary>
    public UpdateAt UpdateAt { get; init; } = UpdateAt.Step;

    /// <summary>Capacity of the replay buffer in transitions.</summary>
    [Range(1, 100_000_000)] public int ReplayCapacity { get; init; } = 1_000_000;

    /// <summary>Refinement of actions by a critic, by the place where they are used.</summary>
    public RefinementOptions Refine { get; init; } = new();
}

/// <summary>
/// SAC: Haarnoja, Zhou, Hartikainen, Tucker, Ha, Tan, Kumar, Zhu, Gupta, Abbeel, Levine, "Soft Actor-Critic Algorithms and Applications",
/// 2018, Algorithm 1, with its automatic temperature.
/// </summary>
public sealed class Sac : OffPolicyAgent, IAttackable, IRefinable
{
    readonly SacOptions _options;
    readonly GaussianActor _actor;
    readonly Critic _critic1, _critic2, _targetCritic1, _targetCritic2;
    readonly Temperature _temperature;
    readonly ParameterVector _actorParameters, _temperatureParameters;
    readonly FlatAdam _actorAdam, _temperatureAdam;
    readonly Refiners _refiners;
    readonly long _seed;
    readonly double _targetEntropy;

    /// <summary>A new, untrained agent.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, or the spaces are not a flat box of observations and a bounded box of actions.
    /// </exception>
    public Sac(SacOptions options, Space observationSpace, Space actionSpace, TrainingOptions training, TimeProvider clock)
        : base(options.Checked(), observationSpace, actionSpace, training, trained: 3, targets: 2)
    {
        _options = options;
        (_seed, _targetEntropy) = (training.Seed, options.TargetEntropy ?? -Scaling.Size);
        using var initial = new Generator(Seeds.Of(training.Seed, Purpose.Networks), CPU);
        Critic NewCritic() => new Critic(ObservationLength, Scaling.Size, options.HiddenLayers, initial).to(Device);

        // Initialise Q₁, Q₂, π, α; targets Q₁′ ← Q₁, Q₂′ ← Q₂; replay buffer.
        _actor = new GaussianActor(ObservationLength, Scaling.Size, options.HiddenLayers, initial).to(Device);
        (_critic1, _critic2, _targetCritic1, _targetCritic2) = (NewCritic(), NewCritic(), NewCritic(), NewCritic());
        _temperature = new Temperature(options.InitialTemperature).to(Device);
        var networks = new ActorCritic([], [_critic1, _critic2], [], [_targetCritic1, _targetCritic2]);
        networks.CopyToTargets();
        var rates = new Rates(options.ActorLearningRate, options.CriticLearningRate);
        Trainer = NetworkTrainers.Create(training.Gradients, networks, rates, options.BatchSize, Device);
        _actorParameters = new ParameterVector(_actor.parameters());
        _temperatureParameters = new ParameterVector(_temperature.parameters());
        (_actorAdam, _temperatureAdam) = (new FlatAdam(_actorParameters), new FlatAdam(_temperatureParameters));

        _refiners = new Refiners(options.Refine, new(_critic1, _targetCritic1, _targetCritic2), Device, training.Seed, clock);
        Behaviour = new BehaviourPolicy(
            _actor.Greedy, s => _actor.Sample(s, GaussianActor.Noise(s.shape[0], Scaling.Size, Random, Device)).Actions, Input, Scaling, noise: null,
            options.StartSteps, options.Refine.Explore, _refiners.Explore, _refiners.Evaluate, Device, Random, clock);
    }

    /// <inheritdoc/>
    public IPolicyNetwork PolicyNetwork => new GaussianPolicyNetwork(Input, _actor, _critic1, Scaling, _seed);

    private protected override NamedModules Modules => new(
        ("actor", _actor), ("critic_1", _critic1), ("critic_2", _critic2), ("target_critic_1", _targetCritic1),
        ("target_critic_2", _targetCritic2), ("temperature", _temperature));

    private protected override INetworkTrainer Trainer { get; }

    private protected override BehaviourPolicy Behaviour { get; }

    /// <inheritdoc/>
    public double ActRefined(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying) =>
        Behaviour.ActRefined(observations, actions, isPlaying);

    /// <summary>One gradient step of Algorithm 1.</summary>
    internal override void Learn(IMetrics metrics)
    {
        using var scope = NewDisposeScope();
        var alpha = Math.Exp(_temperature.Log);
        Replay.Sample(Random, Batch);
        var (s, a, r, s2, continues) = (Batch.Observations, Batch.Actions, Batch.Rewards, Batch.NextObservations, Batch.Continues);

        // ã ~ π(·|s′), refined from there where the target is
        // y ← r + γ (1 − d) (min(Q₁′(s′, ã), Q₂′(s′, ã)) − α log π(ã|s′)), the probability that of the sample
        var (a2, logNext) = SampleNext(s2);
        a2 = _refiners.Target?.Refine(s2, a2, Behaviour.Steps, metrics)?.Actions ?? a2;
        var q = minimum(Trainer.Value(_targetCritic1, s2, a2), Trainer.Value(_targetCritic2, s2, a2)) - (logNext * alpha);
        var y = r + (continues * q * _options.Discount);

        // θᵢ ← argmin N⁻¹ Σ (y − Qᵢ(s, a))²
        var (criticLoss, q1) = Trainer.DescendCritics(s, a, y);
        metrics.Scalar("loss/critic", criticLoss);
        metrics.Scalar("value/q1", q1);

        // φ ← argmin N⁻¹ Σ α log πφ(aφ|s) − min(Q₁(s, aφ), Q₂(s, aφ)), aφ = tanh(mφ(s) + σφ(s) ε), and mφ(s) towards a*(s) where it is guided
        var (loss, logProbability) = DescendActor(s, alpha, metrics);
        var entropy = -logProbability;
        metrics.Scalar("loss/actor", loss);
        metrics.Scalar("policy/entropy", entropy);

        // α ← argmin −α (log π(aφ|s) + H̄), by a step in log α
        using (no_grad())
        {
            _temperatureParameters.Gradient.fill_(Temperature.GradientOf(entropy, _targetEntropy));
        }

        _temperatureAdam.Step(_options.TemperatureLearningRate);
        metrics.Scalar("policy/temperature", Math.Exp(_temperature.Log));

        // θᵢ′ ← τθᵢ + (1 − τ)θᵢ′
        Trainer.MoveTargets(_options.Tau);
        ReportHistograms(metrics, _critic1);
    }

    (Tensor Actions, Tensor LogProbability) SampleNext(Tensor s2)
    {
        using var noGrad = no_grad();
        return _actor.Sample(s2, DrawNoise());
    }

    /// <returns>Its loss without the guide, and the mean of log π(aφ|s), both from before the step.</returns>
    (double Loss, double LogProbability) DescendActor(Tensor s, double alpha, IMetrics metrics)
    {
        var guide = ActorGuide.Find(_refiners.Guide, _options.Refine.Guide, _actor.Greedy, s, Behaviour.Steps, metrics);
        // No gradients of θ are needed.
        using var first = _critic1.Freeze();
        using var second = _critic2.Freeze();
        var (a, logProbability) = _actor.Sample(s, DrawNoise());
        var loss = ((logProbability * alpha) - minimum(_critic1.call(s, a), _critic2.call(s, a))).mean();
        var whole = guide is null ? loss : loss + guide.Loss(_actor.Greedy(s));
        _actorParameters.ZeroGradient();
        whole.backward();
        _actorAdam.Step(_options.ActorLearningRate);
        return (loss.ToSingle(), logProbability.mean().ToSingle());
    }

    /// <summary>ε ~ N(0, 1). [N × action]</summary>
    Tensor DrawNoise() => GaussianActor.Noise(_options.BatchSize, Scaling.Size, Random, Device);

    private protected override void SaveOwn(BinaryWriter writer)
    {
        _actorAdam.Save(writer);
        _temperatureAdam.Save(writer);
        _refiners.Save(writer);
    }

    private protected override void LoadOwn(BinaryReader reader)
    {
        _actorAdam.Load(reader);
        _temperatureAdam.Load(reader);
        _refiners.Load(reader);
    }

    private protected override void DisposeOwn()
    {
        _refiners.Dispose();
        IDisposable[] owned = [_actorAdam, _temperatureAdam, _actorParameters, _temperatureParameters];
        Array.ForEach(owned, item => item.Dispose());
    }
}
