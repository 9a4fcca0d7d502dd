using System.Globalization;

namespace RL.Host;

/// <summary>
/// The pipes and the socket that the runtime lays into the temporary folder for debuggers (clr-debug-pipe-…, dotnet-diagnostic-…). A
/// process that is killed leaves them there; one whose names are gone already leaves nothing.
/// </summary>
static class DiagnosticFiles
{
    /// <summary>Deletes those of this process, unless it is to be debugged (RL_DEBUG, DOTNET_EnableDiagnostics=1).</summary>
    public static void Delete()
    {
        if (!OperatingSystem.IsLinux() || Environment.GetEnvironmentVariable("RL_DEBUG") is { Length: > 0 }
            || Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") == "1")
        {
            return;
        }

        // Process number and start time; the 20th word behind the name, which may have spaces.
        var started = File.ReadAllText("/proc/self/stat").Split(')')[^1].Split(' ')[20];
        var process = string.Create(CultureInfo.InvariantCulture, $"{Environment.ProcessId}-{started}-");
        foreach (var name in new[] { $"clr-debug-pipe-{process}in", $"clr-debug-pipe-{process}out", $"dotnet-diagnostic-{process}socket" })
        {
            File.Delete(Path.Combine(Path.GetTempPath(), name));
        }
    }
}
