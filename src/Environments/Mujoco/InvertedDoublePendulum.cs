using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of InvertedDoublePendulum-v4 and InvertedDoublePendulum-v5, named as Gymnasium's.</summary>
public sealed record InvertedDoublePendulumOptions() : RestrictableTaskOptions(size: 3, invalidAction: -1, isFirstStepValid: true)
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Reward of a step.</summary>
    [Range(-1e6, 1e6)]
    public double HealthyReward { get; init; } = 10;

    /// <summary>
    /// Half width of the uniform noise on positions and deviation of the normal noise on velocities at a reset.
    /// </summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 0.1;
}

/// <summary>
/// InvertedDoublePendulum-v4 and -v5: keep both poles up. Observation: x, sines and cosines of the angles, velocities and
/// constraint forces clipped to ±10 (v4 all three forces, v5 the first; the others are zero). Reward:
/// healthy − (0.01 x² + (y − 2)²) − (0.001 v₁² + 0.005 v₂²) with (x, y) the lagging tip. Terminates when y ≤ 1; v5 then pays no
/// healthy reward.
/// </summary>
sealed class InvertedDoublePendulum(MujocoModel model, InvertedDoublePendulumOptions options, TaskVersion version)
    : MujocoEnvironment(model, options.FrameSkip)
{
    public override IReadOnlyList<string> RewardTerms { get; } = ["survive", "distance", "velocity"];

    protected override MujocoView? View { get; } = new((0, 0, 0.45), 3, 90, -10);

    protected override int ObservationSize => version == TaskVersion.V4 ? 11 : 9;

    // The only site is the tip.
    MujocoSimulation.Memory SiteXpos => field.Length > 0 ? field : field = Simulation.Doubles("site_xpos");

    MujocoSimulation.Memory QfrcConstraint => field.Length > 0 ? field : field = Simulation.Doubles("qfrc_constraint");

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        Simulate(action);
        var (x, y) = (SiteXpos[0], SiteXpos[2]);
        var (v1, v2) = (Qvel[1], Qvel[2]);
        var terminated = y <= 1;

        var distance = (0.01 * (x * x)) + ((y - 2) * (y - 2));
        var velocity = (1e-3 * (v1 * v1)) + (5e-3 * (v2 * v2));
        var survive = terminated && version == TaskVersion.V5 ? 0 : options.HealthyReward;

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2]) = (survive, -distance, -velocity);
        return new StepResult(survive - distance - velocity, terminated);
    }

    protected override void Disturb(Pcg64 random)
    {
        AddUniform(random, Qpos, options.ResetNoiseScale);
        AddGaussian(random, Qvel, options.ResetNoiseScale);
    }

    protected override void Observe(Span<double> observation)
    {
        observation[0] = Qpos[0];
        (observation[1], observation[2]) = (Math.Sin(Qpos[1]), Math.Sin(Qpos[2]));
        (observation[3], observation[4]) = (Math.Cos(Qpos[1]), Math.Cos(Qpos[2]));
        NumPy.Clip(Qvel, -10, 10, observation[5..]);
        NumPy.Clip(QfrcConstraint.Span[..(ObservationSize - 8)], -10, 10, observation[8..]);
    }
}
