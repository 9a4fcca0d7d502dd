namespace RL.Environments;

/// <summary>
/// One copy of a MuJoCo task: what Gymnasium's MujocoEnv is to its tasks. A task says how it starts, what it observes and what it
/// rewards; simulation, frame skip and saving are here.
/// <para>
/// Quantities derived from the state (xpos, cfrc_ext, …) lag behind qpos and qvel after a step: MuJoCo computes them,
/// integrates, and does not compute them again. The tasks read them as they are, as Gymnasium does, and Save keeps them.
/// </para>
/// </summary>
abstract class MujocoEnvironment : SingleEnvironment<double, float>
{
    readonly int _frameSkip;
    readonly bool _readsContactForces;

    /// <summary>A copy with its own simulation of the shared <paramref name="model"/>.</summary>
    /// <param name="model">Shared by all copies; not owned.</param>
    /// <param name="frameSkip">Physics steps per action.</param>
    /// <param name="readsContactForces">True if the task reads cfrc_ext, which costs one more pass after each step.</param>
    protected MujocoEnvironment(MujocoModel model, int frameSkip, bool readsContactForces = false)
    {
        _frameSkip = frameSkip;
        _readsContactForces = readsContactForces;
        ActionSpace = ControlSpace(model);
        Simulation = new MujocoSimulation(model);
        Dt = model.Doubles("opt.timestep")[0] * frameSkip;
    }

    /// <inheritdoc/>
    public override Space ObservationSpace =>
        field ??= BoxSpace.Uniform(
            ElementType.Float64, [ObservationSize], double.NegativeInfinity, double.PositiveInfinity);

    /// <inheritdoc/>
    public override Space ActionSpace { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<string> Warnings => Simulation.Warnings;

    /// <summary>Number of observed elements.</summary>
    protected abstract int ObservationSize { get; }

    /// <summary>The simulation; it stays the copy's.</summary>
    public MujocoSimulation Simulation { get; }

    /// <summary>Seconds per action.</summary>
    protected double Dt { get; }

    /// <summary>Where it is seen from; null: the model's camera.</summary>
    protected virtual MujocoView? View => null;

    /// <summary>Generalised positions. [nq]</summary>
    protected Span<double> Qpos => Simulation.Qpos;

    /// <summary>Generalised velocities. [nv]</summary>
    protected Span<double> Qvel => Simulation.Qvel;

    /// <summary>Adds the noise an episode starts with to qpos0 and zero velocity, drawing in the reference's order.</summary>
    protected abstract void Disturb(Pcg64 random);

    /// <summary>Writes the observation of the simulation as it is.</summary>
    protected abstract void Observe(Span<double> observation);

    /// <inheritdoc/>
    public override void Reset(Pcg64 random, Span<double> observation)
    {
        Simulation.Reset();
        Disturb(random);
        Simulation.Forward();
        Observe(observation);
    }

    /// <summary>Starts an episode in a recorded state, without noise. [nq], [nv]</summary>
    /// <remarks>
    /// mj_forward normalises quaternions in place. Those of a recorded state went through it already, and once more may move
    /// their last bits, which a long trajectory with contacts would make large: what moved by no more is put back.
    /// </remarks>
    public void ResetToRecorded(ReadOnlySpan<double> qpos, ReadOnlySpan<double> qvel, Span<double> observation)
    {
        const double LastBits = 1e-15;
        Simulation.Reset();
        qpos.CopyTo(Qpos);
        qvel.CopyTo(Qvel);
        Simulation.Forward();
        for (var i = 0; i < qpos.Length; i++)
        {
            Qpos[i] = Math.Abs(Qpos[i] - qpos[i]) < LastBits ? qpos[i] : Qpos[i];
        }

        Observe(observation);
    }

    /// <summary>Sets the solver's starting point, qacc_warmstart. [nv]</summary>
    public void SetWarmstart(ReadOnlySpan<double> values) => Simulation.SetWarmstart(values);

    /// <inheritdoc/>
    public override IEnvironmentRenderer MakeRenderer(int width, int height) =>
        new MujocoRenderer(Simulation, width, height, 1 / Dt, View);

    /// <inheritdoc/>
    public override void Save(BinaryWriter writer) => Simulation.Save(writer);

    /// <inheritdoc/>
    public override void Load(BinaryReader reader) => Simulation.Load(reader);

    /// <summary>Number of positions and velocities, for those who bring their own state.</summary>
    public (int Positions, int Velocities) StateSize => (Qpos.Length, Qvel.Length);

    /// <summary>
    /// Holds <paramref name="action"/> for one frame skip. Not clipped: MuJoCo clamps where it computes the force.
    /// </summary>
    protected void Simulate(ReadOnlySpan<float> action)
    {
        var controls = Simulation.Ctrl;
        for (var i = 0; i < controls.Length; i++)
        {
            controls[i] = action[i];
        }

        Simulation.Advance(_frameSkip, _readsContactForces);
    }

    /// <summary>values += U(−scale, scale)</summary>
    protected static void AddUniform(Pcg64 random, Span<double> values, double scale)
    {
        foreach (ref var value in values)
        {
            value += random.Uniform(-scale, scale);
        }
    }

    /// <summary>values += scale · N(0, 1)</summary>
    protected static void AddGaussian(Pcg64 random, Span<double> values, double scale)
    {
        foreach (ref var value in values)
        {
            value += scale * random.NextGaussian();
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            Simulation.Dispose();
        }

        base.Dispose(disposing);
    }

    // Box(ctrlrange) in float32.
    static BoxSpace ControlSpace(MujocoModel model)
    {
        var range = model.Doubles("actuator_ctrlrange");
        var isLimited = model.Bytes("actuator_ctrllimited");
        if (isLimited.IsEmpty)
        {
            throw new ArgumentException($"The model {model.Name} has no actuators, so there is nothing to act with.");
        }

        var (low, high) = (new double[isLimited.Length], new double[isLimited.Length]);
        for (var i = 0; i < low.Length; i++)
        {
            if (isLimited[i] == 0)
            {
                throw new ArgumentException(
                    $"The model {model.Name}: actuator {model.ActuatorName(i)} has no range of controls, so there is no bounded space to "
                    + "act in. Give it one: ctrllimited=\"true\" ctrlrange=\"LOW HIGH\".");
            }

            (low[i], high[i]) = ((float)range[2 * i], (float)range[(2 * i) + 1]);
            if (!float.IsFinite((float)(high[i] - low[i])))
            {
                throw new ArgumentException(
                    $"The model {model.Name}: actuator {model.ActuatorName(i)} has the range {range[2 * i]} to {range[(2 * i) + 1]}; allowed: a "
                    + $"finite one, no wider than float32 can hold (up to {float.MaxValue}).");
            }
        }

        return new BoxSpace(ElementType.Float32, [low.Length], [.. low], [.. high]);
    }
}
