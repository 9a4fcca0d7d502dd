using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace RL.Environments;

/// <summary>
/// Compiles models of users in a process of its own (native/mujoco_compile.cpp), with limits on memory and time. MuJoCo's compiler
/// crashes on some damaged meshes, skins and textures, and takes memory without bound for others; here that is an error that names the
/// model, and what reaches this process is a compiled model that was checked and simulated for one step.
/// </summary>
static class MujocoCompiler
{
    /// <summary>Most bytes of address space that compiling and simulating one copy may take.</summary>
    public const long MostMemory = 2L << 30;

    /// <summary>Most seconds that it may take.</summary>
    public const int MostSeconds = 60;

    const string Helper = "mujoco_compile";
    const int Refused = 1;
    const int SignalBase = 128; // what .NET adds to the number of the signal that ended a process

    /// <summary>Compiles a file, with the files that it names.</summary>
    /// <returns>The compiled model (MJB).</returns>
    /// <exception cref="MujocoException">It was refused, or it crashed MuJoCo; the message names the file.</exception>
    public static byte[] CompileFile(string path)
    {
        // A pipe among them would be waited for.
        ModelFile.Files(path);
        return Run(path, null, path);
    }

    /// <summary>Compiles MJCF text.</summary>
    /// <inheritdoc cref="CompileFile"/>
    public static byte[] CompileText(string mjcf)
    {
        ArgumentNullException.ThrowIfNull(mjcf);
        return Run("-", mjcf, "that was given as text");
    }

    static byte[] Run(string argument, string? input, string model)
    {
        using var process = Start(argument);
        if (input is not null)
        {
            Send(input, process);
        }

        using var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return process.ExitCode switch
        {
            0 => output.ToArray(),
            Refused => throw new MujocoException(
                $"MuJoCo refuses the model {model}: {Explained(Encoding.UTF8.GetString(output.ToArray()).Trim(), input is null ? FilesOf(model) : "")}"),
            var code => throw new MujocoException(
                $"The model {model} is refused: {Describe(code)}{(input is null ? FilesOf(model) : "")}"),
        };
    }

    static Process Start(string argument)
    {
        var helper = NativeFile.Find(Helper);
        // Packages do not keep the permission to execute.
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(helper) & UnixFileMode.UserExecute) == 0)
        {
            File.SetUnixFileMode(helper, File.GetUnixFileMode(helper) | UnixFileMode.UserExecute);
        }

        var start = new ProcessStartInfo(helper)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        foreach (var each in new[] { MujocoShim.MujocoLibrary, argument, Invariant(MostMemory), Invariant(MostSeconds) })
        {
            start.ArgumentList.Add(each);
        }

        return Process.Start(start)!;
    }

    static void Send(string text, Process process)
    {
        try
        {
            process.StandardInput.BaseStream.Write(Encoding.UTF8.GetBytes(text));
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything: its exit code says how.
        }
    }

    /// <summary>An exception of MuJoCo's own says nothing to a user.</summary>
    static string Explained(string text, string files) => text.StartsWith("MuJoCo failed:", StringComparison.Ordinal)
        ? $"its compiler failed ({text["MuJoCo failed:".Length..].Trim()}). One of the files that it names is probably damaged, or no file of its kind.{files}"
        : text;

    static string Describe(int exitCode) => (exitCode - SignalBase) switch
    {
        6 or 7 or 8 or 11 => $"MuJoCo's compiler crashed on it (signal {exitCode - SignalBase}). One of the files that it names is "
            + "probably damaged (a mesh, skin, height field or texture), or one of its sizes is too large.",
        9 => "compiling it was killed (signal 9): the machine has probably not enough memory for it.",
        14 or 24 => $"compiling it takes longer than {MostSeconds} s.",
        > 0 and var signal => $"compiling it ended with signal {signal}.",
        _ => $"compiling it ended with code {exitCode}.",
    };

    /// <summary>What to look at: MuJoCo does not say which file it died of.</summary>
    static string FilesOf(string model)
    {
        var files = ModelFile.Files(model).Skip(1).ToList();
        return files.Count == 0 ? "" : $" It names {string.Join(", ", files)}.";
    }

    static string Invariant(long number) => number.ToString(CultureInfo.InvariantCulture);
}
