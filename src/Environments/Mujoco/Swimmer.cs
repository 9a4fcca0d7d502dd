using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of Swimmer-v4 and Swimmer-v5, named as Gymnasium's.</summary>
public sealed record SwimmerOptions() : RestrictableTaskOptions(size: 2)
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 4;

    /// <summary>Weight of the forward velocity.</summary>
    [Range(-1e6, 1e6)]
    public double ForwardRewardWeight { get; init; } = 1;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double CtrlCostWeight { get; init; } = 1e-4;

    /// <summary>Half width of the uniform noise on positions and velocities at a reset.</summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 0.1;

    /// <summary>Leave x and y out of the observation.</summary>
    public bool ExcludeCurrentPositionsFromObservation { get; init; } = true;
}

/// <summary>
/// Swimmer-v4 and -v5 (they are the same): swim forward. Observation: three angles, then the five velocities. Reward:
/// w_f · Δx/dt − w_c · Σa². Never terminates.
/// </summary>
sealed class Swimmer(MujocoModel model, SwimmerOptions options) : MujocoEnvironment(model, options.FrameSkip)
{
    readonly int _firstPosition = options.ExcludeCurrentPositionsFromObservation ? 2 : 0;

    public override IReadOnlyList<string> RewardTerms { get; } = ["forward", "control"];

    protected override int ObservationSize => Qpos.Length - _firstPosition + Qvel.Length;

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var x = Qpos[0];
        Simulate(action);
        var velocity = (Qpos[0] - x) / Dt;

        var forward = options.ForwardRewardWeight * velocity;
        var control = options.CtrlCostWeight * NumPy.SumOfSquares(action);

        Observe(observation);
        (rewardTerms[0], rewardTerms[1]) = (forward, -control);
        return new StepResult(forward - control, Terminated: false);
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
        Qvel.CopyTo(observation[positions.Length..]);
    }
}
