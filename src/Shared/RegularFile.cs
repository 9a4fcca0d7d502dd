using System.Runtime.InteropServices;

namespace RL;

/// <summary>
/// Tells files from what only looks like one: a named pipe or a device that is opened for reading may never answer. One source file
/// that several assemblies compile in, because they have no assembly in common below them.
/// </summary>
static partial class RegularFile
{
    const int CurrentFolder = -100; // AT_FDCWD
    const uint TypeOnly = 1; // STATX_TYPE
    const uint NamesOnly = 4; // STATX_NLINK
    const int DoNotFollow = 0x100; // AT_SYMLINK_NOFOLLOW

    /// <summary>What is wrong with a path that data is to be read from, as the end of a sentence; null if it is a regular file.</summary>
    public static string? Problem(string path) => Kind(path, followLinks: true) switch
    {
        null => File.Exists(path) ? null : "there is no such file",
        0x8000 => null,
        0x4000 => "it is a folder",
        0x1000 => "it is a named pipe; allowed: a regular file",
        0xC000 => "it is a socket; allowed: a regular file",
        _ => "it is a device; allowed: a regular file",
    };

    /// <summary>All bytes of a file that data is read from.</summary>
    /// <exception cref="InvalidDataException">It is a pipe, a device or a folder, or not there, or too large for memory: names it.</exception>
    public static byte[] ReadAllBytes(string path)
    {
        ThrowUnlessRegular(path);
        return new FileInfo(path).Length is var length && length <= Array.MaxLength
            ? File.ReadAllBytes(path)
            : throw new InvalidDataException($"{path} has {length} bytes; allowed: {Array.MaxLength}.");
    }

    /// <summary>The text of a file that is known to be small, whatever stands there now.</summary>
    /// <exception cref="InvalidDataException">It is a pipe, a device or a folder, or not there, or larger than that: names it.</exception>
    public static string ReadText(string path, long most)
    {
        ThrowUnlessFits(path, most);
        return File.ReadAllText(path);
    }

    /// <exception cref="InvalidDataException">It is a pipe, a device or a folder, or not there, or has more bytes: names it.</exception>
    public static void ThrowUnlessFits(string path, long most)
    {
        ThrowUnlessRegular(path);
        if (new FileInfo(path).Length is var length && length > most)
        {
            throw new InvalidDataException($"{path} has {length} bytes; allowed: {most}.");
        }
    }

    /// <exception cref="InvalidDataException">It is a pipe, a device or a folder, or not there: names it.</exception>
    public static void ThrowUnlessRegular(string path)
    {
        if (Problem(path) is { } problem)
        {
            throw new InvalidDataException($"{path} cannot be read: {problem}.");
        }
    }

    /// <summary>Gives a file that has other names too (hard links, as backups make them) a copy of its own, so that writing here changes it here alone.</summary>
    /// <exception cref="IOException">There is no room for it.</exception>
    public static void MakeOwn(string path)
    {
        var buffer = new byte[256];
        if (!OperatingSystem.IsLinux() || StatX(CurrentFolder, path, DoNotFollow, NamesOnly, buffer) != 0 || BitConverter.ToUInt32(buffer, 16) < 2)
        {
            return;
        }

        var copy = path + ".tmp";
        File.Delete(copy);
        File.Copy(path, copy);
        File.Move(copy, path, overwrite: true);
    }

    /// <summary>True for a symbolic link, wherever it leads.</summary>
    public static bool IsLink(string path) => Kind(path, followLinks: false) == 0xA000;

    /// <summary>The bits of st_mode that say what it is; null if nothing is there or the system does not say.</summary>
    static int? Kind(string path, bool followLinks)
    {
        if (!OperatingSystem.IsLinux())
        {
            var info = new FileInfo(path);
            return !followLinks && info.LinkTarget is not null ? 0xA000 : Directory.Exists(path) ? 0x4000 : null;
        }

        // struct statx is the same on every processor: 256 bytes, stx_mode at 28.
        var buffer = new byte[256];
        return !path.Contains('\0', StringComparison.Ordinal)
            && StatX(CurrentFolder, path, followLinks ? 0 : DoNotFollow, TypeOnly, buffer) == 0
            ? BitConverter.ToUInt16(buffer, 28) & 0xF000
            : null;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatX(int folder, string path, int flags, uint mask, [Out] byte[] buffer);
}
