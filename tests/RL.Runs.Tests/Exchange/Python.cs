using System.Diagnostics;

namespace RL.Runs.Tests;

/// <summary>Debian's Python, for what its packages say of files.</summary>
static class Python
{
    const string Program = "/usr/bin/python3";

    public static void SkipUnlessItHas(string module, string? from = null) =>
        Assert.SkipUnless(File.Exists(Program) && Start($"import importlib.util, sys; sys.exit(importlib.util.find_spec('{module}') is None)", []).Code == 0, $"{Program} has no module {module} ({from ?? $"apt-get install python3-{module}"}).");

    public static string Run(string code, params string[] arguments)
    {
        var (exit, text, error) = Start(code, arguments);
        Assert.True(exit == 0, error);
        return text;
    }

    public static void RunFile(string script, params string[] arguments)
    {
        var (exit, _, error) = Process(script, arguments);
        Assert.True(exit == 0, error);
    }

    static (int Code, string Out, string Error) Start(string code, string[] arguments) => Process("-c", [code, .. arguments]);

    static (int Code, string Out, string Error) Process(string first, string[] arguments)
    {
        using var process = System.Diagnostics.Process.Start(new ProcessStartInfo(Program, [first, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var text = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, text, error.Result);
    }
}
