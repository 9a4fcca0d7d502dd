using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of Ant-v4, named as Gymnasium's (its ranges are pairs, here Min and Max).</summary>
[Ordered(nameof(ContactForceMin), nameof(ContactForceMax))]
[Ordered(nameof(HealthyZMin), nameof(HealthyZMax))]
public sealed record AntV4Options() : RestrictableTaskOptions(size: 0.5)
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double CtrlCostWeight { get; init; } = 0.5;

    /// <summary>Observe the contact forces (84 more elements) and subtract their cost.</summary>
    public bool UseContactForces { get; init; }

    /// <summary>Weight of the sum of squared contact forces; counts only with <see cref="UseContactForces"/>.</summary>
    [Range(0, 1e6)]
    public double ContactCostWeight { get; init; } = 5e-4;

    /// <summary>Contact forces are clipped to at least this,</summary>
    public double ContactForceMin { get; init; } = -1;

    /// <summary>and to at most this.</summary>
    public double ContactForceMax { get; init; } = 1;

    /// <summary>Reward of a step that ends healthy (or, if it then terminates, of every step).</summary>
    [Range(-1e6, 1e6)]
    public double HealthyReward { get; init; } = 1;

    /// <summary>End the episode when unhealthy.</summary>
    public bool TerminateWhenUnhealthy { get; init; } = true;

    /// <summary>Healthy: the state is finite and the torso's height [m] at least this,</summary>
    public double HealthyZMin { get; init; } = 0.2;

    /// <summary>and at most this.</summary>
    public double HealthyZMax { get; init; } = 1;

    /// <summary>
    /// Half width of the uniform noise on positions and deviation of the normal noise on velocities at a reset.
    /// </summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 0.1;

    /// <summary>Leave x and y out of the observation.</summary>
    public bool ExcludeCurrentPositionsFromObservation { get; init; } = true;
}

/// <summary>Options of Ant-v5, named as Gymnasium's (its ranges are pairs, here Min and Max).</summary>
[Ordered(nameof(ContactForceMin), nameof(ContactForceMax))]
[Ordered(nameof(HealthyZMin), nameof(HealthyZMax))]
public sealed record AntV5Options() : RestrictableTaskOptions(size: 0.5)
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Weight of the forward velocity.</summary>
    [Range(-1e6, 1e6)]
    public double ForwardRewardWeight { get; init; } = 1;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double CtrlCostWeight { get; init; } = 0.5;

    /// <summary>Weight of the sum of squared contact forces.</summary>
    [Range(0, 1e6)]
    public double ContactCostWeight { get; init; } = 5e-4;

    /// <summary>Contact forces are clipped to at least this,</summary>
    public double ContactForceMin { get; init; } = -1;

    /// <summary>and to at most this.</summary>
    public double ContactForceMax { get; init; } = 1;

    /// <summary>Reward of a step that ends healthy.</summary>
    [Range(-1e6, 1e6)]
    public double HealthyReward { get; init; } = 1;

    /// <summary>The body whose velocity is rewarded, by number (1 is the torso).</summary>
    [Range(0, 13)]
    public int MainBody { get; init; } = 1;

    /// <summary>End the episode when unhealthy.</summary>
    public bool TerminateWhenUnhealthy { get; init; } = true;

    /// <summary>Healthy: the state is finite and the torso's height [m] at least this,</summary>
    public double HealthyZMin { get; init; } = 0.2;

    /// <summary>and at most this.</summary>
    public double HealthyZMax { get; init; } = 1;

    /// <summary>
    /// Half width of the uniform noise on positions and deviation of the normal noise on velocities at a reset.
    /// </summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 0.1;

    /// <summary>Leave x and y out of the observation.</summary>
    public bool ExcludeCurrentPositionsFromObservation { get; init; } = true;

    /// <summary>Observe the contact forces on the bodies but the world's (78 elements).</summary>
    public bool IncludeCfrcExtInObservation { get; init; } = true;
}

