using RL.Environments;

namespace OwnEnvironment;

/// <summary>For slider.xml: bring the cart to x = 0.5 m. Reward: −|x − 0.5| − 0.01 a².</summary>
public sealed class SlideToTarget : MujocoTask
{
    const double Target = 0.5;

    public override IReadOnlyList<string> RewardTerms { get; } = ["distance", "control"];

    public override bool AfterStep(MujocoSimulation simulation, ReadOnlySpan<float> action, double dt, Span<double> rewardTerms)
    {
        rewardTerms[0] = -Math.Abs(simulation.Qpos[0] - Target);
        rewardTerms[1] = -0.01 * action[0] * action[0];
        return false;
    }
}
