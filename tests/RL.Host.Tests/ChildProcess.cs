using System.Diagnostics;

namespace RL.Host.Tests;

/// <summary>Runs programs of the checkout as processes of their own.</summary>
static class ChildProcess
{
    /// <summary>The built host.</summary>
    public static string Host { get; } = Path.Combine(AppContext.BaseDirectory, "rl");

    public static Process Start(string program, string folder, params string[] arguments) =>
        Start(program, folder, [], arguments);

    public static Process Start(string program, string folder, (string Name, string Value)[] environment, string[] arguments)
    {
        // Tests that were started in the background of a script ignore SIGINT, and what they start would do so too.
        var start = new ProcessStartInfo("env", ["--default-signal=INT,QUIT", program, .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["RL_NO_BUILD"] = "1";
        start.Environment["OMP_NUM_THREADS"] = "1";
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        return Process.Start(start)!;
    }

    public static (int Code, string Out, string Error) Run(string program, string folder, params string[] arguments)
    {
        using var process = Start(program, folder, arguments);
        return Finish(process);
    }

    public static (int Code, string Out, string Error) Finish(Process process)
    {
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}
