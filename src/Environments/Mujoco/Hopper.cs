using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of Hopper-v4 and Hopper-v5, named as Gymnasium's (its ranges are pairs, here Min and Max).</summary>
[Ordered(nameof(HealthyStateMin), nameof(HealthyStateMax))]
[Ordered(nameof(HealthyZMin), nameof(HealthyZMax))]
[Ordered(nameof(HealthyAngleMin), nameof(HealthyAngleMax))]
public sealed record HopperOptions() : RestrictableTaskOptions(size: 1.25)
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 4;

    /// <summary>Weight of the forward velocity.</summary>
    [Range(-1e6, 1e6)]
    public double ForwardRewardWeight { get; init; } = 1;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double CtrlCostWeight { get; init; } = 1e-3;

    /// <summary>Reward of a step that ends healthy.</summary>
    [Range(-1e6, 1e6)]
    public double HealthyReward { get; init; } = 1;

    /// <summary>End the episode when unhealthy.</summary>
    public bool TerminateWhenUnhealthy { get; init; } = true;

    /// <summary>Healthy: every velocity and every position but x and z above this,</summary>
    public double HealthyStateMin { get; init; } = -100;

    /// <summary>and below this;</summary>
    public double HealthyStateMax { get; init; } = 100;

    /// <summary>the torso's height [m] above this,</summary>
    public double HealthyZMin { get; init; } = 0.7;

    /// <summary>and below this;</summary>
    public double HealthyZMax { get; init; } = double.PositiveInfinity;

    /// <summary>its pitch [rad] above this,</summary>
    public double HealthyAngleMin { get; init; } = -0.2;

    /// <summary>and below this.</summary>
    public double HealthyAngleMax { get; init; } = 0.2;

    /// <summary>Half width of the uniform noise on positions and velocities at a reset.</summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 5e-3;

    /// <summary>Leave x out of the observation.</summary>
    public bool ExcludeCurrentPositionsFromObservation { get; init; } = true;
}

/// <summary>
/// Hopper-v4 and -v5: hop forward without falling. Observation: z, pitch, three joint angles, then the six velocities clipped
/// to ±10. Reward: w_f · Δx/dt + healthy − w_c · Σa². v4 pays the healthy reward on the terminating step too, v5 does not.
/// </summary>
sealed class Hopper(MujocoModel model, HopperOptions options, TaskVersion version) : MujocoEnvironment(model, options.FrameSkip)
{
    readonly int _firstPosition = options.ExcludeCurrentPositionsFromObservation ? 1 : 0;

    public override IReadOnlyList<string> RewardTerms { get; } = ["forward", "healthy", "control"];

    protected override int ObservationSize => Qpos.Length - _firstPosition + Qvel.Length;

    bool IsHealthy
    {
        get
        {
            var (z, angle) = (Qpos[1], Qpos[2]);
            return AllWithin(Qpos[2..], options.HealthyStateMin, options.HealthyStateMax)
                && AllWithin(Qvel, options.HealthyStateMin, options.HealthyStateMax)
                && options.HealthyZMin < z && z < options.HealthyZMax
                && options.HealthyAngleMin < angle && angle < options.HealthyAngleMax;
        }
    }

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var x = Qpos[0];
        Simulate(action);
        var velocity = (Qpos[0] - x) / Dt;
        var isHealthy = IsHealthy;

        var forward = options.ForwardRewardWeight * velocity;
        var isPaid = isHealthy || (version == TaskVersion.V4 && options.TerminateWhenUnhealthy);
        var healthy = isPaid ? options.HealthyReward : 0;
        var control = options.CtrlCostWeight * NumPy.SumOfSquares(action);

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2]) = (forward, healthy, -control);
        return new StepResult(forward + healthy - control, options.TerminateWhenUnhealthy && !isHealthy);
    }

    protected override void Disturb(Pcg64 random)
    {
        AddUniform(random, Qpos, options.ResetNoiseScale);
        AddUniform(random, Qvel, options.ResetNoiseScale);
    }

    protected override void Observe(Span<double> observation)
    {
        var positions = Qpos[_firstPosition..];
        positions.CopyTo(observation);
        NumPy.Clip(Qvel, -10, 10, observation[positions.Length..]);
    }

    // Strictly, so that a NaN is unhealthy.
    static bool AllWithin(ReadOnlySpan<double> values, double low, double high)
    {
        foreach (var value in values)
        {
            if (!(low < value && value < high))
            {
                return false;
            }
        }

        return true;
    }
}
