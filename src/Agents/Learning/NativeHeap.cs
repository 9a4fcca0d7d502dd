using System.Runtime.InteropServices;

namespace RL.Agents;

/// <summary>
/// How the C library keeps memory that libtorch frees. A learning step takes and frees the same blocks of many megabytes again and again;
/// with its defaults glibc hands them back to the system each time, which then has to clear every page anew: a fifth of the CPU time of
/// PPO on images.
/// </summary>
static unsafe class NativeHeap
{
    // mallopt(3)
    const int TrimThreshold = -1;
    const int TopPad = -2;
    const int MmapThreshold = -3;

    const int Megabyte = 1 << 20;

    /// <summary>
    /// Lets the process keep up to 2 GB of what it frees, in blocks of up to 512 MB. For the whole process, once; where the C library is
    /// not glibc nothing changes, as results never depend on it.
    /// </summary>
    public static void KeepLargeBlocks() => _ = Once.IsSet;

    static class Once
    {
        public static readonly bool IsSet = Set();

        static bool Set() =>
            OperatingSystem.IsLinux()
            && NativeLibrary.TryLoad("libc.so.6", out var library)
            && NativeLibrary.TryGetExport(library, "mallopt", out var address)
            && Set((delegate* unmanaged<int, int, int>)address);

        // Each call returns 0 if it was refused.
        static bool Set(delegate* unmanaged<int, int, int> mallopt) =>
            mallopt(MmapThreshold, 512 * Megabyte) * mallopt(TrimThreshold, 2047 * Megabyte) * mallopt(TopPad, 16 * Megabyte) != 0;
    }
}
