using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;

namespace RL.Environments;

/// <summary>A model file that a task is simulated with, and what was in it.</summary>
/// <param name="Path">Full path of the MJCF file.</param>
/// <param name="Sha256">
/// SHA-256, in hexadecimal, over the SHA-256 of the file and of each file that it names (includes, meshes, height fields, textures, skins),
/// in the order in which it names them. Equal hashes: the same model.
/// </param>
public sealed partial record ModelFile(string Path, string Sha256)
{
    // Many times what any model needs. A file of MJCF stays in memory whole; of names, each is looked for in each folder.
    const long MostText = 256L << 20;
    const long MostLookups = 1_000_000;

    /// <summary>Reads the file at <paramref name="path"/> and those that it names.</summary>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    public static ModelFile Read(string path)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var file in Files(path))
        {
            using var content = File.OpenRead(file);
            hash.AppendData(SHA256.HashData(content));
        }

        return new ModelFile(System.IO.Path.GetFullPath(path), Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <summary>The file at <paramref name="path"/>, then those that it names and that there are, each once; full paths.</summary>
    /// <exception cref="MujocoException">
    /// One is a pipe or a device, which may never answer, or is larger than MuJoCo's compiler may be; or there are too many to look for.
    /// </exception>
    internal static IReadOnlyList<string> Files(string path)
    {
        var model = System.IO.Path.GetFullPath(path);
        var files = new List<string>();
        var isListed = new HashSet<string>();
        // compiler meshdir, texturedir and assetdir add to these.
        var folders = new List<string> { System.IO.Path.GetDirectoryName(model)! };
        var lookups = 0L;
        Add(model, $"The model {model} cannot be read");
        // The list grows while it is walked.
        for (var i = 0; i < files.Count; i++)
        {
            if (i > 0 && !IsMjcf(files[i]))
            {
                continue;
            }

            var text = File.ReadAllText(files[i]);
            folders = [.. folders.Concat(Values(FolderAttribute(), text).Select(folder => System.IO.Path.Combine(folders[0], folder))).Distinct()];
            foreach (var name in Values(FileAttribute(), text))
            {
                lookups += folders.Count;
                if (lookups > MostLookups)
                {
                    throw new MujocoException(
                        $"The model {model} names too many files: each is looked for in {folders.Count} folders; allowed: {MostLookups} lookups.");
                }

                if (folders.Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found)
                {
                    Add(found, $"The model {model} names {found}");
                }
            }
        }

        return files;

        void Add(string file, string subject)
        {
            if (!isListed.Add(file))
            {
                return;
            }

            if (RegularFile.Problem(file) is { } problem)
            {
                throw new MujocoException($"{subject}; {problem}.");
            }

            var most = files.Count == 0 || IsMjcf(file) ? MostText : MujocoCompiler.MostMemory;
            files.Add(new FileInfo(file).Length is var length && length > most
                ? throw new MujocoException($"{subject}; it has {length} bytes; allowed: {most}.")
                : file);
        }
    }

    static bool IsMjcf(string file) => file.EndsWith(".xml", StringComparison.OrdinalIgnoreCase);

    static IEnumerable<string> Values(Regex attribute, string text) =>
        attribute.Matches(text).Select(match => WebUtility.HtmlDecode(match.Groups["value"].Value));

    // file, and fileright, fileup … of a cube's texture.
    [GeneratedRegex("""\sfile[a-z]*\s*=\s*(?<quote>["'])(?<value>[^"'\0]+)\k<quote>""")]
    private static partial Regex FileAttribute();

    [GeneratedRegex("""\s(mesh|texture|asset)dir\s*=\s*(?<quote>["'])(?<value>[^"'\0]+)\k<quote>""")]
    private static partial Regex FolderAttribute();
}
