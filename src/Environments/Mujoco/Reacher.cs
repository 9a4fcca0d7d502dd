using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of Reacher-v4 and Reacher-v5, named as Gymnasium's.</summary>
public sealed record ReacherOptions : BoxTaskOptions
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 2;

    /// <summary>Weight of the distance.</summary>
    [Range(0, 1e6)]
    public double RewardDistWeight { get; init; } = 1;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double RewardControlWeight { get; init; } = 1;
}

/// <summary>
/// Reacher-v4 and -v5: touch the target. Observation: cosines and sines of two angles, the target's place, two angular
/// velocities and fingertip − target (v4 with its z, which is 0). Reward: −w_d · distance − w_c · Σa², the (lagging) distance
/// taken before the step in v4 and after it in v5. Never terminates; 50 steps.
/// </summary>
sealed class Reacher(MujocoModel model, ReacherOptions options, TaskVersion version) : MujocoEnvironment(model, options.FrameSkip)
{
    const int Fingertip = 3;
    const int Target = 4;

    public override IReadOnlyList<string> RewardTerms { get; } = ["distance", "control"];

    protected override MujocoView? View { get; } = new((0, 0, 0), 0.9, 90, -75);

    protected override int ObservationSize => version == TaskVersion.V4 ? 11 : 10;

    MujocoSimulation.Memory Xpos => field.Length > 0 ? field : field = Simulation.Doubles("xpos");

    double Distance
    {
        get
        {
            var (x, y, z) = (Offset(0), Offset(1), Offset(2));
            // Fused, as the dot product is that NumPy's norm calls.
            return Math.Sqrt(Math.FusedMultiplyAdd(z, z, Math.FusedMultiplyAdd(y, y, x * x)));
        }
    }

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var before = Distance;
        Simulate(action);

        var distance = -(version == TaskVersion.V4 ? before : Distance) * options.RewardDistWeight;
        var control = -NumPy.SumOfSquares(action) * options.RewardControlWeight;

        Observe(observation);
        (rewardTerms[0], rewardTerms[1]) = (distance, control);
        return new StepResult(distance + control, Terminated: false);
    }

    protected override void Disturb(Pcg64 random)
    {
        AddUniform(random, Qpos, 0.1);
        double x, y;
        do
        {
            (x, y) = (random.Uniform(-0.2, 0.2), random.Uniform(-0.2, 0.2));
        }
        while (Math.Sqrt((x * x) + (y * y)) >= 0.2);
        (Qpos[2], Qpos[3]) = (x, y);

        AddUniform(random, Qvel, 0.005);
        Qvel[2..].Clear(); // the target stands still
    }

    protected override void Observe(Span<double> observation)
    {
        (observation[0], observation[1]) = (Math.Cos(Qpos[0]), Math.Cos(Qpos[1]));
        (observation[2], observation[3]) = (Math.Sin(Qpos[0]), Math.Sin(Qpos[1]));
        Qpos[2..].CopyTo(observation[4..]);
        Qvel[..2].CopyTo(observation[6..]);
        for (var i = 8; i < ObservationSize; i++)
        {
            observation[i] = Offset(i - 8);
        }
    }

    // Fingertip − target along one axis.
    double Offset(int axis) => Xpos[(3 * Fingertip) + axis] - Xpos[(3 * Target) + axis];
}
