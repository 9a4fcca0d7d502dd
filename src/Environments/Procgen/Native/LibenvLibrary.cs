using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>A Procgen library could not be loaded, or is not what it should be.</summary>
public sealed class ProcgenException : Exception
{
    /// <summary>With a message.</summary>
    public ProcgenException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public ProcgenException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public ProcgenException()
    {
    }
}

/// <summary>
/// The functions of a Procgen library: gym3's libenv interface, version 1, with Procgen's get_state and set_state. The library is
/// the file that PROCGEN_LIB names, its pictures are the folder that PROCGEN_ASSETS names. It ends the process on any option that
/// it does not know, so nothing reaches it unchecked. It is never unloaded: its threads and Qt would not survive that.
/// <code>
/// tensortype  212 bytes   name char[128] | scalar_type int | dtype int | shape int[16] | ndim int | low 4 | high 4
/// option      144 bytes   name char[128] | dtype int | count int | data void*
/// options      16 bytes   items option* | count int (by value)
/// buffers      40 bytes   observations void** | rewards float* | first byte* | infos void** | actions void**
/// </code>
/// The pointers in buffers go tensor by tensor and, within one, environment by environment.
/// </summary>
sealed unsafe class LibenvLibrary
{
    const int Version = 1;

    // What there must be in the folder of pictures.
    static readonly string[] _assetFolders =
        ["kenney", "misc_assets", "platform_backgrounds", "space_backgrounds", "topdown_backgrounds", "water_backgrounds"];

    static readonly Lock _lock = new();
    static readonly Dictionary<string, LibenvLibrary> _loaded = [];

    readonly delegate* unmanaged[Cdecl]<int, LibenvOptions, nint> _make;
    readonly delegate* unmanaged[Cdecl]<nint, int, LibenvTensor*, int> _tensors;
    readonly delegate* unmanaged[Cdecl]<nint, LibenvBuffers*, void> _setBuffers;
    readonly delegate* unmanaged[Cdecl]<nint, void> _observe;
    readonly delegate* unmanaged[Cdecl]<nint, void> _act;
    readonly delegate* unmanaged[Cdecl]<nint, void> _close;
    readonly delegate* unmanaged[Cdecl]<nint, int, byte*, int, int> _getState;
    readonly delegate* unmanaged[Cdecl]<nint, int, byte*, int, void> _setState;

    LibenvLibrary(string file)
    {
        nint library;
        try
        {
            library = NativeLibrary.Load(file);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException)
        {
            throw new ProcgenException($"PROCGEN_LIB is {file}, which cannot be loaded: {exception.Message}", exception);
        }

        var version = ((delegate* unmanaged[Cdecl]<int>)Function("libenv_version"))();
        if (version != Version)
        {
            throw new ProcgenException($"{file} speaks version {version} of libenv; supported: {Version}.");
        }

        _make = (delegate* unmanaged[Cdecl]<int, LibenvOptions, nint>)Function("libenv_make");
        _tensors = (delegate* unmanaged[Cdecl]<nint, int, LibenvTensor*, int>)Function("libenv_get_tensortypes");
        _setBuffers = (delegate* unmanaged[Cdecl]<nint, LibenvBuffers*, void>)Function("libenv_set_buffers");
        _observe = (delegate* unmanaged[Cdecl]<nint, void>)Function("libenv_observe");
        _act = (delegate* unmanaged[Cdecl]<nint, void>)Function("libenv_act");
        _close = (delegate* unmanaged[Cdecl]<nint, void>)Function("libenv_close");
        _getState = (delegate* unmanaged[Cdecl]<nint, int, byte*, int, int>)Function("get_state");
        _setState = (delegate* unmanaged[Cdecl]<nint, int, byte*, int, void>)Function("set_state");

        nint Function(string name) => NativeLibrary.TryGetExport(library, name, out var address)
            ? address
            : throw new ProcgenException($"{file} has no {name}: it is no Procgen library.");
    }

    static string? File =>
        Environment.GetEnvironmentVariable("PROCGEN_LIB") is { Length: > 0 } file ? Path.GetFullPath(file) : null;

    static string? AssetFolder =>
        Environment.GetEnvironmentVariable("PROCGEN_ASSETS") is { Length: > 0 } folder ? Path.GetFullPath(folder) : null;

    /// <summary>The folder of pictures as the library wants it: with a slash at its end.</summary>
    public static string Assets => AssetFolder! + Path.DirectorySeparatorChar;

    /// <summary>True if a library is named at all.</summary>
    public static bool IsNamed => File is not null;

    /// <summary>What keeps the library from being loaded, as far as can be seen without doing so; null if nothing.</summary>
    public static string? FindProblem() =>
        File is null ? "PROCGEN_LIB is not set; it must name the file libenv.so of a Procgen library."
        : !System.IO.File.Exists(File) ? $"PROCGEN_LIB is {File}; there is no such file."
        : AssetFolder is null ? "PROCGEN_ASSETS is not set; it must name the folder data/assets of a Procgen library."
        : Array.Find(_assetFolders, folder => !Directory.Exists(Path.Combine(AssetFolder, folder))) is { } missing
            ? $"PROCGEN_ASSETS is {AssetFolder}; there is no folder {missing} in it."
            : null;

    /// <summary>Loads the library, once.</summary>
    /// <exception cref="ProcgenException">It cannot be loaded, or is no Procgen library.</exception>
    public static LibenvLibrary Load()
    {
        if (FindProblem() is { } problem)
        {
            throw new ProcgenException(problem);
        }

        lock (_lock)
        {
            if (!_loaded.TryGetValue(File!, out var library))
            {
                library = new LibenvLibrary(File!);
                _loaded.Add(File!, library);
            }

            return library;
        }
    }

    public nint Make(int count, LibenvOptions options) => _make(count, options);

    public int Tensors(nint handle, int space, LibenvTensor* tensors) => _tensors(handle, space, tensors);

    public void SetBuffers(nint handle, LibenvBuffers* buffers) => _setBuffers(handle, buffers);

    public void Observe(nint handle) => _observe(handle);

    public void Act(nint handle) => _act(handle);

    public void Close(nint handle) => _close(handle);

    public int GetState(nint handle, int index, byte* state, int length) => _getState(handle, index, state, length);

    public void SetState(nint handle, int index, byte* state, int length) => _setState(handle, index, state, length);
}

/// <summary>libenv_tensortype.</summary>
unsafe struct LibenvTensor
{
    public fixed byte Name[128];
    public int ScalarType;
    public int ElementType;
    public fixed int Shape[16];
    public int Dimensions;
    public int Low;
    public int High;
}

/// <summary>libenv_option.</summary>
unsafe struct LibenvOption
{
    public fixed byte Name[128];
    public int ElementType;
    public int Count;
    public void* Data;
}

/// <summary>libenv_options.</summary>
unsafe struct LibenvOptions
{
    public LibenvOption* Items;
    public int Count;
}

/// <summary>libenv_buffers.</summary>
unsafe struct LibenvBuffers
{
    public void** Observations;
    public float* Rewards;
    public byte* First;
    public void** Infos;
    public void** Actions;
}
