using System.Globalization;

namespace RL;

/// <summary>
/// How much memory a run may still take: what is to be made is compared with it beforehand, because the system kills a process that takes more.
/// One source file that several assemblies compile in, because they have no assembly in common below them.
/// </summary>
static class MachineMemory
{
    const string Information = "/proc/meminfo";

    /// <summary>
    /// Bytes: what this machine or container has and, on Linux, no more than is free now (the kernel's own estimate of what can be taken without
    /// pushing anything out, and the swap space): others may have taken the rest.
    /// </summary>
    public static long Available => Math.Min(
        GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, File.Exists(Information) ? Free(File.ReadLines(Information)) : long.MaxValue);

    /// <summary>Reads the lines of /proc/meminfo; what they do not say is no limit.</summary>
    internal static long Free(IEnumerable<string> lines)
    {
        long? available = null;
        var swap = 0L;
        foreach (var line in lines)
        {
            available = KiloBytes(line, "MemAvailable:") ?? available;
            swap = KiloBytes(line, "SwapFree:") ?? swap;
        }

        return available is { } bytes ? bytes + swap : long.MaxValue;
    }

    static long? KiloBytes(string line, string name) =>
        line.StartsWith(name, StringComparison.Ordinal)
        && long.TryParse(line[name.Length..].Replace("kB", "", StringComparison.Ordinal), NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var kiloBytes)
            ? kiloBytes * 1024
            : null;
}
