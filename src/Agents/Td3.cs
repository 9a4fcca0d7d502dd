using System.ComponentModel.DataAnnotations;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Options of <see cref="Td3"/>. The defaults are those of the authors' code as it stands today.</summary>
public sealed record Td3Options : IWarmUpOptions, IRefinableOptions
{
    /// <summary>Learning rate of the actor.</summary>
    [Range(0, 1)] public double ActorLearningRate { get; init; } = 3e-4;

    /// <summary>Learning rate of the critics.</summary>
    [Range(0, 1)] public double CriticLearningRate { get; init; } = 3e-4;

    /// <summary>Sizes of the hidden layers, actor and critics alike.</summary>
    [Layers] public int[] HiddenLayers { get; init; } = [256, 256];

    /// <summary>N, transitions in a minibatch.</summary>
    [Range(1, 1_000_000)] public int BatchSize { get; init; } = 256;

    /// <summary>γ, discount.</summary>
    [Range(0, 1)] public double Discount { get; init; } = 0.99;

    /// <summary>τ, fraction by which the targets move at each of their updates.</summary>
    [Range(0, 1)] public double Tau { get; init; } = 0.005;

    /// <summary>d, critic updates per update of the actor and the targets.</summary>
    [Range(1, 1000)] public int PolicyDelay { get; init; } = 2;

    /// <summary>σ̃, standard deviation of the noise on the target actions.</summary>
    [Range(0, 10)] public double TargetNoise { get; init; } = 0.2;

    /// <summary>c, bound of the noise on the target actions.</summary>
    [Range(0, 10)] public double TargetNoiseClip { get; init; } = 0.5;

    /// <summary>Noise added to the executed actions.</summary>
    public NoiseOptions Noise { get; init; } = new();

    /// <summary>Number of initial steps with random actions and without learning.</summary>
    [Range(0, long.MaxValue)] public long StartSteps { get; init; } = 25_000;

    /// <summary>When updates are made: at every step, or as many at the end of an episode.</summary>
    public UpdateAt UpdateAt { get; init; } = UpdateAt.Step;

    /// <summary>Capacity of the replay buffer in transitions.</summary>
    [Range(1, 100_000_000)] public int ReplayCapacity { get; init; } = 1_000_000;

    /// <summary>Refinement of actions by a critic, by the place where they are used.</summary>
    public RefinementOptions Refine { get; init; } = new();
}

/// <summary>
/// TD3: Fujimoto, van Hoof, Meger, "Addressing Function Approximation Error in Actor-Critic Methods", ICML 2018, Algorithm 1.
/// </summary>
public sealed class Td3 : IAgent, IAttackable, IRefinable
{
    readonly Td3Options _options;
    readonly ActionScaling _scaling;
    readonly Actor _actor, _targetActor;
    readonly Critic _critic1, _critic2, _targetCritic1, _targetCritic2;
    readonly INetworkTrainer _trainer;
    readonly ReplayBuffer _replay;
    readonly Batch _batch;
    readonly StagedTensor _smoothing;
    readonly UpdateSchedule _schedule;
    readonly ObservationInput _input;
    readonly Refiners _refiners;
    readonly BehaviourPolicy _behaviour;
    readonly Pcg64 _random;
    long _updates;

    /// <summary>A new, untrained agent.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, or the spaces are not a flat box of observations and a bounded box of actions.
    /// </exception>
    public Td3(Td3Options options, Space observationSpace, Space actionSpace, TrainingOptions training, TimeProvider clock)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(training);
        _options = options.Checked();
        training.Checked();
        _scaling = new ActionScaling(actionSpace);
        var (observations, actions) = (ObservationSize.Of(observationSpace), _scaling.Size);
        var device = torch.device(training.Device);
        using var initial = new Generator(Seeds.Of(training.Seed, Purpose.Networks), CPU);
        Actor NewActor() => new Actor(observations, actions, options.HiddenLayers, initial).to(device);
        Critic NewCritic() => new Critic(observations, actions, options.HiddenLayers, initial).to(device);

        // Initialise Q₁, Q₂, μ; targets Q₁′ ← Q₁, Q₂′ ← Q₂, μ′ ← μ; replay buffer.
        (_actor, _critic1, _critic2) = (NewActor(), NewCritic(), NewCritic());
        (_targetActor, _targetCritic1, _targetCritic2) = (NewActor(), NewCritic(), NewCritic());
        var networks = new ActorCritic(_actor, [_critic1, _critic2], _targetActor, [_targetCritic1, _targetCritic2]);
        networks.CopyToTargets();
        var rates = new Rates(options.ActorLearningRate, options.CriticLearningRate);
        _trainer = NetworkTrainers.Create(training.Gradients, networks, rates, options.BatchSize, device);
        _replay = new ReplayBuffer(options.ReplayCapacity, observations, actions);
        _batch = new Batch(options.BatchSize, observations, actions, device);
        _smoothing = new StagedTensor(device, options.BatchSize, actions);

