using System.Globalization;

namespace RL.Runs;

/// <summary>
/// The fencing token of a run folder: the number of the attempt at the run that may write there, in the file `.epoch`. Whoever gives a run to a
/// worker raises it first. A worker that was cut off, was given up meanwhile and comes back finds a higher number than its own before it writes,
/// and writes nothing. This holds where a file system's locks do not; between the look and the write lies a moment that only locks close.
/// </summary>
/// <param name="folder">The run's folder.</param>
/// <param name="number">The attempt.</param>
sealed class RunEpoch(string folder, long number)
{
    public const string FileName = ".epoch";

    /// <summary>Begins a new attempt: all earlier ones are fenced off from now on. One process at a time may do so: the coordinator of the runs.</summary>
    /// <returns>Its number.</returns>
    public static long Grant(string folder)
    {
        var next = Read(folder) + 1;
        Write(folder, next);
        return next;
    }

    /// <summary>Has an attempt write in a folder that is its own alone.</summary>
    public static void Write(string folder, long number) =>
        AtomicFile.WriteText(Path.Combine(folder, FileName), string.Create(CultureInfo.InvariantCulture, $"{number}\n"));

    /// <summary>The attempt that may write; 0 before the first.</summary>
    /// <exception cref="IOException">The file is damaged.</exception>
    public static long Read(string folder)
    {
        // Opened anew each time: a network file system asks its server then.
        var file = Path.Combine(folder, FileName);
        if (!File.Exists(file))
        {
            return 0;
        }

        return long.TryParse(File.ReadAllText(file), NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out var number)
            ? number
            : throw new IOException($"{file} is damaged: it is to hold the number of an attempt.");
    }

    /// <summary>Call it before each write.</summary>
    /// <exception cref="IOException">Another attempt may write, and this one no longer.</exception>
    public void ThrowUnlessHeld()
    {
        var now = Read(folder);
        if (now != number)
        {
            throw new IOException($"{folder} is with attempt {now} at the run by now, so that attempt {number} writes nothing more.");
        }
    }
}
