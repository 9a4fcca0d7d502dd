using System.ComponentModel.DataAnnotations;

namespace RL.Environments;

/// <summary>Options of mujoco:FILE.xml, a model of the user's own.</summary>
public sealed record MujocoFileOptions : BoxTaskOptions
{
    /// <summary>The task: a name that a loaded assembly gives (--assembly).</summary>
    public string Task { get; init; } = "";

    /// <summary>Physics steps per action.</summary>
    [Range(1, 1000)]
    public int FrameSkip { get; init; } = 5;

    /// <summary>Steps after which an episode is cut off.</summary>
    [Range(1, int.MaxValue)]
    public int MaxEpisodeSteps { get; init; } = 1000;

    /// <summary>Half width of the uniform noise on positions and velocities at a reset.</summary>
    [Range(0, 10)]
    public double ResetNoiseScale { get; init; } = 0.01;
}

/// <summary>A task of the user's on a model of the user's.</summary>
sealed class MujocoFile(MujocoModel model, MujocoFileOptions options, MujocoTask task) : MujocoEnvironment(
    // The task may read contact forces; what that costs is little beside a step.
    model, options.FrameSkip, readsContactForces: true)
{
    public override IReadOnlyList<string> RewardTerms => task.RewardTerms;

    protected override int ObservationSize => task.ObservationSize(Simulation);

    public override StepResult Step(ReadOnlySpan<float> action, Pcg64 random, Span<double> observation, Span<double> rewardTerms)
    {
        task.BeforeStep(Simulation);
        Simulate(action);
        var terminated = task.AfterStep(Simulation, action, Dt, rewardTerms);
        Observe(observation);
        var reward = 0.0;
        foreach (var term in rewardTerms)
        {
            reward += term;
        }

        return new StepResult(reward, terminated);
    }

    public override void Save(BinaryWriter writer)
    {
        base.Save(writer);
        task.Save(writer);
    }

    public override void Load(BinaryReader reader)
    {
        base.Load(reader);
        task.Load(reader);
    }

    protected override void Disturb(Pcg64 random) => task.Start(Simulation, random, options.ResetNoiseScale);

    protected override void Observe(Span<double> observation) => task.Observe(Simulation, observation);
}
