using System.Diagnostics;
using System.Reflection;
using RL.Environments;

namespace RL.Runs;

/// <summary>Versions recorded with a run.</summary>
static class Versions
{
    /// <summary>Version of this program.</summary>
    public static string Program { get; } =
        Assembly.GetExecutingAssembly().GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion.Split('+')[0];

    /// <summary>Versions of the program and of the libraries that a run on an environment of <paramref name="family"/> uses.</summary>
    public static IReadOnlyDictionary<string, string> All(string family)
    {
        var versions = new Dictionary<string, string>
        {
            ["rl"] = Program,
            ["dotnet"] = Environment.Version.ToString(),
            ["libtorch"] = TorchSharp.torch.__version__,
        };
        if (family == "mujoco")
        {
            versions.Add("mujoco", MujocoVersion.Loaded);
        }

        return versions;
    }

    /// <summary>Commit of the checkout that the program was built in, and whether tracked files differ; null if it is none.</summary>
    public static (string? Commit, bool IsDirty) Git()
    {
        var commit = Run("rev-parse", "HEAD");
        return commit is null ? (null, false) : (commit, Run("--no-optional-locks", "status", "--porcelain", "--untracked-files=no") != "");
    }

    static string? Run(params string[] arguments)
    {
        try
        {
            var start = new ProcessStartInfo("git", arguments)
            {
                WorkingDirectory = AppContext.BaseDirectory,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            using var process = Process.Start(start)!;
            var output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0 ? output.Trim() : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // There is no git.
            return null;
        }
    }
}
