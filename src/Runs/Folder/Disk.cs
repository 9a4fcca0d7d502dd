using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace RL.Runs;

/// <summary>Puts on the disk what was written, and says so if that fails: FileStream.Flush(true) ignores errors of fsync.</summary>
static partial class Disk
{
    const int ReadOnly = 0;
    const int CloseOnExec = 0x80000;

    /// <summary>Writes to a place of a file, past its buffer.</summary>
    /// <exception cref="IOException">The disk does not take it.</exception>
    public static void Write(FileStream stream, ReadOnlySpan<byte> bytes, long offset)
    {
        try
        {
            RandomAccess.Write(stream.SafeFileHandle, bytes, offset);
        }
        catch (ArgumentOutOfRangeException exception)
        {
            // What .NET makes of EFBIG.
            throw new IOException($"{stream.Name} is larger than the system allows.", exception);
        }
    }

    /// <summary>Everything that was written to the file.</summary>
    /// <exception cref="IOException">The disk has not taken it.</exception>
    public static void Flush(FileStream stream)
    {
        stream.Flush();
        Check(Synchronize(stream.SafeFileHandle), stream.Name);
    }

    /// <summary>The names in a folder: what was made, renamed or deleted there.</summary>
    /// <exception cref="IOException">The disk has not taken it.</exception>
    public static void FlushFolder(string path)
    {
        using var handle = Open(path, ReadOnly | CloseOnExec);
        Check(handle.IsInvalid ? -1 : Synchronize(handle), path);
    }

    static void Check(int result, string path)
    {
        if (result != 0)
        {
            var error = Marshal.GetLastPInvokeError();
            throw new IOException($"{path} cannot be brought to the disk: {Marshal.GetPInvokeErrorMessage(error)}.");
        }
    }

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);
}
