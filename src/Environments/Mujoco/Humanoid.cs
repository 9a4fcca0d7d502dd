using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of Humanoid-v4, named as Gymnasium's (its ranges are pairs, here Min and Max).</summary>
[Ordered(nameof(HealthyZMin), nameof(HealthyZMax))]
public sealed record HumanoidV4Options : BoxTaskOptions
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Weight of the forward velocity.</summary>
    [Range(-1e6, 1e6)]
    public double ForwardRewardWeight { get; init; } = 1.25;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double CtrlCostWeight { get; init; } = 0.1;

    /// <summary>Reward of a step that ends healthy (or, if it then terminates, of every step).</summary>
    [Range(-1e6, 1e6)]
    public double HealthyReward { get; init; } = 5;

    /// <summary>End the episode when unhealthy.</summary>
    public bool TerminateWhenUnhealthy { get; init; } = true;

    /// <summary>Healthy: the torso's height [m] above this,</summary>
    public double HealthyZMin { get; init; } = 1;

    /// <summary>and below this.</summary>
    public double HealthyZMax { get; init; } = 2;

    /// <summary>Half width of the uniform noise on positions and velocities at a reset.</summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 1e-2;

    /// <summary>Leave x and y out of the observation.</summary>
    public bool ExcludeCurrentPositionsFromObservation { get; init; } = true;
}

/// <summary>Options of Humanoid-v5, named as Gymnasium's (its ranges are pairs, here Min and Max).</summary>
[Ordered(nameof(ContactCostMin), nameof(ContactCostMax))]
[Ordered(nameof(HealthyZMin), nameof(HealthyZMax))]
public sealed record HumanoidV5Options : BoxTaskOptions
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Weight of the forward velocity.</summary>
    [Range(-1e6, 1e6)]
    public double ForwardRewardWeight { get; init; } = 1.25;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double CtrlCostWeight { get; init; } = 0.1;

    /// <summary>Weight of the sum of squared contact forces.</summary>
    [Range(0, 1e6)]
    public double ContactCostWeight { get; init; } = 5e-7;

    /// <summary>The contact cost is clipped to at least this,</summary>
    public double ContactCostMin { get; init; } = double.NegativeInfinity;

    /// <summary>and to at most this.</summary>
    public double ContactCostMax { get; init; } = 10;

    /// <summary>Reward of a step that ends healthy.</summary>
    [Range(-1e6, 1e6)]
    public double HealthyReward { get; init; } = 5;

    /// <summary>End the episode when unhealthy.</summary>
    public bool TerminateWhenUnhealthy { get; init; } = true;

    /// <summary>Healthy: the torso's height [m] above this,</summary>
    public double HealthyZMin { get; init; } = 1;

    /// <summary>and below this.</summary>
    public double HealthyZMax { get; init; } = 2;

    /// <summary>Half width of the uniform noise on positions and velocities at a reset.</summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 1e-2;

    /// <summary>Leave x and y out of the observation.</summary>
    public bool ExcludeCurrentPositionsFromObservation { get; init; } = true;

    /// <summary>Observe the bodies' inertias (130 elements).</summary>
    public bool IncludeCinertInObservation { get; init; } = true;

    /// <summary>Observe the bodies' velocities (78 elements).</summary>
    public bool IncludeCvelInObservation { get; init; } = true;

    /// <summary>Observe the motors' torques (17 elements).</summary>
    public bool IncludeQfrcActuatorInObservation { get; init; } = true;

    /// <summary>Observe the contact forces on the bodies (78 elements).</summary>
    public bool IncludeCfrcExtInObservation { get; init; } = true;
}

/// <summary>What a humanoid observes beside its velocities.</summary>
/// <param name="Version">v4 also shows what is always zero: the world's rows and the forces of motors on the root.</param>
/// <param name="ExcludePositions">Leave x and y out.</param>
/// <param name="Cinert">Inertias of the bodies about the centre of mass.</param>
/// <param name="Cvel">Velocities of the bodies at the centre of mass.</param>
/// <param name="QfrcActuator">Torques of the motors.</param>
/// <param name="CfrcExt">Contact forces on the bodies.</param>
readonly record struct HumanoidObservation(
    TaskVersion Version,
    bool ExcludePositions,
    bool Cinert = true,
    bool Cvel = true,
    bool QfrcActuator = true,
    bool CfrcExt = true);

/// <summary>
/// What the tasks of the humanoid share: the start and the observation, of which all but positions and velocities lags.
/// </summary>
abstract class Humanoid : MujocoEnvironment
{
    // Lengths of one row, and of the free joint's velocity.
    const int CinertRow = 10;
    const int CvelRow = 6;
    const int CfrcExtRow = 6;
    const int Root = 6;

    readonly double _noise;
    readonly int _firstPosition;
    readonly (MujocoSimulation.Memory Values, int First)[] _observed;
    readonly MujocoSimulation.Memory _cfrcExt;

    protected Humanoid(MujocoModel model, int frameSkip, HumanoidObservation observation, double noise)
        : base(model, frameSkip, readsContactForces: true)
    {
        _noise = noise;
        _firstPosition = observation.ExcludePositions ? 2 : 0;
        _cfrcExt = Simulation.Doubles("cfrc_ext");

        var isFifth = observation.Version == TaskVersion.V5;
        _observed =
        [
            .. Observed(observation.Cinert, "cinert", CinertRow),
            .. Observed(observation.Cvel, "cvel", CvelRow),
            .. Observed(observation.QfrcActuator, "qfrc_actuator", Root),
            .. Observed(observation.CfrcExt, "cfrc_ext", CfrcExtRow),
        ];

        (MujocoSimulation.Memory Values, int First)[] Observed(bool isIncluded, string field, int zeros) =>
            isIncluded ? [(Simulation.Doubles(field), isFifth ? zeros : 0)] : [];
    }

