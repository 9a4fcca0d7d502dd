using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>
/// One simulation of a model (mjData). The state arrays are MuJoCo's own memory: reading or writing them costs nothing, and a
/// whole frame skip is one native call.
/// </summary>
public sealed unsafe class MujocoSimulation : IDisposable
{
    // mjNWARNING kinds are asked for until the shim says there are no more.
    const int MaxWarningKinds = 32;

    readonly nint _simulation;
    readonly double* _qpos;
    readonly double* _qvel;
    readonly double* _ctrl;
    readonly int _positions;
    readonly int _velocities;
    readonly int _controls;
    bool _isDisposed;

    /// <summary>A simulation at qpos0, at rest.</summary>
    public MujocoSimulation(MujocoModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        Model = model;
        _simulation = model.MakeSimulation();
        _qpos = Find("qpos", out _positions);
        _qvel = Find("qvel", out _velocities);
        _ctrl = Find("ctrl", out _controls);
    }

    /// <summary>The model.</summary>
    public MujocoModel Model { get; }

    /// <summary>Generalised positions. [nq]</summary>
    public Span<double> Qpos => new(_qpos, _positions);

    /// <summary>Generalised velocities. [nv]</summary>
    public Span<double> Qvel => new(_qvel, _velocities);

    /// <summary>Controls. MuJoCo clamps them where it computes forces, but keeps them here as given. [nu]</summary>
    public Span<double> Ctrl => new(_ctrl, _controls);

    /// <summary>How often MuJoCo warned since the simulation was made, by kind; empty if never.</summary>
    public IReadOnlyList<string> Warnings
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            var warnings = new List<string>();
            for (var kind = 0; kind < MaxWarningKinds; kind++)
            {
                if (MujocoShim.rl_mujoco_warning(_simulation, kind, out var count, out var text) != 0)
                {
                    break;
                }

                if (count > 0)
                {
                    warnings.Add($"MuJoCo warned {count} times: {Marshal.PtrToStringUTF8(text)}");
                }
            }

            return warnings;
        }
    }

    /// <summary>
    /// An array of doubles of mjData by its field name ("xpos", "sensordata"). The address never changes: keep it. The arrays of contacts
    /// and constraints (efc_…) are not among them: what they hold changes in number from step to step. Their sums are: qfrc_constraint,
    /// cfrc_ext.
    /// </summary>
    /// <exception cref="MujocoException">There is no such array.</exception>
    public Memory Doubles(string field)
    {
        var address = Find(field, out var length);
        return new Memory(address, length);
    }

    /// <summary>Sets where the constraint solver starts (qacc_warmstart). [nv]</summary>
    public void SetWarmstart(ReadOnlySpan<double> values)
    {
        var address = Find("qacc_warmstart", out var length);
        values.CopyTo(new Span<double>(address, length));
    }

    /// <summary>mj_resetData: qpos0, at rest, no controls, derived quantities zero.</summary>
    public void Reset() => MujocoShim.Check(MujocoShim.rl_mujoco_reset(Handle));

    /// <summary>mj_forward: all derived quantities of the current state.</summary>
    /// <exception cref="MujocoException">MuJoCo failed; the simulation must be reset.</exception>
    public void Forward() => MujocoShim.Check(MujocoShim.rl_mujoco_forward(Handle));

    /// <summary>
    /// <paramref name="count"/> × mj_step, then mj_rnePostConstraint if the contact forces (cfrc_ext) are to be read.
    /// </summary>
    /// <exception cref="MujocoException">MuJoCo failed; the simulation must be reset.</exception>
    public void Advance(int count, bool contactForces)
    {
        MujocoShim.Check(MujocoShim.rl_mujoco_step(Handle, count, contactForces ? 1 : 0));
        GC.KeepAlive(this);
    }

    /// <summary>
    /// Writes time and every array of mjData that <see cref="Doubles"/> can read, so that a task may read any of them before a step.
    /// </summary>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        MujocoShim.Check(MujocoShim.rl_mujoco_state(Handle, default, out var length));
        var state = new byte[length];
        MujocoShim.Check(MujocoShim.rl_mujoco_state(Handle, state, out _));
        writer.Write(MujocoVersion.Loaded);
        writer.Write(state.Length);
        writer.Write(state);
    }

    /// <summary>Restores what <see cref="Save"/> wrote; the simulation goes on bit-identically.</summary>
    /// <exception cref="InvalidDataException">The state is of another model or of another version of MuJoCo.</exception>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        var version = reader.ReadString();
        if (version != MujocoVersion.Loaded)
        {
            throw new InvalidDataException(
                $"The saved state is of MuJoCo {version}; the library is {MujocoVersion.Loaded}. Another version simulates otherwise: "
                + "go on with the one that the state was saved with (MUJOCO_LIB).");
        }

        MujocoShim.Check(MujocoShim.rl_mujoco_state(Handle, default, out var length));
        var saved = reader.ReadInt32();
        if (saved != length)
        {
            throw new InvalidDataException($"The saved state of the simulation has {saved} bytes; expected: {length}. It is of another model.");
        }

        var state = new byte[length];
        reader.BaseStream.ReadExactly(state);
        MujocoShim.Check(MujocoShim.rl_mujoco_restore(Handle, state, length));
        GC.KeepAlive(this);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_isDisposed)
        {
            _isDisposed = true;
            Model.FreeSimulation(_simulation);
        }
    }

    internal nint Handle
    {
        get
        {
            ObjectDisposedException.ThrowIf(_isDisposed, this);
            return _simulation;
        }
    }

    double* Find(string field, out int length)
    {
        MujocoShim.Check(MujocoShim.rl_mujoco_field(0, Handle, field, out var address, out var type, out var count));
        length = checked((int)count);
        return type == MujocoType.Double
            ? (double*)address
            : throw new ArgumentException($"mjData's {field} is of type {type}, not {MujocoType.Double}.", nameof(field));
    }

    /// <summary>An array inside a simulation.</summary>
    public readonly struct Memory
    {
        readonly double* _address;

        internal Memory(double* address, int length)
        {
            _address = address;
            Length = length;
        }

        /// <summary>Number of elements.</summary>
        public int Length { get; }

        /// <summary>The elements as they are now.</summary>
        public ReadOnlySpan<double> Span => new(_address, Length);

        /// <summary>Element <paramref name="index"/> as it is now.</summary>
        public double this[int index] => Span[index];
    }
}
