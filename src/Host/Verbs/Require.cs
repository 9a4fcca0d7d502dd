using System.Globalization;
using RL.Agents;
using RL.Environments;

namespace RL.Host;

/// <summary>Checks of command-line options, before anything runs.</summary>
static class Require
{
    /// <summary>A number within bounds; an upper one from 2³¹ − 1 on counts as none.</summary>
    /// <exception cref="UserException">It is not.</exception>
    public static void Within(string option, double value, double low, double high)
    {
        if (!(value >= low && value <= high))
        {
            var allowed = high >= int.MaxValue ? $"{low} or more" : $"{low} to {high}";
            throw new UserException(string.Create(CultureInfo.InvariantCulture, $"{option} is {value}; allowed: {allowed}."));
        }
    }

    /// <summary>One of the names.</summary>
    /// <exception cref="UserException">It is not; suggests the nearest.</exception>
    public static void OneOf(string option, string value, IEnumerable<string> names)
    {
        if (!names.Contains(value))
        {
            throw new UserException(
                $"{option} is {value}{Nearest.Suggestion(value, names)} Allowed: {string.Join(", ", names)}.");
        }
    }

    /// <summary>A stochastic policy, for --explore.</summary>
    /// <exception cref="UserException">It is deterministic.</exception>
    public static void DrawnActions(string agent, IPolicyNetwork? policy)
    {
        if (policy?.NewRandom() is null)
        {
            throw new UserException($"--explore needs a stochastic policy; that of {agent} is deterministic.");
        }
    }

    /// <summary>Settings that fit what they are for.</summary>
    /// <exception cref="UserException">They do not: <paramref name="check"/> ended in an <see cref="ArgumentException"/>.</exception>
    public static void Fits(Action check) => Fits(() =>
    {
        check();
        return true;
    });

    /// <inheritdoc cref="Fits(Action)"/>
    public static T Fits<T>(Func<T> check)
    {
        try
        {
            return check();
        }
        catch (ArgumentException exception)
        {
            throw new UserException(exception.Sentence());
        }
    }

    /// <summary>What is read from a file before anything runs.</summary>
    /// <exception cref="UserException">The file is damaged or of another kind; the message of the <see cref="InvalidDataException"/> names it.</exception>
    public static T Readable<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException exception)
        {
            throw new UserException(exception.Message);
        }
    }

    /// <summary>A file to read.</summary>
    /// <exception cref="UserException">There is none, or it is a pipe, a device or a folder.</exception>
    public static void InputFile(string option, string path)
    {
        if (RegularFile.Problem(path) is { } problem)
        {
            throw new UserException($"{option} is {path}; {problem}.");
        }
    }

    /// <summary>A file to write: its folder must be there.</summary>
    /// <exception cref="UserException">It is not, or the path is a folder.</exception>
    public static void OutputFile(string option, string? path)
    {
        if (path is null)
        {
            return;
        }
        if (Directory.Exists(path))
        {
            throw new UserException($"{option} is {path}, which is a folder; allowed: a file.");
        }
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { } folder && !Directory.Exists(folder))
        {
            throw new UserException($"{option} is {path}; there is no folder {folder}.");
        }
    }
}
