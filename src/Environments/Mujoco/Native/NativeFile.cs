using System.Runtime.InteropServices;

namespace RL.Environments;

/// <summary>Where the files lie that native/CMakeLists.txt builds.</summary>
static class NativeFile
{
    /// <summary>
    /// The path of <paramref name="name"/>: in the folder that the environment variable RL_NATIVE names; else beside the program or
    /// where a package puts it (runtimes/linux-x64/native); else in artifacts/native of the nearest parent folder that has it.
    /// </summary>
    /// <exception cref="DllNotFoundException">It is in none of them.</exception>
    public static string Find(string name)
    {
        var named = Environment.GetEnvironmentVariable("RL_NATIVE");
        var folders = string.IsNullOrEmpty(named) ? Folders() : [named];
        return folders.Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists)
            ?? throw new DllNotFoundException(
                $"{name} is missing; looked for in {(string.IsNullOrEmpty(named) ? AppContext.BaseDirectory : named)}. "
                + "Run ./rl once: it builds the native libraries.");
    }

    static IEnumerable<string> Folders()
    {
        var program = AppContext.BaseDirectory;
        yield return program;
        yield return Path.Combine(program, "runtimes", RuntimeInformation.RuntimeIdentifier, "native");
        for (var parent = new DirectoryInfo(program); parent is not null; parent = parent.Parent)
        {
            yield return Path.Combine(parent.FullName, "artifacts", "native");
        }
    }
}
