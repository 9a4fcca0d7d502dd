using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of Pusher-v4 and Pusher-v5, named as Gymnasium's.</summary>
public sealed record PusherOptions : BoxTaskOptions
{
    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Weight of the distance between object and fingertips.</summary>
    [Range(0, 1e6)]
    public double RewardNearWeight { get; init; } = 0.5;

    /// <summary>Weight of the distance between object and goal.</summary>
    [Range(0, 1e6)]
    public double RewardDistWeight { get; init; } = 1;

    /// <summary>Weight of Σa².</summary>
    [Range(0, 1e6)]
    public double RewardControlWeight { get; init; } = 0.1;
}

/// <summary>
/// Pusher-v4 and -v5: push an object to the goal. Observation (23): seven angles and their velocities, then where the fingertips,
/// the object and the goal are, which lags. Reward: −w_d · |object − goal| − w_c · Σa² − w_n · |object − fingertips|, the
/// distances taken before the step in v4 and after it in v5. Never terminates; 100 steps.
/// </summary>
sealed class Pusher(MujocoModel model, PusherOptions options, TaskVersion version) : MujocoEnvironment(model, options.FrameSkip)
{
    const int Joints = 7; // of the arm; then y and x of the object, y and x of the goal
    const int Fingertips = 10;
    const int Object = 11;
    const int Goal = 12;

    public override IReadOnlyList<string> RewardTerms { get; } = ["distance", "control", "near"];

    protected override MujocoView? View { get; } = new((0.25, -0.15, -0.25), 2.2, 150, -35);

    protected override int ObservationSize => (2 * Joints) + 9;

    MujocoSimulation.Memory Xpos => field.Length > 0 ? field : field = Simulation.Doubles("xpos");

    (double Near, double Goal) Distances => (Distance(Fingertips), Distance(Goal));

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        var before = Distances;
        Simulate(action);

        var distances = version == TaskVersion.V4 ? before : Distances;
        var distance = -distances.Goal * options.RewardDistWeight;
        var control = -NumPy.SumOfSquares(action) * options.RewardControlWeight;
        var near = -distances.Near * options.RewardNearWeight;

        Observe(observation);
        (rewardTerms[0], rewardTerms[1], rewardTerms[2]) = (distance, control, near);
        return new StepResult(distance + control + near, Terminated: false);
    }

    protected override void Disturb(Pcg64 random)
    {
        double first, second;
        do
        {
            (first, second) = (random.Uniform(-0.3, 0), random.Uniform(-0.2, 0.2));
        }
        while (Math.Sqrt((first * first) + (second * second)) <= 0.17);
        (Qpos[Joints], Qpos[Joints + 1]) = (first, second);

        AddUniform(random, Qvel, 0.005);
        Qvel[Joints..].Clear(); // object and goal stand still
    }

    protected override void Observe(Span<double> observation)
    {
        Qpos[..Joints].CopyTo(observation);
        Qvel[..Joints].CopyTo(observation[Joints..]);
        Xpos.Span.Slice(3 * Fingertips, 9).CopyTo(observation[(2 * Joints)..]); // and of Object and Goal, which follow
    }

    // |object − another body|
    double Distance(int body)
    {
        var (x, y, z) = (Offset(0), Offset(1), Offset(2));
        // Fused, as the dot product is that NumPy's norm calls.
        return Math.Sqrt(Math.FusedMultiplyAdd(z, z, Math.FusedMultiplyAdd(y, y, x * x)));

        double Offset(int axis) => Xpos[(3 * Object) + axis] - Xpos[(3 * body) + axis];
    }
}
