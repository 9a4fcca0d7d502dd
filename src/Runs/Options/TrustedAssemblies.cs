using System.Security.Cryptography;
using System.Text.Json;

namespace RL.Runs;

/// <summary>
/// The assemblies that a run's record or a policy file may name and have loaded: those that the user has confirmed, by full path and
/// SHA-256. An assembly that has changed since is not one of them.
/// </summary>
/// <param name="file">The list.</param>
sealed class TrustedAssemblies(string file)
{
    /// <summary>An assembly as it was when the user confirmed it.</summary>
    sealed record Entry(string Path, string Sha256);

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

    /// <summary>Whether the user has confirmed <paramref name="path"/> with this content.</summary>
    /// <exception cref="UserException">The list cannot be read.</exception>
    public bool Contains(string path, string hash) => Read().Contains(new Entry(Path.GetFullPath(path), hash));

    /// <summary>Whether the user has confirmed <paramref name="path"/> with another content.</summary>
    /// <exception cref="UserException">The list cannot be read.</exception>
    public bool HasOtherContentOf(string path) => Read().Exists(entry => entry.Path == Path.GetFullPath(path));

    /// <summary>Adds an assembly as it is now, in place of what it was.</summary>
    /// <returns>Its SHA-256.</returns>
    /// <exception cref="UserException">There is no such file, or the list cannot be read.</exception>
    public string Add(string path)
    {
        if (RegularFile.Problem(path) is { } problem)
        {
            throw new UserException($"--trust-assembly is {path}; {problem}.");
        }

        var entry = new Entry(Path.GetFullPath(path), HashOf(path));
        List<Entry> entries = [.. Read().Where(other => other.Path != entry.Path), entry];
        Directory.CreateDirectory(Path.GetDirectoryName(File)!);
        AtomicFile.WriteText(File, JsonSerializer.Serialize(entries, OptionsJson.Settings) + "\n");
        return entry.Sha256;
    }

    List<Entry> Read()
    {
        if (!System.IO.File.Exists(File))
        {
            return [];
        }

        try
        {
            return JsonSerializer.Deserialize<List<Entry>>(System.IO.File.ReadAllText(File), OptionsJson.Settings) ?? [];
        }
        catch (JsonException exception)
        {
            throw new UserException($"The list of trusted assemblies, {File}, cannot be read: {exception.Message}");
        }
    }
}
