using System.Diagnostics;
using System.Runtime.InteropServices;

namespace RL.Benchmarks;

/// <summary>fault_shim.c, which the process was started with (LD_PRELOAD), and what else of the system the faults need.</summary>
static unsafe partial class FaultShim
{
    /// <summary>SIGKILL, which .NET has no name for.</summary>
    public const PosixSignal Kill = (PosixSignal)9;

    static readonly Lazy<nint> _library = new(() => NativeLibrary.Load(
        Environment.GetEnvironmentVariable("LD_PRELOAD") ?? throw new InvalidOperationException("Started without fault_shim: use benchmarks/scripts/faults.sh.")));

    /// <summary>What the operation was that failed last: its name and its file.</summary>
    public static string Hit => Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)Export("faults_hit"))())!;

    /// <summary>Watches a folder; see faults_begin.</summary>
    public static void Begin(string folder, string copies, long at, int error, bool staysFull)
    {
        var (where, into) = (Marshal.StringToCoTaskMemUTF8(folder), Marshal.StringToCoTaskMemUTF8(copies));
        ((delegate* unmanaged<nint, nint, long, int, int, void>)Export("faults_begin"))(where, into, at, error, staysFull ? 1 : 0);
        Marshal.FreeCoTaskMem(where);
        Marshal.FreeCoTaskMem(into);
    }

    /// <summary>Ends it.</summary>
    /// <returns>How many operations there were.</returns>
    public static long End() => ((delegate* unmanaged<long>)Export("faults_end"))();

    /// <summary>Starts `rl` as a process of its own, without the shim.</summary>
    public static Process StartProgram(IEnumerable<string> arguments)
    {
        var program = Path.GetFullPath("artifacts/bin/RL.Host/release/rl");
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardError = true, RedirectStandardOutput = true };
        start.Environment.Remove("LD_PRELOAD");
        return Process.Start(start)!;
    }

    public static void Send(Process process, PosixSignal signal) => _ = SendSignal(process.Id, signal switch
    {
        PosixSignal.SIGHUP => 1,
        PosixSignal.SIGINT => 2,
        PosixSignal.SIGTERM => 15,
        _ => (int)signal,
    });

    /// <summary>A named pipe.</summary>
    public static void MakePipe(string path) => _ = MakeFifo(path, 0x180); // rw-------

    static nint Export(string name) => NativeLibrary.GetExport(_library.Value, name);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
