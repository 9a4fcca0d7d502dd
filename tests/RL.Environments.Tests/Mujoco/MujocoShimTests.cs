using System.Diagnostics;

namespace RL.Environments.Tests;

public class MujocoShimTests
{
    /// <summary>The macro layer over mjxmacro.h, whose lists have other names and types in MuJoCo 3.</summary>
    [Fact]
    public void Source_WithHeadersLikeThoseOfMujoco3_Compiles()
    {
        var root = Root();
        var start = new ProcessStartInfo("g++")
        {
            RedirectStandardError = true,
            ArgumentList =
            {
                "-std=c++17", "-Wall", "-Wextra", "-Werror", "-fsyntax-only",
                "-isystem", Path.Combine(root, "tests", "RL.Environments.Tests", "Mujoco", "headers-like-3"),
                Path.Combine(root, "native", "mujoco_shim.cpp"),
            },
        };
        using var compiler = Process.Start(start)!;
        var errors = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, errors);
    }

    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "rl.sln")))
        {
            folder = folder.Parent ?? throw new DirectoryNotFoundException($"{AppContext.BaseDirectory} lies in no clone of the project.");
        }

        return folder.FullName;
    }
}
