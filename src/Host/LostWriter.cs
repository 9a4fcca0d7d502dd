using System.Runtime.InteropServices;
using System.Text;

namespace RL.Host;

/// <summary>
/// Standard error that may be lost: a terminal that is closed, a log on a full disk, a descriptor that was never open. Whoever writes there
/// does not end for it.
/// </summary>
sealed partial class LostWriter(TextWriter inner) : TextWriter
{
    const int GetFlags = 1; // F_GETFD
    const int StandardError = 2;

    /// <inheritdoc/>
    public override Encoding Encoding => inner.Encoding;

    /// <summary>
    /// Standard error of this process. Where the process was started without one (2>&amp;-), the runtime's first file has its number: it is
    /// told from an inherited one in that it would not be inherited in turn, and is not written to.
    /// </summary>
    public static TextWriter Error =>
        OperatingSystem.IsLinux() && Control(StandardError, GetFlags) != 0 ? Null : Synchronized(new LostWriter(Console.Error));

    /// <inheritdoc/>
    public override void Write(char value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(string? value) => Try(() => inner.Write(value));

    /// <inheritdoc/>
    public override void Write(char[] buffer, int index, int count) => Try(() => inner.Write(buffer, index, count));

    /// <inheritdoc/>
    public override void WriteLine(string? value) => Try(() => inner.WriteLine(value));

    /// <inheritdoc/>
    public override void Flush() => Try(inner.Flush);

    static void Try(Action write)
    {
        try
        {
            write();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ObjectDisposedException)
        {
            // There is nobody left to tell.
        }
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command);
}
