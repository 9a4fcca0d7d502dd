using System.ComponentModel.DataAnnotations;
using RL.Certification;
using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>Options of <see cref="MaxQ"/>. Those of learning are TD3's.</summary>
public sealed record MaxQOptions : IOffPolicyOptions
{
    /// <summary>Learning rate of the critics.</summary>
    [Range(0, 1)] public double CriticLearningRate { get; init; } = 3e-4;

    /// <summary>Sizes of the critics' hidden layers.</summary>
    [Layers] public int[] HiddenLayers { get; init; } = [256, 256];

    /// <summary>N, transitions in a minibatch.</summary>
    [Range(1, 1_000_000)] public int BatchSize { get; init; } = 256;

    /// <summary>γ, discount.</summary>
    [Range(0, 1)] public double Discount { get; init; } = 0.99;

    /// <summary>τ, fraction by which the targets move at each update.</summary>
    [Range(0, 1)] public double Tau { get; init; } = 0.005;

    /// <summary>σ̃, standard deviation of the noise on the target's actions; 0: none.</summary>
    [Range(0, 10)] public double TargetNoise { get; init; }

    /// <summary>c, bound of the noise on the target's actions.</summary>
    [Range(0, 10)] public double TargetNoiseClip { get; init; } = 0.5;

    /// <summary>Noise added to the executed actions.</summary>
    public NoiseOptions Noise { get; init; } = new();

    /// <summary>Number of initial steps with random actions and without learning.</summary>
    [Range(0, long.MaxValue)] public long StartSteps { get; init; } = 25_000;

    /// <summary>When updates are made: at every step, or as many at the end of an episode.</summary>
    public UpdateAt UpdateAt { get; init; } = UpdateAt.Step;

    /// <summary>Capacity of the replay buffer in transitions.</summary>
    [Range(1, 100_000_000)] public int ReplayCapacity { get; init; } = 1_000_000;

    /// <summary>Search for the action to execute.</summary>
    public MaximizerOptions Act { get; init; } = new();

    /// <summary>Search for the actions of the target: for a whole minibatch in every update, so with few passes.</summary>
    public MaximizerOptions Target { get; init; } = new() { Method = "gradient", Passes = 10 };

    /// <summary>Options of the method gradient, but for its steps.</summary>
    public ProjectedGradientOptions Gradient { get; init; } =
        new() { Schedule = StepSchedule.Geometric, StepSize = 0.5, FinalStepSize = 0.02 };

    /// <summary>Options of the method sharp, but for its passes.</summary>
    public SharpOptions Sharp { get; init; } = new();

    /// <summary>Options of the method adr-gd, but for its iterations.</summary>
    public AdrGdOptions AdrGd { get; init; } = AdrGdOptions.ActionRefinement;

    /// <summary>Every how many steps the executed maximiser is certified (refine/optimality_gap); 0: never.</summary>
    [Range(0, long.MaxValue)] public long CertifyEvery { get; init; }

    /// <summary>Nodes of branch and bound that a certificate may take.</summary>
    [Range(1, 1_000_000_000)] public long CertifyNodes { get; init; } = 10_000;
}

/// <summary>
/// Q-learning with continuous actions and without an actor: argmax over the action box is searched for by an input optimiser, where CAQL
/// (Ryu et al., ICLR 2020) solves mixed-integer programs. Twin critics and slowly moving targets as in TD3.
/// </summary>
public sealed class MaxQ : OffPolicyAgent
{
    readonly MaxQOptions _options;
    readonly Critic _critic1, _critic2, _targetCritic1, _targetCritic2;
    readonly ActionMaximizer _acting, _target;
    readonly OptimumCertifier _certifier;
    readonly TargetSmoothing? _smoothing;
    readonly ulong _playSeed;

    // The maximiser of each copy's last step, [copies × action]; empty before the first, and of an episode that has ended 0.
    float[] _last = [];
    long _maximized;
    (double Gap, bool IsProven)? _gap; // not reported yet

    /// <summary>A new, untrained agent.</summary>
    /// <exception cref="ArgumentException">
    /// An option is not allowed, or the spaces are not a flat box of observations and a bounded box of actions.
    /// </exception>
    public MaxQ(MaxQOptions options, Space observationSpace, Space actionSpace, TrainingOptions training, TimeProvider clock)
        : base(options.Checked(), observationSpace, actionSpace, training, trained: 2, targets: 2)
    {
        _options = options;
        using var initial = new Generator(Seeds.Of(training.Seed, Purpose.Networks), CPU);
        Critic NewCritic() => new Critic(ObservationLength, Scaling.Size, options.HiddenLayers, initial).to(Device);

        // Initialise Q₁, Q₂; targets Q₁′ ← Q₁, Q₂′ ← Q₂; replay buffer.
        (_critic1, _critic2, _targetCritic1, _targetCritic2) = (NewCritic(), NewCritic(), NewCritic(), NewCritic());
        var networks = new ActorCritic([], [_critic1, _critic2], [], [_targetCritic1, _targetCritic2]);
        networks.CopyToTargets();
        var rates = new Rates(0, options.CriticLearningRate);
        Trainer = NetworkTrainers.Create(training.Gradients, networks, rates, options.BatchSize, Device);

        _playSeed = Seeds.Of(training.Seed, Purpose.Refinement);
        _acting = NewMaximizer(options.Act, "act", _playSeed);
        _target = NewMaximizer(options.Target, "target", Seeds.Of(training.Seed, Purpose.TargetRefinement));
        _smoothing = options.TargetNoise > 0
            ? new(options.TargetNoise, options.TargetNoiseClip, Device, options.BatchSize, Scaling.Size)
            : null;
        _certifier = new OptimumCertifier(new() { MaxNodes = options.CertifyNodes }, clock);
        Behaviour = new BehaviourPolicy(
            Greedy, Explore, Input, Scaling, options.Noise, options.StartSteps, new(), refiner: null, playRefiner: null, Device, Random,
            clock);
    }

