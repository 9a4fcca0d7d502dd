using System.Reflection;
using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>
/// MuJoCo refused a model, failed in a simulation, or could not be loaded; the message is MuJoCo's own where there is one.
/// </summary>
public sealed class MujocoException : Exception
{
    /// <summary>With MuJoCo's message.</summary>
    public MujocoException(string message)
        : base(message)
    {
    }

    /// <summary>With a message and its cause.</summary>
    public MujocoException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Without a message.</summary>
    public MujocoException()
    {
    }
}

/// <summary>
/// native/mujoco_shim.cpp, whose head draws the interface. The only P/Invokes to MuJoCo. libmujoco itself is the file that the
/// environment variable MUJOCO_LIB names, else the system's.
/// </summary>
static partial class MujocoShim
{
    const string Library = "libmujoco_shim.so";

    static MujocoShim()
    {
        NativeLibrary.SetDllImportResolver(typeof(MujocoShim).Assembly, Resolve);
        Check(rl_mujoco_open(MujocoLibrary));
    }

    /// <summary>The file of libmujoco that the user names; empty: the system's.</summary>
    public static string MujocoLibrary => Environment.GetEnvironmentVariable("MUJOCO_LIB") ?? "";

    /// <summary>Throws what a function of the shim returned, unless it is null.</summary>
    public static void Check(nint error)
    {
        if (error != 0)
        {
            Throw(error);
        }
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint rl_mujoco_open(string? library);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_version();

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_load(ReadOnlySpan<byte> xml, int length, out nint model);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_load_binary(ReadOnlySpan<byte> bytes, int length, out nint model);

    [LibraryImport(Library)]
    public static partial void rl_mujoco_free(nint model);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_make(nint model, out nint simulation);

    [LibraryImport(Library)]
    public static partial void rl_mujoco_delete(nint simulation);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_reset(nint simulation);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_forward(nint simulation);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_step(nint simulation, int count, int contactForces);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_state(nint simulation, Span<byte> bytes, out long length);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_restore(nint simulation, ReadOnlySpan<byte> bytes, long length);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint rl_mujoco_field(
        nint model, nint simulation, string name, out nint address, out MujocoType type, out long length);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_warning(nint simulation, int kind, out long count, out nint text);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_actuator_name(nint model, int id);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_draw_make(nint model, int width, int height, out nint renderer);

    [LibraryImport(Library)]
    public static partial void rl_mujoco_draw_from(
        nint renderer, ReadOnlySpan<double> lookAt, double distance, double azimuth, double elevation);

    [LibraryImport(Library)]
    public static partial nint rl_mujoco_draw(nint renderer, nint simulation, Span<byte> rgb);

    [LibraryImport(Library)]
    public static partial void rl_mujoco_draw_free(nint renderer);

    static void Throw(nint error) => throw new MujocoException(Marshal.PtrToStringUTF8(error)!);

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath) =>
        name == Library ? NativeLibrary.Load(NativeFile.Find(Library)) : 0;
}

/// <summary>Element types of MuJoCo's arrays, as the shim counts them.</summary>
public enum MujocoType
{
    Double,
    Int,
    Long,
    Byte,
    Float,
    Char,
    Other,
}
