using System.Security.Cryptography;
using System.Text.Json;

namespace RL.Runs;

/// <summary>
/// The assemblies that a run's record or a policy file may name and have loaded: those that the user has confirmed, by full path and
/// SHA-256. An assembly that has changed since, or beside which a library has changed or come, is not one of them.
/// </summary>
/// <param name="file">The list.</param>
sealed class TrustedAssemblies(string file)
{
    /// <summary>An assembly as it was when the user confirmed it, and the libraries beside it, by their names in its folder.</summary>
    sealed record Entry(string Path, string Sha256, Dictionary<string, string> Beside);

    static readonly string[] _libraries = ["*.dll", "*.so", "*.so.*", "*.dylib"];

    /// <summary>The user's list: rl/trusted-assemblies.json in $XDG_CONFIG_HOME (~/.config).</summary>
    public static TrustedAssemblies OfTheUser => new(Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.ApplicationData, Environment.SpecialFolderOption.DoNotVerify),
        "rl",
        "trusted-assemblies.json"));

    /// <summary>Path of the list.</summary>
    public string File { get; } = file;

    /// <summary>SHA-256 of a file, in hexadecimal.</summary>
    public static string HashOf(string path)
    {
        using var stream = System.IO.File.OpenRead(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    /// <summary>Whether the user has confirmed <paramref name="path"/>, in whatever state it and the libraries beside it were.</summary>
    /// <exception cref="UserException">The list cannot be read.</exception>
    public bool Contains(string path) => Find(path) is not null;

    /// <summary>
    /// What of a confirmed assembly, and of the libraries beside it that it may load, is not as it was; null if all is. What the program
    /// has itself is taken from the program.
    /// </summary>
    /// <exception cref="UserException">The list cannot be read.</exception>
    public string? Changed(string path)
    {
        var entry = Find(path);
        var now = LibrariesBeside(path);
        return entry is null || entry.Sha256 != HashOf(path) ? Path.GetFullPath(path)
            : now.Keys.Union(entry.Beside.Keys).FirstOrDefault(name => now.GetValueOrDefault(name) != entry.Beside.GetValueOrDefault(name)) is { } name
                ? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, name) : null;
    }

    /// <summary>Adds an assembly as it is now, in place of what it was.</summary>
    /// <returns>Its SHA-256.</returns>
    /// <exception cref="UserException">There is no such file, or the list cannot be read.</exception>
    public string Add(string path)
    {
        if (RegularFile.Problem(path) is { } problem)
        {
            throw new UserException($"--trust-assembly is {path}; {problem}.");
        }

        var entry = new Entry(Path.GetFullPath(path), HashOf(path), LibrariesBeside(path));
        List<Entry> entries = [.. Read().Where(other => other.Path != entry.Path), entry];
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        AtomicFile.WriteText(File, JsonSerializer.Serialize(entries, OptionsJson.Settings) + "\n");
        return entry.Sha256;
    }

    Entry? Find(string path) => Read().Find(entry => entry.Path == Path.GetFullPath(path));

    /// <summary>Name → SHA-256 of the libraries in the assembly's folder and, where packages put those of a system, in runtimes/.</summary>
    static Dictionary<string, string> LibrariesBeside(string path)
    {
        var folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        var runtimes = Path.Combine(folder, "runtimes");
        return _libraries.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern)
                .Concat(Directory.Exists(runtimes) ? Directory.EnumerateFiles(runtimes, pattern, SearchOption.AllDirectories) : []))
            .Where(file => file != Path.GetFullPath(path) && RegularFile.Problem(file) is null
                && !System.IO.File.Exists(Path.Combine(AppContext.BaseDirectory, Path.GetFileName(file))))
            .Distinct().ToDictionary(file => Path.GetRelativePath(folder, file), HashOf);
    }

    List<Entry> Read()
    {
        if (!System.IO.File.Exists(File))
        {
            return [];
        }

        try
        {
            var entries = JsonSerializer.Deserialize<List<Entry>>(System.IO.File.ReadAllText(File), OptionsJson.Settings) ?? [];
            // One without its libraries is of an earlier version, and to be confirmed again.
            return [.. entries.Where(entry => entry is { Path: not null, Beside: not null })];
        }
        catch (JsonException exception)
        {
            throw new UserException($"The list of trusted assemblies, {File}, cannot be read: {exception.Sentence()}");
        }
    }
}
