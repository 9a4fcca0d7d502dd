using System.Runtime.InteropServices;
using System.Text;

namespace RL.Environments;

/// <summary>A compiled MuJoCo model (mjModel). Constant, so any number of simulations and threads share it.</summary>
public sealed unsafe class MujocoModel : IDisposable
{
    // The compiler of MuJoCo 2 is not promised to be reentrant.
    static readonly Lock _compiler = new();

    readonly List<nint> _simulations = [];
    nint _model;

    /// <summary>Compiles MJCF text, in a process of its own (<see cref="MujocoCompiler"/>). Nothing is written to disk.</summary>
    /// <exception cref="MujocoException">MuJoCo refuses the text; the message is MuJoCo's.</exception>
    /// <exception cref="DllNotFoundException">The shim is not built.</exception>
    public MujocoModel(string mjcf)
        : this("(given as text)", () => MujocoCompiler.CompileText(mjcf))
    {
    }

    // A model of a user's: it comes compiled.
    MujocoModel(string name, Func<byte[]> compile)
    {
        Name = name;
        Open();
        var compiled = compile();
        MujocoShim.Check(MujocoShim.rl_mujoco_load_binary(compiled, compiled.Length, out _model));
    }

    // A model of our own.
    MujocoModel(string name, ReadOnlySpan<byte> mjcf)
    {
        Name = name;
        Open();
        lock (_compiler)
        {
            MujocoShim.Check(MujocoShim.rl_mujoco_load(mjcf, mjcf.Length, out _model));
        }
    }

    /// <summary>What the model is called in errors: its file, or its name among the embedded ones.</summary>
    public string Name { get; }

    /// <summary>
    /// Compiles an MJCF file, with the meshes and other files that it names, in a process of its own (<see cref="MujocoCompiler"/>): no
    /// model ends this one.
    /// </summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MujocoException">MuJoCo refuses it; the message names the file.</exception>
    public static MujocoModel LoadFile(string path)
    {
        var file = new FileInfo(path);
        return file.Exists
            ? new MujocoModel(file.FullName, () => MujocoCompiler.CompileFile(file.FullName))
            : throw new FileNotFoundException($"There is no model {path}.", path);
    }

    /// <summary>The embedded model <paramref name="name"/> of Mujoco/Models, e.g. "half_cheetah".</summary>
    public static MujocoModel LoadEmbedded(string name) => new(name, Encoding.UTF8.GetBytes(ReadEmbedded(name)).AsSpan());

    /// <summary>Opens libmujoco, if it is not open yet, and says what is wrong with it in its own words.</summary>
    static void Open()
    {
        try
        {
            MujocoShim.rl_mujoco_version();
        }
        catch (TypeInitializationException exception) when (exception.InnerException is not null)
        {
            // What opening the library said, without the wrapping.
            throw exception.InnerException switch
            {
                DllNotFoundException missing => new DllNotFoundException(missing.Message, missing),
                var other => new MujocoException(other.Message, other),
            };
        }
    }

    /// <summary>The text of an embedded model.</summary>
    public static string ReadEmbedded(string name)
    {
        using var stream = typeof(MujocoModel).Assembly.GetManifestResourceStream($"Mujoco.{name}.xml")
            ?? throw new ArgumentException($"There is no embedded model '{name}'.", nameof(name));
        using var reader = new StreamReader(stream);
        return reader.ReadToEnd();
    }

    /// <summary>An array of doubles of mjModel by its field name ("body_mass", "opt.timestep"); it stays the model's.</summary>
    public ReadOnlySpan<double> Doubles(string field) => Span<double>(field, MujocoType.Double);

    /// <summary>An array of ints of mjModel.</summary>
    public ReadOnlySpan<int> Ints(string field) => Span<int>(field, MujocoType.Int);

    /// <summary>One of mjModel's sizes ("nq"), which are ints in some versions of MuJoCo and longs in others.</summary>
    public int Size(string field)
    {
        Find(field, out var address, out var type, out var length);
        return (type, length) switch
        {
            (MujocoType.Int, 1) => *(int*)address,
            (MujocoType.Long, 1) => checked((int)*(long*)address),
            _ => throw new ArgumentException($"mjModel's {field} is no size.", nameof(field)),
        };
    }

    /// <summary>An actuator's name, or its number if it has none.</summary>
    internal string ActuatorName(int actuator)
    {
        ObjectDisposedException.ThrowIf(_model == 0, this);
        var name = Marshal.PtrToStringUTF8(MujocoShim.rl_mujoco_actuator_name(_model, actuator));
        return string.IsNullOrEmpty(name) ? $"number {actuator}" : $"'{name}'";
    }

    /// <summary>An array of bytes of mjModel.</summary>
    public ReadOnlySpan<byte> Bytes(string field) => Span<byte>(field, MujocoType.Byte);

    /// <summary>The element type of an array.</summary>
    public MujocoType TypeOf(string field)
    {
        Find(field, out _, out var type, out _);
        return type;
    }

    /// <summary>Makes a simulation; it is freed with the model at the latest.</summary>
    internal nint MakeSimulation()
    {
        ObjectDisposedException.ThrowIf(_model == 0, this);
        MujocoShim.Check(MujocoShim.rl_mujoco_make(_model, out var simulation));
        lock (_simulations)
        {
            _simulations.Add(simulation);
        }

        return simulation;
    }

    /// <summary>Makes a renderer, which must be freed before the model.</summary>
    internal nint MakeRenderer(int width, int height)
    {
        ObjectDisposedException.ThrowIf(_model == 0, this);
        MujocoShim.Check(MujocoShim.rl_mujoco_draw_make(_model, width, height, out var renderer));
        return renderer;
    }

    internal void FreeSimulation(nint simulation)
    {
        lock (_simulations)
        {
            if (_simulations.Remove(simulation))
            {
                MujocoShim.rl_mujoco_delete(simulation);
            }
        }
    }

    /// <summary>Frees the model and whatever simulations of it are left.</summary>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees a model that was not disposed of. Simulations keep their model alive, so none is in use here.</summary>
    ~MujocoModel() => Free();

    void Free()
    {
        if (_model != 0)
        {
            foreach (var simulation in _simulations)
            {
                MujocoShim.rl_mujoco_delete(simulation);
            }

            _simulations.Clear();
            MujocoShim.rl_mujoco_free(_model);
            _model = 0;
        }
    }

    Span<T> Span<T>(string field, MujocoType expected)
        where T : unmanaged
    {
        Find(field, out var address, out var type, out var length);
        return type == expected
            ? new Span<T>((void*)address, checked((int)length))
            : throw new ArgumentException($"mjModel's {field} is of type {type}, not {expected}.", nameof(field));
    }

    void Find(string field, out nint address, out MujocoType type, out long length)
    {
        ObjectDisposedException.ThrowIf(_model == 0, this);
        MujocoShim.Check(MujocoShim.rl_mujoco_field(_model, 0, field, out address, out type, out length));
    }
}
