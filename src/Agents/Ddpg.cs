using System.ComponentModel.DataAnnotations;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Options of <see cref="Ddpg"/>. Defaults: the TD3 authors' own DDPG; the preset ddpg-lillicrap has the paper's.</summary>
public sealed record DdpgOptions : IWarmUpOptions, IRefinableOptions
{
    /// <summary>Learning rate of the actor.</summary>
    [Range(0, 1)] public double ActorLearningRate { get; init; } = 1e-3;

    /// <summary>Learning rate of the critic.</summary>
    [Range(0, 1)] public double CriticLearningRate { get; init; } = 1e-3;

    /// <summary>Weight decay (L2) of the critic.</summary>
    [Range(0, 1)] public double CriticWeightDecay { get; init; }

    /// <summary>Sizes of the hidden layers, actor and critic alike.</summary>
    [Layers] public int[] HiddenLayers { get; init; } = [400, 300];

    /// <summary>N, transitions in a minibatch.</summary>
    [Range(1, 1_000_000)] public int BatchSize { get; init; } = 256;

    /// <summary>γ, discount.</summary>
    [Range(0, 1)] public double Discount { get; init; } = 0.99;

    /// <summary>τ, fraction by which the targets move at each of their updates.</summary>
    [Range(0, 1)] public double Tau { get; init; } = 0.005;

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
/// DDPG: Lillicrap et al., "Continuous control with deep reinforcement learning", ICLR 2016, Algorithm 1.
/// </summary>
public sealed class Ddpg : IAgent, IAttackable, IRefinable
{
    readonly DdpgOptions _options;
    readonly ActionScaling _scaling;
    readonly Actor _actor, _targetActor;
    readonly Critic _critic, _targetCritic;
    readonly INetworkTrainer _trainer;
    readonly ReplayBuffer _replay;
    readonly Batch _batch;
    readonly UpdateSchedule _schedule;
    readonly ObservationInput _input;
    readonly Refiners _refiners;
    readonly BehaviourPolicy _behaviour;
    readonly Pcg64 _random;

    /// <summary>A new, untrained agent.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, or the spaces are not a flat box of observations and a bounded box of actions.
    /// </exception>
    public Ddpg(DdpgOptions options, Space observationSpace, Space actionSpace, TrainingOptions training, TimeProvider clock)
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

        // Initialise Q, μ; targets Q′ ← Q, μ′ ← μ; replay buffer.
        (_actor, _critic) = (NewActor(), NewCritic());
        (_targetActor, _targetCritic) = (NewActor(), NewCritic());
        var networks = new ActorCritic(_actor, [_critic], _targetActor, [_targetCritic]);
        networks.CopyToTargets();
        var rates = new Rates(options.ActorLearningRate, options.CriticLearningRate, options.CriticWeightDecay);
        _trainer = NetworkTrainers.Create(training.Gradients, networks, rates, options.BatchSize, device);
        _replay = new ReplayBuffer(options.ReplayCapacity, observations, actions);
        _batch = new Batch(options.BatchSize, observations, actions, device);

        _schedule = new UpdateSchedule(options.UpdateAt, options.StartSteps);
        _random = new Pcg64((ulong)training.Seed, (uint)Purpose.Agent);
        _refiners = new Refiners(options.Refine, new(_critic, _targetCritic), device, training.Seed, clock);
        _input = new ObservationInput(observationSpace, device);
        _behaviour = new BehaviourPolicy(
            _actor.call, explore: null, _input, _scaling, options.Noise, options.StartSteps, options.Refine.Explore, _refiners.Explore,
            _refiners.Evaluate, device, _random, clock);
    }

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, Tensor> Networks => Modules.Tensors();

    /// <inheritdoc/>
    public IPolicyNetwork PolicyNetwork => new ActorPolicyNetwork(_input, _actor, _critic, _scaling);

    NamedModules Modules => new(
        ("actor", _actor), ("critic", _critic), ("target_actor", _targetActor), ("target_critic", _targetCritic));

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
        _replay.Sample(_random, _batch);
        var (s, a, r, s2, continues) = (_batch.Observations, _batch.Actions, _batch.Rewards, _batch.NextObservations, _batch.Continues);

        // y ← r + γ (1 − d) Q′(s′, μ′(s′)), with a*(s′) for μ′(s′) where the target is refined
        var a2 = _trainer.Act(_targetActor, s2);
        a2 = _refiners.Target?.Refine(s2, a2, _behaviour.Steps, metrics)?.Actions ?? a2;
        var q = _trainer.Value(_targetCritic, s2, a2);
        var y = r + (continues * q * _options.Discount);

        // θ ← argmin N⁻¹ Σ (y − Q(s, a))²
        var (criticLoss, q1) = _trainer.DescendCritics(s, a, y);
        metrics.Scalar("loss/critic", criticLoss);
        metrics.Scalar("value/q1", q1);

        // ∇φ J = N⁻¹ Σ ∇ₐQ(s, a)|ₐ₌μ(s) ∇φ μ(s), and towards a*(s) where the actor is guided
        var guide = ActorGuide.Find(_refiners.Guide, _options.Refine.Guide, states => _trainer.Act(_actor, states), s, _behaviour.Steps, metrics);
        var value = _trainer.AscendActor(s, guide);
        metrics.Scalar("loss/actor", -value);

        // θ′ ← τθ + (1 − τ)θ′, φ′ ← τφ + (1 − τ)φ′
        _trainer.MoveTargets(_options.Tau);
        if (metrics.TakeHistograms() is { } histograms)
        {
            histograms.AddNetworks(Modules);
            histograms.Add("batch/actions", a);
            histograms.Add("batch/q1", _trainer.Value(_critic, s, a));
        }
    }

    /// <inheritdoc/>
    public void LoadNetworks(IReadOnlyDictionary<string, Tensor> tensors) => Modules.Load(tensors);

    /// <inheritdoc/>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        Modules.Save(writer);
        _trainer.Save(writer);
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
    }
}
