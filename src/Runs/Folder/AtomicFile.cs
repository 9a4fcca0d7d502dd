using System.Text;

namespace RL.Runs;

/// <summary>Replaces a file as a whole: whoever reads it, now or after a crash, sees the old or the new one.</summary>
static class AtomicFile
{
    /// <summary>Ending of the file while it is written.</summary>
    public const string Temporary = ".tmp";

    /// <exception cref="IOException">It could not be written, or not brought to the disk; the old file is there still.</exception>
    public static void Write(string path, Action<FileStream> write)
    {
        var temporary = path + Temporary;
        // A link that stands there is not followed.
        File.Delete(temporary);
        try
        {
            using (var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 16))
            {
                write(stream);
                Disk.Flush(stream);
            }

            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }

        Disk.FlushFolder(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    public static void WriteText(string path, string text) => Write(path, stream => stream.Write(Encoding.UTF8.GetBytes(text)));
}