/// <summary>
/// What both versions of Ant share: positions without x and y, velocities and clipped contact forces are observed, the lagging
/// x of a body is what moves forward.
/// </summary>
abstract class Ant(MujocoModel model, int frameSkip, bool readsContactForces, int mainBody, bool excludePositions, double noise)
    : MujocoEnvironment(model, frameSkip, readsContactForces)
{
    readonly int _firstPosition = excludePositions ? 2 : 0;
    readonly double[] _contactForces = new double[6 * model.Size("nbody")];

    /// <summary>Number of elements but contact forces.</summary>
    protected int StateObservationSize => Qpos.Length - _firstPosition + Qvel.Length;

    /// <summary>x of the main body: of the moment before the last integration, also when read "before" a step.</summary>
    protected double X => Xpos[3 * mainBody];

    MujocoSimulation.Memory Xpos => field.Length > 0 ? field : field = Simulation.Doubles("xpos");

    MujocoSimulation.Memory CfrcExt => field.Length > 0 ? field : field = Simulation.Doubles("cfrc_ext");

    /// <summary>cfrc_ext clipped; zero after a reset. [nbody × (torque, force)]</summary>
    protected ReadOnlySpan<double> ContactForces(double min, double max)
    {
        NumPy.Clip(CfrcExt.Span, min, max, _contactForces);
        return _contactForces;
    }

    /// <summary>The state is finite and the torso's height within the bounds, which are healthy themselves.</summary>
    protected bool IsHealthy(double min, double max) =>
        NumPy.AllFinite(Qpos) && NumPy.AllFinite(Qvel) && min <= Qpos[2] && Qpos[2] <= max;

    protected override void Disturb(Pcg64 random)
    {
        AddUniform(random, Qpos, noise);
        AddGaussian(random, Qvel, noise);
    }

    protected override void Observe(Span<double> observation)
    {
        var positions = Qpos[_firstPosition..];
        positions.CopyTo(observation);
        Qvel.CopyTo(observation[positions.Length..]);
    }
}

/// <summary>
/// Ant-v4: run forward, spend little. Observation (27): z, quaternion wxyz, eight hinges, fourteen velocities. Reward:
/// Δx/dt + healthy − w_c · Σa². With contact forces: 84 more elements and their cost.
/// </summary>
sealed class AntV4(MujocoModel model, AntV4Options options)
    : Ant(
        model,
        options.FrameSkip,
        readsContactForces: options.UseContactForces,
        mainBody: 1,
        options.ExcludeCurrentPositionsFromObservation,
        options.ResetNoiseScale)
{
    public override IReadOnlyList<string> RewardTerms { get; } =
        options.UseContactForces ? ["forward", "healthy", "control", "contact"] : ["forward", "healthy", "control"];

    protected override int ObservationSize => StateObservationSize + (options.UseContactForces ? Forces.Length : 0);

    ReadOnlySpan<double> Forces => ContactForces(options.ContactForceMin, options.ContactForceMax);

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var x = X;
        Simulate(action);
        var forward = (X - x) / Dt;
        var isHealthy = IsHealthy(options.HealthyZMin, options.HealthyZMax);

        var healthy = isHealthy || options.TerminateWhenUnhealthy ? options.HealthyReward : 0;
        var control = options.CtrlCostWeight * NumPy.SumOfSquares(action);
        var cost = control;
        if (options.UseContactForces)
        {
            var contact = options.ContactCostWeight * NumPy.SumOfSquares(Forces);
            cost += contact;
            rewardTerms[3] = -contact;
        }

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2]) = (forward, healthy, -control);
        return new StepResult(forward + healthy - cost, options.TerminateWhenUnhealthy && !isHealthy);
    }

    protected override void Observe(Span<double> observation)
    {
        base.Observe(observation);
        if (options.UseContactForces)
        {
            Forces.CopyTo(observation[StateObservationSize..]);
        }
    }
}

/// <summary>
/// Ant-v5: as v4, and the contact forces on the thirteen bodies are observed (105 elements in all) and cost by default; the
/// healthy reward is not paid on the terminating step. Reward: w_f · Δx/dt + healthy − (w_c · Σa² + w_k · Σ clip(cfrc_ext)²).
/// </summary>
sealed class AntV5(MujocoModel model, AntV5Options options)
    : Ant(
        model,
        options.FrameSkip,
        readsContactForces: true,
        options.MainBody,
        options.ExcludeCurrentPositionsFromObservation,
        options.ResetNoiseScale)
{
    // The world's row is always zero: costs count it, observations leave it out.
    const int WorldRow = 6;

    public override IReadOnlyList<string> RewardTerms { get; } = ["forward", "healthy", "control", "contact"];

    protected override int ObservationSize =>
        StateObservationSize + (options.IncludeCfrcExtInObservation ? Forces.Length - WorldRow : 0);

    ReadOnlySpan<double> Forces => ContactForces(options.ContactForceMin, options.ContactForceMax);

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var x = X;
        Simulate(action);
        var velocity = (X - x) / Dt;
        var isHealthy = IsHealthy(options.HealthyZMin, options.HealthyZMax);

        var forward = options.ForwardRewardWeight * velocity;
        var healthy = isHealthy ? options.HealthyReward : 0;
        var control = options.CtrlCostWeight * NumPy.SumOfSquares(action);
        var contact = options.ContactCostWeight * NumPy.SumOfSquares(Forces);

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2], rewardTerms[3]) = (forward, healthy, -control, -contact);
        return new StepResult(forward + healthy - (control + contact), options.TerminateWhenUnhealthy && !isHealthy);
    }

    protected override void Observe(Span<double> observation)
    {
        base.Observe(observation);
        if (options.IncludeCfrcExtInObservation)
        {
            Forces[WorldRow..].CopyTo(observation[StateObservationSize..]);
        }
    }
}
