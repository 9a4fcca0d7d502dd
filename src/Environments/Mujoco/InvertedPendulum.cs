using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of InvertedPendulum-v4 and InvertedPendulum-v5, named as Gymnasium's.</summary>
public sealed record InvertedPendulumOptions() : RestrictableTaskOptions(size: 3, invalidAction: -1, isFirstStepValid: true)
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 2;

    /// <summary>Half width of the uniform noise on positions and velocities at a reset.</summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 0.01;
}

/// <summary>
/// InvertedPendulum-v4 and -v5: keep the pole up. Observation: x, angle and their velocities. Reward: 1 per step; v5 pays none
/// on the terminating step. Terminates when the pole leans by more than 0.2 rad.
/// </summary>
sealed class InvertedPendulum(MujocoModel model, InvertedPendulumOptions options, TaskVersion version)
    : MujocoEnvironment(model, options.FrameSkip)
{
    public override IReadOnlyList<string> RewardTerms { get; } = ["survive"];

    protected override MujocoView? View { get; } = new((0, 0, 0.2), 2.5, 90, -10);

    protected override int ObservationSize => Qpos.Length + Qvel.Length;

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        Simulate(action);
        Observe(observation);
        var terminated = !NumPy.AllFinite(observation) || Math.Abs(Qpos[1]) > 0.2;
        var reward = terminated && version == TaskVersion.V5 ? 0.0 : 1.0;
        rewardTerms[0] = reward;
        return new StepResult(reward, terminated);
    }

    protected override void Disturb(Pcg64 random)
    {
        AddUniform(random, Qpos, options.ResetNoiseScale);
        AddUniform(random, Qvel, options.ResetNoiseScale);
    }

    protected override void Observe(Span<double> observation)
    {
        Qpos.CopyTo(observation);
        Qvel.CopyTo(observation[Qpos.Length..]);
    }
}
