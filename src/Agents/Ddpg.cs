using System.ComponentModel.DataAnnotations;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Options of <see cref="Ddpg"/>. Defaults: the TD3 authors' own DDPG; the preset ddpg-lillicrap has the paper's.</summary>
public sealed record DdpgOptions : IOffPolicyOptions, IRefinableOptions
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
public sealed class Ddpg : OffPolicyAgent, IAttackable, IRefinable
{
    readonly DdpgOptions _options;
    readonly Actor _actor, _targetActor;
    readonly Critic _critic, _targetCritic;
    readonly Refiners _refiners;

    /// <summary>A new, untrained agent.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, or the spaces are not a flat box of observations and a bounded box of actions.
    /// </exception>
    public Ddpg(DdpgOptions options, Space observationSpace, Space actionSpace, TrainingOptions training, TimeProvider clock)
        : base(options.Checked(), observationSpace, actionSpace, training, trained: 2, targets: 2)
    {
        _options = options;
        using var initial = new Generator(Seeds.Of(training.Seed, Purpose.Networks), CPU);
        Actor NewActor() => new Actor(ObservationLength, Scaling.Size, options.HiddenLayers, initial).to(Device);
        Critic NewCritic() => new Critic(ObservationLength, Scaling.Size, options.HiddenLayers, initial).to(Device);

        // Initialise Q, μ; targets Q′ ← Q, μ′ ← μ; replay buffer.
        (_actor, _critic) = (NewActor(), NewCritic());
        (_targetActor, _targetCritic) = (NewActor(), NewCritic());
        var networks = new ActorCritic([_actor], [_critic], [_targetActor], [_targetCritic]);
        networks.CopyToTargets();
        var rates = new Rates(options.ActorLearningRate, options.CriticLearningRate, options.CriticWeightDecay);
        Trainer = NetworkTrainers.Create(training.Gradients, networks, rates, options.BatchSize, Device);

        _refiners = new Refiners(options.Refine, new(_critic, _targetCritic), Device, training.Seed, clock);
        Behaviour = new BehaviourPolicy(
            _actor.call, explore: null, Input, Scaling, options.Noise, options.StartSteps, options.Refine.Explore, _refiners.Explore,
            _refiners.Evaluate, Device, Random, clock);
    }

    /// <inheritdoc/>
    public IPolicyNetwork PolicyNetwork => new ActorPolicyNetwork(Input, _actor, _critic, Scaling);

    private protected override NamedModules Modules => new(
        ("actor", _actor), ("critic", _critic), ("target_actor", _targetActor), ("target_critic", _targetCritic));

    private protected override INetworkTrainer Trainer { get; }

    private protected override BehaviourPolicy Behaviour { get; }

    /// <inheritdoc/>
    public double ActRefined(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying) =>
        Behaviour.ActRefined(observations, actions, isPlaying);

    /// <summary>One pass of Algorithm 1's loop body, from "sample mini-batch".</summary>
    internal override void Learn(IMetrics metrics)
    {
        using var scope = NewDisposeScope();
        Replay.Sample(Random, Batch);
        var (s, a, r, s2, continues) = (Batch.Observations, Batch.Actions, Batch.Rewards, Batch.NextObservations, Batch.Continues);

        // y ← r + γ (1 − d) Q′(s′, μ′(s′)), with a*(s′) for μ′(s′) where the target is refined
        var a2 = Trainer.Act(_targetActor, s2);
        a2 = _refiners.Target?.Refine(s2, a2, Behaviour.Steps, metrics)?.Actions ?? a2;
        var q = Trainer.Value(_targetCritic, s2, a2);
        var y = r + (continues * q * _options.Discount);

        // θ ← argmin N⁻¹ Σ (y − Q(s, a))²
        var (criticLoss, q1) = Trainer.DescendCritics(s, a, y);
        metrics.Scalar("loss/critic", criticLoss);
        metrics.Scalar("value/q1", q1);

        // ∇φ J = N⁻¹ Σ ∇ₐQ(s, a)|ₐ₌μ(s) ∇φ μ(s), and towards a*(s) where the actor is guided
        var guide = ActorGuide.Find(_refiners.Guide, _options.Refine.Guide, states => Trainer.Act(_actor, states), s, Behaviour.Steps, metrics);
        var value = Trainer.AscendActor(0, s, guide);
        metrics.Scalar("loss/actor", -value);

        // θ′ ← τθ + (1 − τ)θ′, φ′ ← τφ + (1 − τ)φ′
        Trainer.MoveTargets(_options.Tau);
        ReportHistograms(metrics, _critic);
    }

    private protected override void SaveOwn(BinaryWriter writer) => _refiners.Save(writer);

    private protected override void LoadOwn(BinaryReader reader) => _refiners.Load(reader);

    private protected override void DisposeOwn() => _refiners.Dispose();
}