        _schedule = new UpdateSchedule(options.UpdateAt, options.StartSteps);
        _random = new Pcg64((ulong)training.Seed, (uint)Purpose.Agent);
        _refiners = new Refiners(options.Refine, new(_critic1, _targetCritic1, _targetCritic2), device, training.Seed, clock);
        _input = new ObservationInput(observationSpace, device);
        _behaviour = new BehaviourPolicy(
            _actor.call, explore: null, _input, _scaling, options.Noise, options.StartSteps, options.Refine.Explore, _refiners.Explore,
            _refiners.Evaluate, device, _random, clock);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Networks => Modules.Tensors();

    /// <inheritdoc/>
    public IPolicyNetwork PolicyNetwork => new ActorPolicyNetwork(_input, _actor, _critic1, _scaling);

    NamedModules Modules => new(
        ("actor", _actor), ("critic_1", _critic1), ("critic_2", _critic2),
        ("target_actor", _targetActor), ("target_critic_1", _targetCritic1), ("target_critic_2", _targetCritic2));

    /// <inheritdoc/>
    public void Act(SpaceBuffer observations, SpaceBuffer actions, bool explore) => _behaviour.Act(observations, actions, explore);

    /// <inheritdoc/>
    public double ActRefined(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying) =>
        _behaviour.ActRefined(observations, actions, isPlaying);

    /// <inheritdoc/>
    public void Observe(StepOutcome outcome)
    {
        _replay.Add(outcome, _scaling);
        _behaviour.Observe(outcome);
        _schedule.Observe(outcome);
    }

    /// <inheritdoc/>
    public void Update(IMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        _behaviour.Report(metrics);
        for (var due = _schedule.Take(); due > 0; due--)
        {
            Learn(metrics);
        }
    }

    /// <summary>One pass of Algorithm 1's loop body, from "sample mini-batch".</summary>
    internal void Learn(IMetrics metrics)
    {
        using var scope = NewDisposeScope();
        _updates++;
        _replay.Sample(_random, _batch);
        var (s, a, r, s2, continues) = (_batch.Observations, _batch.Actions, _batch.Rewards, _batch.NextObservations, _batch.Continues);

        // ã ← clip(μ′(s′) + clip(ε, −c, c), −1, 1), ε ~ N(0, σ̃²), with a*(s′) for μ′(s′) where the target is refined
        // y ← r + γ (1 − d) min(Q₁′(s′, ã), Q₂′(s′, ã))
        var next = _trainer.Act(_targetActor, s2);
        next = _refiners.Target?.Refine(s2, next, _behaviour.Steps, metrics)?.Actions ?? next;
        var a2 = (next + DrawSmoothing()).clamp(-1.0, 1.0);
        var q = minimum(_trainer.Value(_targetCritic1, s2, a2), _trainer.Value(_targetCritic2, s2, a2));
        var y = r + (continues * q * _options.Discount);

        // θᵢ ← argmin N⁻¹ Σ (y − Qᵢ(s, a))²
        var (criticLoss, q1) = _trainer.DescendCritics(s, a, y);
        metrics.Scalar("loss/critic", criticLoss);
        metrics.Scalar("value/q1", q1);

        if (_updates % _options.PolicyDelay == 0)
        {
            // ∇φ J = N⁻¹ Σ ∇ₐQ₁(s, a)|ₐ₌μ(s) ∇φ μ(s), and towards a*(s) where the actor is guided
            var guide = ActorGuide.Find(_refiners.Guide, _options.Refine.Guide, states => _trainer.Act(_actor, states), s, _behaviour.Steps, metrics);
            var value = _trainer.AscendActor(s, guide);
            metrics.Scalar("loss/actor", -value);

            // θᵢ′ ← τθᵢ + (1 − τ)θᵢ′, φ′ ← τφ + (1 − τ)φ′
            _trainer.MoveTargets(_options.Tau);

            // Here the gradients of all networks are those of one minibatch.
            if (metrics.TakeHistograms() is { } histograms)
            {
                histograms.AddNetworks(Modules);
                histograms.Add("batch/actions", a);
                histograms.Add("batch/q1", _trainer.Value(_critic1, s, a));
            }
        }
    }

    /// <summary>clip(ε, −c, c), ε ~ N(0, σ̃²). [N × action]</summary>
    Tensor DrawSmoothing()
    {
        foreach (ref var noise in _smoothing.Host)
        {
            noise = (float)Math.Clamp(
                _options.TargetNoise * _random.NextGaussian(), -_options.TargetNoiseClip, _options.TargetNoiseClip);
        }

        _smoothing.Upload();
        return _smoothing.Value;
    }

    /// <inheritdoc/>
    public void LoadNetworks(IReadOnlyDictionary<string, Tensor> tensors) => Modules.Load(tensors);

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Modules.Save(writer);
        _trainer.Save(writer);
        writer.Write(_updates);
        _random.Save(writer);
        _schedule.Save(writer);
        _behaviour.Save(writer);
        _replay.Save(writer);
        _refiners.Save(writer);
    }

    /// <inheritdoc/>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Modules.Load(reader);
        _trainer.Load(reader);
        _updates = reader.ReadInt64();
        _random.Load(reader);
        _schedule.Load(reader);
        _behaviour.Load(reader);
        _replay.Load(reader);
        _refiners.Load(reader);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _refiners.Dispose();
        _input.Dispose();
        _trainer.Dispose();
        Modules.Dispose();
        _batch.Dispose();
        _smoothing.Dispose();
    }
}
