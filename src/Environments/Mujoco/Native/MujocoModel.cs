using System.Text;

namespace RL.Environments;

/// <summary>A compiled MuJoCo model (mjModel). Constant, so any number of simulations and threads share it.</summary>
public sealed unsafe class MujocoModel : IDisposable
{
    // The compiler of MuJoCo 2 is not promised to be reentrant.
    static readonly Lock _compiler = new();

    readonly List<nint> _simulations = [];
    nint _model;

    /// <summary>Compiles MJCF text. It is passed in memory: nothing is written to disk.</summary>
    /// <exception cref="MujocoException">MuJoCo refuses the text; the message is MuJoCo's.</exception>
    /// <exception cref="DllNotFoundException">The shim is not built.</exception>
    public MujocoModel(string mjcf)
    {
        ArgumentNullException.ThrowIfNull(mjcf);
        var bytes = Encoding.UTF8.GetBytes(mjcf);
        Compile((out model) => MujocoShim.mjs_load(bytes, bytes.Length, out model));
    }

    MujocoModel(FileInfo file) => Compile((out model) => MujocoShim.mjs_load_file(file.FullName, out model));

    delegate nint Loader(out nint model);

    /// <summary>Compiles an MJCF file, with the meshes and other files that it names.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="MujocoException">MuJoCo refuses it; the message is MuJoCo's.</exception>
    public static MujocoModel LoadFile(string path)
    {
        var file = new FileInfo(path);
        return file.Exists ? new MujocoModel(file) : throw new FileNotFoundException($"There is no model {path}.", path);
    }

    void Compile(Loader load)
    {
        try
        {
            lock (_compiler)
            {
                MujocoShim.Check(load(out _model));
            }
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

    /// <summary>The embedded model <paramref name="name"/> of Mujoco/Models, e.g. "half_cheetah".</summary>
    public static MujocoModel LoadEmbedded(string name) => new(ReadEmbedded(name));

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

    /// <summary>An array of ints of mjModel, or one of its sizes ("nq").</summary>
    public ReadOnlySpan<int> Ints(string field) => Span<int>(field, MujocoType.Int);

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
        MujocoShim.Check(MujocoShim.mjs_make(_model, out var simulation));
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
        MujocoShim.Check(MujocoShim.mjs_draw_make(_model, width, height, out var renderer));
        return renderer;
    }

    internal void FreeSimulation(nint simulation)
    {
        lock (_simulations)
        {
            if (_simulations.Remove(simulation))
            {
                MujocoShim.mjs_delete(simulation);
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
                MujocoShim.mjs_delete(simulation);
            }

            _simulations.Clear();
            MujocoShim.mjs_free(_model);
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
        MujocoShim.Check(MujocoShim.mjs_field(_model, 0, field, out address, out type, out length));
    }
}
