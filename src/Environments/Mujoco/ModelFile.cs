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
    /// <exception cref="MujocoException">One is a pipe or a device, which may never answer.</exception>
    internal static IReadOnlyList<string> Files(string path)
    {
        var model = System.IO.Path.GetFullPath(path);
        var files = new List<string> { model };
        // compiler meshdir, texturedir and assetdir add to these.
        var folders = new List<string> { System.IO.Path.GetDirectoryName(model)! };
        // The list grows while it is walked.
        for (var i = 0; i < files.Count; i++)
        {
            if (i > 0 && !files[i].EndsWith(".xml", StringComparison.OrdinalIgnoreCase))
            {
                continue;
            }

            var text = File.ReadAllText(files[i]);
            folders.AddRange(Values(FolderAttribute(), text).Select(folder => System.IO.Path.Combine(folders[0], folder)).ToList());
            foreach (var name in Values(FileAttribute(), text))
            {
                if (folders.Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found
                    && !files.Contains(found))
                {
                    files.Add(RegularFile.Problem(found) is { } problem
                        ? throw new MujocoException($"The model {model} names {found}; {problem}.") : found);
                }
            }
        }

        return files;
    }

    static IEnumerable<string> Values(Regex attribute, string text) =>
        attribute.Matches(text).Select(match => WebUtility.HtmlDecode(match.Groups["value"].Value));

    // file, and fileright, fileup … of a cube's texture.
    [GeneratedRegex("""\sfile[a-z]*\s*=\s*(?<quote>["'])(?<value>[^"'\0]+)\k<quote>""")]
    private static partial Regex FileAttribute();

    [GeneratedRegex("""\s(mesh|texture|asset)dir\s*=\s*(?<quote>["'])(?<value>[^"'\0]+)\k<quote>""")]
    private static partial Regex FolderAttribute();
}
