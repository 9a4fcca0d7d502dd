using System.ComponentModel.DataAnnotations;
using RL.Environments;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Options of <see cref="Td3"/>. The defaults are those of the authors' code as it stands today.</summary>
public sealed record Td3Options : IOffPolicyOptions, IRefinableOptions
{
    /// <summary>Learning rate of the actor.</summary>
    [Range(0, 1)] public double ActorLearningRate { get; init; } = 3e-4;

    /// <summary>Learning rate of the critics.</summary>
    [Range(0, 1)] public double CriticLearningRate { get; init; } = 3e-4;

    /// <summary>Sizes of the hidden layers, actor and critics alike.</summary>
    [Layers] public int[] HiddenLayers { get; init; } = [256, 256];

    /// <summary>
    /// k, actors that learn side by side: of their actions the one that the critics value highest is executed, and is the target's. 1: TD3.
    /// </summary>
    [Range(1, 16)] public int Actors { get; init; } = 1;

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
public sealed class Td3 : OffPolicyAgent, IAttackable, IRefinable
{
    readonly Td3Options _options;
    readonly Actor[] _actors, _targetActors;
    readonly Critic _critic1, _critic2, _targetCritic1, _targetCritic2;
    readonly TargetSmoothing _smoothing;
    readonly Refiners _refiners;
    long _updates;

    /// <summary>A new, untrained agent.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, or the spaces are not a flat box of observations and a bounded box of actions.
    /// </exception>
    public Td3(Td3Options options, Space observationSpace, Space actionSpace, TrainingOptions training, TimeProvider clock)
        : base(options.Checked(), observationSpace, actionSpace, training, trained: options.Actors + 2, targets: options.Actors + 2)
    {
        _options = options;
        if (options is { Actors: > 1, Refine.Guide.Method: not "none" })
        {
            throw new ArgumentException(
                $"agent.refine.guide.method is {options.Refine.Guide.Method}; allowed with agent.actors={options.Actors}: none.", nameof(options));
        }

        using var initial = new Generator(Seeds.Of(training.Seed, Purpose.Networks), CPU);
        Actor NewActor() => new Actor(ObservationLength, Scaling.Size, options.HiddenLayers, initial).to(Device);
        Critic NewCritic() => new Critic(ObservationLength, Scaling.Size, options.HiddenLayers, initial).to(Device);

        // Initialise Q₁, Q₂, μ; targets Q₁′ ← Q₁, Q₂′ ← Q₂, μ′ ← μ; replay buffer.
        (var actor, _critic1, _critic2) = (NewActor(), NewCritic(), NewCritic());
        (var targetActor, _targetCritic1, _targetCritic2) = (NewActor(), NewCritic(), NewCritic());
        _actors = [actor, .. Enumerable.Range(1, options.Actors - 1).Select(_ => NewActor())];
        _targetActors = [targetActor, .. Enumerable.Range(1, options.Actors - 1).Select(_ => NewActor())];
        var networks = new ActorCritic(_actors, [_critic1, _critic2], _targetActors, [_targetCritic1, _targetCritic2]);
        networks.CopyToTargets();
        var rates = new Rates(options.ActorLearningRate, options.CriticLearningRate);
        Trainer = NetworkTrainers.Create(training.Gradients, networks, rates, options.BatchSize, Device);
        _smoothing = new(options.TargetNoise, options.TargetNoiseClip, Device, options.BatchSize, Scaling.Size);

        _refiners = new Refiners(options.Refine, new(_critic1, _targetCritic1, _targetCritic2), Device, training.Seed, clock);
        Behaviour = new BehaviourPolicy(
            Greedy, explore: null, Input, Scaling, options.Noise, options.StartSteps, options.Refine.Explore, _refiners.Explore,
            _refiners.Evaluate, Device, Random, clock);
    }

    /// <inheritdoc/>
    /// <remarks>Null of several actors.</remarks>
    public IPolicyNetwork? PolicyNetwork => _actors is [var actor] ? new ActorPolicyNetwork(Input, actor, _critic1, Scaling) : null;

    private protected override NamedModules Modules => new(
    [
        ("actor", _actors[0]), ("critic_1", _critic1), ("critic_2", _critic2),
        ("target_actor", _targetActors[0]), ("target_critic_1", _targetCritic1), ("target_critic_2", _targetCritic2),
        .. _actors.Skip(1).Select((actor, i) => ($"actor_{i + 2}", (nn.Module)actor)),
        .. _targetActors.Skip(1).Select((actor, i) => ($"target_actor_{i + 2}", (nn.Module)actor)),
    ]);

    private protected override INetworkTrainer Trainer { get; }