    protected override int ObservationSize =>
        Qpos.Length - _firstPosition + Qvel.Length + _observed.Sum(part => part.Values.Length - part.First);

    /// <summary>Σ cfrc_ext² over all bodies.</summary>
    protected double SquaredContactForces => NumPy.SumOfSquares(_cfrcExt.Span);

    protected override void Disturb(Pcg64 random)
    {
        AddUniform(random, Qpos, _noise);
        AddUniform(random, Qvel, _noise);
    }

    protected override void Observe(Span<double> observation)
    {
        var positions = Qpos[_firstPosition..];
        positions.CopyTo(observation);
        observation = observation[positions.Length..];
        Qvel.CopyTo(observation);
        observation = observation[Qvel.Length..];
        foreach (var (values, first) in _observed)
        {
            var part = values.Span[first..];
            part.CopyTo(observation);
            observation = observation[part.Length..];
        }
    }
}

/// <summary>What both versions of the walking humanoid share: the mass centre, which lags, is what moves forward.</summary>
abstract class WalkingHumanoid(MujocoModel model, int frameSkip, HumanoidObservation observation, double noise)
    : Humanoid(model, frameSkip, observation, noise)
{
    readonly double[] _mass = model.Doubles("body_mass").ToArray();
    readonly double _totalMass = NumPy.Sum(model.Doubles("body_mass"));

    /// <summary>x of the mass centre: of the moment before the last integration, also when read "before" a step.</summary>
    protected double X
    {
        get
        {
            var xipos = Xipos.Span;
            var moment = 0.0;
            for (var body = 0; body < _mass.Length; body++)
            {
                moment += _mass[body] * xipos[3 * body];
            }

            return moment / _totalMass;
        }
    }

    MujocoSimulation.Memory Xipos => field.Length > 0 ? field : field = Simulation.Doubles("xipos");

    /// <summary>The torso's height is strictly within the bounds.</summary>
    protected bool IsHealthy(double min, double max) => min < Qpos[2] && Qpos[2] < max;
}

/// <summary>
/// Humanoid-v4: walk without falling. Observation (376): z, quaternion wxyz, 17 hinges, 23 velocities, then as they lag: cinert,
/// cvel, qfrc_actuator and cfrc_ext whole. Reward: w_f · Δx/dt + healthy − w_c · Σa².
/// </summary>
sealed class HumanoidV4(MujocoModel model, HumanoidV4Options options)
    : WalkingHumanoid(
        model,
        options.FrameSkip,
        new HumanoidObservation(TaskVersion.V4, options.ExcludeCurrentPositionsFromObservation),
        options.ResetNoiseScale)
{
    public override IReadOnlyList<string> RewardTerms { get; } = ["forward", "healthy", "control"];

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var x = X;
        Simulate(action);
        var velocity = (X - x) / Dt;
        var isHealthy = IsHealthy(options.HealthyZMin, options.HealthyZMax);

        var forward = options.ForwardRewardWeight * velocity;
        var healthy = isHealthy || options.TerminateWhenUnhealthy ? options.HealthyReward : 0;
        var control = options.CtrlCostWeight * NumPy.SumOfSquares(action);

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2]) = (forward, healthy, -control);
        return new StepResult(forward + healthy - control, options.TerminateWhenUnhealthy && !isHealthy);
    }
}

/// <summary>
/// Humanoid-v5: as v4, but what is always zero is not observed (348 elements), contacts cost, and the healthy reward is not paid
/// on the terminating step. Reward: w_f · Δx/dt + healthy − (w_c · Σa² + clip(w_k · Σ cfrc_ext²)).
/// </summary>
sealed class HumanoidV5(MujocoModel model, HumanoidV5Options options)
    : WalkingHumanoid(
        model,
        options.FrameSkip,
        new HumanoidObservation(
            TaskVersion.V5,
            options.ExcludeCurrentPositionsFromObservation,
            options.IncludeCinertInObservation,
            options.IncludeCvelInObservation,
            options.IncludeQfrcActuatorInObservation,
            options.IncludeCfrcExtInObservation),
        options.ResetNoiseScale)
{
    public override IReadOnlyList<string> RewardTerms { get; } = ["forward", "healthy", "control", "contact"];

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var x = X;
        Simulate(action);
        var velocity = (X - x) / Dt;
        var isHealthy = IsHealthy(options.HealthyZMin, options.HealthyZMax);

        var forward = options.ForwardRewardWeight * velocity;
        var healthy = isHealthy ? options.HealthyReward : 0;
        var control = options.CtrlCostWeight * NumPy.SumOfSquares(action);
        var contact = NumPy.Clip(
            options.ContactCostWeight * SquaredContactForces, options.ContactCostMin, options.ContactCostMax);

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2], rewardTerms[3]) = (forward, healthy, -control, -contact);
        return new StepResult(forward + healthy - (control + contact), options.TerminateWhenUnhealthy && !isHealthy);
    }
}
