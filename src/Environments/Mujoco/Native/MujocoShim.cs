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
/// native/mujoco_shim.c, whose head draws the interface. The only P/Invokes to MuJoCo. libmujoco_shim.so is taken from the
/// folder that the environment variable RL_NATIVE names, else from artifacts/native of the nearest parent folder that has it;
/// libmujoco itself from MUJOCO_LIB (a file), else from the system.
/// </summary>
static partial class MujocoShim
{
    const string Library = "libmujoco_shim.so";

    static MujocoShim()
    {
        NativeLibrary.SetDllImportResolver(typeof(MujocoShim).Assembly, Resolve);
        Check(mjs_open(Environment.GetEnvironmentVariable("MUJOCO_LIB")));
    }

    /// <summary>Throws what a function of the shim returned, unless it is null.</summary>
    public static void Check(nint error)
    {
        if (error != 0)
        {
            Throw(error);
        }
    }

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint mjs_open(string? library);

    [LibraryImport(Library)]
    public static partial nint mjs_version();

    [LibraryImport(Library)]
    public static partial nint mjs_load(ReadOnlySpan<byte> xml, int length, out nint model);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint mjs_load_file(string path, out nint model);

    [LibraryImport(Library)]
    public static partial void mjs_free(nint model);

    [LibraryImport(Library)]
    public static partial nint mjs_make(nint model, out nint simulation);

    [LibraryImport(Library)]
    public static partial void mjs_delete(nint simulation);

    [LibraryImport(Library)]
    public static partial nint mjs_reset(nint simulation);

    [LibraryImport(Library)]
    public static partial nint mjs_forward(nint simulation);

    [LibraryImport(Library)]
    public static partial nint mjs_step(nint simulation, int count, int contactForces);

    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint mjs_field(
        nint model, nint simulation, string name, out nint address, out MujocoType type, out long length);

    [LibraryImport(Library)]
    public static partial nint mjs_warning(nint simulation, int kind, out long count, out nint text);

    [LibraryImport(Library)]
    public static partial nint mjs_name(nint model, int objectType, int id);

    [LibraryImport(Library)]
    public static partial nint mjs_draw_make(nint model, int width, int height, out nint renderer);

    [LibraryImport(Library)]
    public static partial void mjs_draw_from(
        nint renderer, ReadOnlySpan<double> lookAt, double distance, double azimuth, double elevation);

    [LibraryImport(Library)]
    public static partial nint mjs_draw(nint renderer, nint simulation, Span<byte> rgb);

    [LibraryImport(Library)]
    public static partial void mjs_draw_free(nint renderer);

    static void Throw(nint error) => throw new MujocoException(Marshal.PtrToStringUTF8(error)!);

    static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name != Library)
        {
            return 0;
        }

        var folder = Environment.GetEnvironmentVariable("RL_NATIVE");
        if (string.IsNullOrEmpty(folder))
        {
            for (var parent = new DirectoryInfo(AppContext.BaseDirectory); parent is not null; parent = parent.Parent)
            {
                var candidate = Path.Combine(parent.FullName, "artifacts", "native");
                if (File.Exists(Path.Combine(candidate, Library)))
                {
                    folder = candidate;
                    break;
                }
            }
        }

        var file = Path.Combine(folder ?? "artifacts/native", Library);
        return File.Exists(file)
            ? NativeLibrary.Load(file)
            : throw new DllNotFoundException($"{file} is missing. Run ./rl once: it builds the native libraries.");
    }
}

/// <summary>Element types of MuJoCo's arrays, as the shim counts them.</summary>
public enum MujocoType
{
    Double,
    Int,
    Byte,
    Float,
    Char,
    Other,
}