    private protected override BehaviourPolicy Behaviour { get; }

    /// <inheritdoc/>
    public double ActRefined(SpaceBuffer observations, SpaceBuffer actions, IReadOnlyList<bool> isPlaying) =>
        Behaviour.ActRefined(observations, actions, isPlaying);

    /// <summary>One pass of Algorithm 1's loop body, from "sample mini-batch".</summary>
    internal override void Learn(IMetrics metrics)
    {
        using var scope = NewDisposeScope();
        _updates++;
        Replay.Sample(Random, Batch);
        var (s, a, r, s2, continues) = (Batch.Observations, Batch.Actions, Batch.Rewards, Batch.NextObservations, Batch.Continues);

        // ã ← clip(μ′(s′) + clip(ε, −c, c), −1, 1), ε ~ N(0, σ̃²), with a*(s′) for μ′(s′) where the target is refined
        // y ← r + γ (1 − d) min(Q₁′(s′, ã), Q₂′(s′, ã))
        var next = TargetAction(s2);
        next = _refiners.Target?.Refine(s2, next, Behaviour.Steps, metrics)?.Actions ?? next;
        var a2 = (next + _smoothing.Draw(Random)).clamp(-1.0, 1.0);
        var q = minimum(Trainer.Value(_targetCritic1, s2, a2), Trainer.Value(_targetCritic2, s2, a2));
        var y = r + (continues * q * _options.Discount);

        // θᵢ ← argmin N⁻¹ Σ (y − Qᵢ(s, a))²
        var (criticLoss, q1) = Trainer.DescendCritics(s, a, y);
        metrics.Scalar("loss/critic", criticLoss);
        metrics.Scalar("value/q1", q1);

        if (_updates % _options.PolicyDelay == 0)
        {
            // ∇φ J = N⁻¹ Σ ∇ₐQ₁(s, a)|ₐ₌μ(s) ∇φ μ(s), and towards a*(s) where the actor is guided
            var guide = ActorGuide.Find(_refiners.Guide, _options.Refine.Guide, states => Trainer.Act(_actors[0], states), s, Behaviour.Steps, metrics);
            var value = Trainer.AscendActor(0, s, guide);
            metrics.Scalar("loss/actor", -value);
            for (var actor = 1; actor < _actors.Length; actor++)
            {
                Trainer.AscendActor(actor, s);
            }

            // θᵢ′ ← τθᵢ + (1 − τ)θᵢ′, φ′ ← τφ + (1 − τ)φ′
            Trainer.MoveTargets(_options.Tau);

            // Here the gradients of all networks are those of one minibatch.
            ReportHistograms(metrics, _critic1);
        }
    }

    /// <summary>μ(s), of several actors' the action with the largest Q₁. [N × observation] → [N × action]</summary>
    Tensor Greedy(Tensor s)
    {
        var best = _actors[0].call(s);
        if (_actors.Length == 1)
        {
            return best;
        }

        var value = _critic1.call(s, best);
        foreach (var actor in _actors.AsSpan(1))
        {
            var a = actor.call(s);
            KeepBetter(ref best, ref value, a, _critic1.call(s, a));
        }

        return best;
    }

    /// <summary>μ′(s′), of several actors' the action with the largest min(Q₁′, Q₂′). [N × observation] → [N × action]</summary>
    Tensor TargetAction(Tensor s2)
    {
        if (_targetActors.Length == 1)
        {
            return Trainer.Act(_targetActors[0], s2);
        }

        var actions = Array.ConvertAll(_targetActors, actor => Trainer.Act(actor, s2));
        Tensor Value(Tensor a) => minimum(Trainer.Value(_targetCritic1, s2, a), Trainer.Value(_targetCritic2, s2, a));
        var (best, value) = (actions[0], Value(actions[0]));
        foreach (var a in actions.AsSpan(1))
        {
            KeepBetter(ref best, ref value, a, Value(a));
        }

        return best;
    }

    /// <summary>Takes over, row by row, the actions whose values are larger.</summary>
    static void KeepBetter(ref Tensor best, ref Tensor value, Tensor actions, Tensor values)
    {
        best = where(values.gt(value), actions, best);
        value = maximum(values, value);
    }

    private protected override void SaveOwn(BinaryWriter writer)
    {
        writer.Write(_updates);
        _refiners.Save(writer);
    }

    private protected override void LoadOwn(BinaryReader reader)
    {
        _updates = reader.ReadInt64();
        _refiners.Load(reader);
    }

    private protected override void DisposeOwn()
    {
        _refiners.Dispose();
        _smoothing.Dispose();
    }
}
