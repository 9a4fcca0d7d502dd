using System.Text;

namespace RL.Runs;

/// <summary>Replaces a file as a whole: whoever reads it, now or after a crash, sees the old or the new one.</summary>
static class AtomicFile
{
    /// <summary>Ending of the file while it is written.</summary>
    public const string Temporary = ".tmp";

    public static void Write(string path, Action<FileStream> write)
    {
        var temporary = path + Temporary;
        using (var stream = new FileStream(temporary, FileMode.Create, FileAccess.ReadWrite, FileShare.None, 1 << 16))
        {
            write(stream);
            stream.Flush(flushToDisk: true);
        }

        File.Move(temporary, path, overwrite: true);
    }

    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