    private protected override NamedModules Modules => new(
        ("critic_1", _critic1), ("critic_2", _critic2), ("target_critic_1", _targetCritic1), ("target_critic_2", _targetCritic2));

    private protected override INetworkTrainer Trainer { get; }

    private protected override BehaviourPolicy Behaviour { get; }

    /// <inheritdoc/>
    public override void Observe(StepOutcome outcome)
    {
        base.Observe(outcome);
        for (var copy = 0; copy < outcome.Rewards.Length; copy++)
        {
            if (outcome.IsFinished(copy) && _last.Length > 0)
            {
                _last.AsSpan(copy * Scaling.Size, Scaling.Size).Clear();
            }
        }
    }

    /// <inheritdoc/>
    public override void Update(IMetrics metrics)
    {
        ArgumentNullException.ThrowIfNull(metrics);
        if (_gap is { } certified)
        {
            metrics.Scalar("refine/optimality_gap", certified.Gap);
            metrics.Scalar("refine/proven", certified.IsProven ? 1 : 0);
            _gap = null;
        }

        base.Update(metrics);
    }

    /// <summary>One update, from "sample mini-batch".</summary>
    internal override void Learn(IMetrics metrics)
    {
        using var scope = NewDisposeScope();
        Replay.Sample(Random, Batch);
        var (s, a, r, s2, continues) = (Batch.Observations, Batch.Actions, Batch.Rewards, Batch.NextObservations, Batch.Continues);

        // a*(s′) ← argmax Q(s′, ·), searched from a, the maximiser of the step before, and from random actions
        // ã ← clip(a*(s′) + clip(ε, −c, c), −1, 1)
        // y ← r + γ (1 − d) min(Q₁′(s′, ã), Q₂′(s′, ã))
        var found = _target.Maximize(s2, a, Random);
        metrics.Scalar("refine/target_gain", found.Gain.mean().ToDouble());
        var a2 = _smoothing is null ? found.X : (found.X + _smoothing.Draw(Random)).clamp(-1, 1);
        var q = minimum(Trainer.Value(_targetCritic1, s2, a2), Trainer.Value(_targetCritic2, s2, a2));
        var y = r + (continues * q * _options.Discount);

        // θᵢ ← argmin N⁻¹ Σ (y − Qᵢ(s, a))²
        var (criticLoss, q1) = Trainer.DescendCritics(s, a, y);
        metrics.Scalar("loss/critic", criticLoss);
        metrics.Scalar("value/q1", q1);

        // θᵢ′ ← τθᵢ + (1 − τ)θᵢ′
        Trainer.MoveTargets(_options.Tau);
        ReportHistograms(metrics, _critic1);
    }

    private protected override void SaveOwn(BinaryWriter writer)
    {
        _acting.Save(writer);
        _target.Save(writer);
        writer.Write(_maximized);
        writer.Write(_last.Length);
        foreach (var value in _last)
        {
            writer.Write(value);
        }
    }

    private protected override void LoadOwn(BinaryReader reader)
    {
        _acting.Load(reader);
        _target.Load(reader);
        _maximized = reader.ReadInt64();
        _last = new float[reader.ReadInt32()];
        foreach (ref var value in _last.AsSpan())
        {
            value = reader.ReadSingle();
        }
    }

    private protected override void DisposeOwn()
    {
        _acting.Dispose();
        _target.Dispose();
        _smoothing?.Dispose();
    }

    /// <summary>a* as a function of the state: searched from 0 and from the same random actions every time. [N × action]</summary>
    Tensor Greedy(Tensor s) => _acting.MaximizeEach(s, zeros(s.shape[0], Scaling.Size, device: Device), _playSeed);

    /// <summary>a*, searched from the copy's last maximiser and from random actions. [N × action]</summary>
    Tensor Explore(Tensor s)
    {
        var size = (int)s.shape[0] * Scaling.Size;
        if (_last.Length < size)
        {
            Array.Resize(ref _last, size);
        }

        var found = _acting.Maximize(s, tensor(_last.AsSpan(0, size).ToArray(), [s.shape[0], Scaling.Size], device: Device), Random);
        found.X.cpu().data<float>().CopyTo(_last);
        var before = _maximized;
        _maximized += s.shape[0];
        if (_options.CertifyEvery > 0 && _maximized / _options.CertifyEvery > before / _options.CertifyEvery)
        {
            Certify(s, found);
        }

        return found.X;
    }

    /// <summary>How far the first copy's action is from the maximum at most.</summary>
    void Certify(Tensor s, InputOptimum found)
    {
        var action = found.X.narrow(0, 0, 1);
        var certificate = _certifier.Certify(_acting.Critic.Given(s.narrow(0, 0, 1)), Box.Between(-1, 1, action), action);
        // The value is float32's, which may round it above the bound.
        _gap = (Math.Max(0, certificate.UpperBound - found.Value[0].ToDouble()), certificate.Proven);
    }

    ActionMaximizer NewMaximizer(MaximizerOptions options, string name, ulong seed)
    {
        var critic = new RefinementCritics(_critic1, _targetCritic1, _targetCritic2).Named(options.Critic, $"agent.{name}.critic");
        var generator = new Generator(seed, Device);
        return new ActionMaximizer(
            critic, ActionSearch.Create(options.Method, options.Passes, _options.Gradient, _options.Sharp, _options.AdrGd, generator), generator,
            options);
    }
}
