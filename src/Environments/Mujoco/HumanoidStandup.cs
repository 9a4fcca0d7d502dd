using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>
/// Options of HumanoidStandup-v4 and HumanoidStandup-v5, named as Gymnasium's v5 (its ranges are pairs, here Min and Max).
/// </summary>
[Ordered(nameof(ImpactCostMin), nameof(ImpactCostMax))]
public sealed record HumanoidStandupOptions : BoxTaskOptions
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double CtrlCostWeight { get; init; } = 0.1;

    /// <summary>Weight of the sum of squared contact forces.</summary>
    [Range(0, 1e6)]
    public double ImpactCostWeight { get; init; } = 0.5e-6;

    /// <summary>The impact cost is clipped to at least this,</summary>
    public double ImpactCostMin { get; init; } = double.NegativeInfinity;

    /// <summary>and to at most this.</summary>
    public double ImpactCostMax { get; init; } = 10;

    /// <summary>Half width of the uniform noise on positions and velocities at a reset.</summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 1e-2;

    /// <summary>Leave x and y out of the observation.</summary>
    public bool ExcludeCurrentPositionsFromObservation { get; init; } = true;

    /// <summary>Observe the bodies' inertias (v4: 140 elements, v5: 130).</summary>
    public bool IncludeCinertInObservation { get; init; } = true;

    /// <summary>Observe the bodies' velocities (v4: 84 elements, v5: 78).</summary>
    public bool IncludeCvelInObservation { get; init; } = true;

    /// <summary>Observe the motors' torques (v4: 23 elements, v5: 17).</summary>
    public bool IncludeQfrcActuatorInObservation { get; init; } = true;

    /// <summary>Observe the contact forces on the bodies (v4: 84 elements, v5: 78).</summary>
    public bool IncludeCfrcExtInObservation { get; init; } = true;
}

/// <summary>
/// HumanoidStandup-v4 and -v5: stand up from lying on the back. Observation: as <see cref="HumanoidV4"/> (376) and
/// <see cref="HumanoidV5"/> (348). Reward: z/h + 1 − w_c · Σa² − clip(w_i · Σ cfrc_ext²) with the torso's height z after the step
/// and the time h of one physics step. Never terminates.
/// </summary>
sealed class HumanoidStandup(MujocoModel model, HumanoidStandupOptions options, TaskVersion version)
    : Humanoid(
        model,
        options.FrameSkip,
        new HumanoidObservation(
            version,
            options.ExcludeCurrentPositionsFromObservation,
            options.IncludeCinertInObservation,
            options.IncludeCvelInObservation,
            options.IncludeQfrcActuatorInObservation,
            options.IncludeCfrcExtInObservation),
        options.ResetNoiseScale)
{
    readonly double _timestep = model.Doubles("opt.timestep")[0];

    public override IReadOnlyList<string> RewardTerms { get; } = ["up", "control", "impact", "alive"];

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        Simulate(action);

        var up = Qpos[2] / _timestep;
        var control = options.CtrlCostWeight * NumPy.SumOfSquares(action);
        var impact = NumPy.Clip(
            options.ImpactCostWeight * SquaredContactForces, options.ImpactCostMin, options.ImpactCostMax);

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2], rewardTerms[3]) = (up, -control, -impact, 1);
        return new StepResult(up - control - impact + 1, Terminated: false);
    }
}
