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

    // mj_step recomputes everything from these.
    static readonly string[] _state = ["qpos", "qvel", "act", "time", "qacc_warmstart", "ctrl"];

    // These belong to the moment before the last integration and are read by tasks before the next one: saved, not recomputed.
    static readonly string[] _derived =
    [
        "xpos", "xipos", "site_xpos", "subtree_com", "cinert", "cvel", "cfrc_ext", "qfrc_actuator", "qfrc_constraint",
        "ten_length", "ten_velocity",
    ];

    readonly nint _simulation;
    readonly (nint Address, int Length)[] _saved;
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
        _saved = [.. _state.Concat(_derived).Select(name => ((nint)Find(name, out var length), length))];
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
                if (MujocoShim.mjs_warning(_simulation, kind, out var count, out var text) != 0)
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

    /// <summary>An array of doubles of mjData by its field name ("xpos"). The address never changes: keep it.</summary>
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
    public void Reset() => MujocoShim.Check(MujocoShim.mjs_reset(Handle));

    /// <summary>mj_forward: all derived quantities of the current state.</summary>
    /// <exception cref="MujocoException">MuJoCo failed; the simulation must be reset.</exception>
    public void Forward() => MujocoShim.Check(MujocoShim.mjs_forward(Handle));

    /// <summary>
    /// <paramref name="count"/> × mj_step, then mj_rnePostConstraint if the contact forces (cfrc_ext) are to be read.
    /// </summary>
    /// <exception cref="MujocoException">MuJoCo failed; the simulation must be reset.</exception>
    public void Advance(int count, bool contactForces)
    {
        MujocoShim.Check(MujocoShim.mjs_step(Handle, count, contactForces ? 1 : 0));
        GC.KeepAlive(this);
    }

    /// <summary>Writes all that the next step and the tasks depend on.</summary>
    public void Save(BinaryWriter writer)
    {
        ArgumentNullException.ThrowIfNull(writer);
        foreach (var (address, length) in _saved)
        {
            writer.Write(new ReadOnlySpan<byte>((void*)address, length * sizeof(double)));
        }
    }

    /// <summary>Restores what <see cref="Save"/> wrote; the simulation goes on bit-identically.</summary>
    public void Load(BinaryReader reader)
    {
        ArgumentNullException.ThrowIfNull(reader);
        Reset();
        foreach (var (address, length) in _saved)
        {
            reader.BaseStream.ReadExactly(new Span<byte>((void*)address, length * sizeof(double)));
        }
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
        MujocoShim.Check(MujocoShim.mjs_field(0, Handle, field, out var address, out var type, out var count));
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
