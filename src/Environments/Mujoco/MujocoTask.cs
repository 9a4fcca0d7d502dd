namespace RL.Environments;

/// <summary>
/// What is to be done with a MuJoCo model of the user's own: the reward, and where wished the end, the observation and the start. The
/// model, its actuators (the actions), frame skip, noise, time limit, saving and drawing are taken care of. One instance serves one
/// copy. None of the methods may allocate.
/// </summary>
public abstract class MujocoTask
{
    /// <summary>Names of the parts that the reward is the sum of; one or more.</summary>
    public abstract IReadOnlyList<string> RewardTerms { get; }

    /// <summary>Called before the physics steps of an action, to remember what the reward compares with.</summary>
    public virtual void BeforeStep(MujocoSimulation simulation)
    {
    }

    /// <summary>Called after them.</summary>
    /// <param name="simulation">The state after the step; quantities derived from it lag (docs/environments.md).</param>
    /// <param name="action">As it was given. [nu]</param>
    /// <param name="dt">Seconds per action.</param>
    /// <param name="rewardTerms">Written: the parts of the reward.</param>
    /// <returns>True if the task ended here (a fall, a goal).</returns>
    public abstract bool AfterStep(MujocoSimulation simulation, ReadOnlySpan<float> action, double dt, Span<double> rewardTerms);

    /// <summary>Number of observed elements: nq + nv unless overridden.</summary>
    public virtual int ObservationSize(MujocoSimulation simulation)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        return simulation.Qpos.Length + simulation.Qvel.Length;
    }

    /// <summary>Writes the observation: qpos, then qvel, unless overridden.</summary>
    public virtual void Observe(MujocoSimulation simulation, Span<double> observation)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        simulation.Qpos.CopyTo(observation);
        simulation.Qvel.CopyTo(observation[simulation.Qpos.Length..]);
    }

    /// <summary>Where an episode starts, after mj_resetData: U(−noise, noise) on every qpos and qvel unless overridden.</summary>
    public virtual void Start(MujocoSimulation simulation, Pcg64 random, double noise)
    {
        ArgumentNullException.ThrowIfNull(simulation);
        ArgumentNullException.ThrowIfNull(random);
        foreach (ref var value in simulation.Qpos)
        {
            value += random.Uniform(-noise, noise);
        }

        foreach (ref var value in simulation.Qvel)
        {
            value += random.Uniform(-noise, noise);
        }
    }

    /// <summary>Writes what <see cref="AfterStep"/> remembers from one step to the next, if anything.</summary>
    public virtual void Save(BinaryWriter writer)
    {
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    public virtual void Load(BinaryReader reader)
    {
    }
}
