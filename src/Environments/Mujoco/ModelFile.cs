using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace RL.Environments;

/// <summary>A model file that a task is simulated with, and what was in it.</summary>
/// <param name="Path">Full path of the MJCF file.</param>
/// <param name="Sha256">
/// SHA-256, in hexadecimal, over the file and the files that it names (includes, meshes, height fields, textures, skins), in the order in
/// which it names them. Equal hashes: the same model.
/// </param>
public sealed partial record ModelFile(string Path, string Sha256)
{
    /// <summary>Reads the file at <paramref name="path"/> and those that it names.</summary>
    /// <exception cref="IOException">One of them cannot be read.</exception>
    public static ModelFile Read(string path)
    {
        var full = System.IO.Path.GetFullPath(path);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, full, [System.IO.Path.GetDirectoryName(full)!], []);
        return new ModelFile(full, Convert.ToHexStringLower(hash.GetHashAndReset()));
    }

    /// <param name="hash">Gets the contents.</param>
    /// <param name="file">The file.</param>
    /// <param name="folders">Where names are looked for; compiler meshdir, texturedir and assetdir add to them.</param>
    /// <param name="seen">Files that were read; each counts once.</param>
    static void Append(IncrementalHash hash, string file, List<string> folders, HashSet<string> seen)
    {
        if (!seen.Add(file))
        {
            return;
        }

        var content = File.ReadAllBytes(file);
        hash.AppendData(BitConverter.GetBytes((long)content.Length));
        hash.AppendData(content);
        if (!file.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) && seen.Count > 1)
        {
            return;
        }

        var text = Encoding.UTF8.GetString(content);
        folders.AddRange(Values(FolderAttribute(), text).Select(folder => System.IO.Path.Combine(folders[0], folder)));
        foreach (var name in Values(FileAttribute(), text))
        {
            // What is not found is not read by MuJoCo either: it had compiled the model when this is called.
            if (folders.Select(folder => System.IO.Path.Combine(folder, name)).FirstOrDefault(File.Exists) is { } found)
            {
                Append(hash, found, folders, seen);
            }
        }
    }

    static IEnumerable<string> Values(Regex attribute, string text) =>
        attribute.Matches(text).Select(match => WebUtility.HtmlDecode(match.Groups["value"].Value));

    // file, and fileright, fileup … of a cube's texture.
    [GeneratedRegex("""\sfile[a-z]*\s*=\s*(?<quote>["'])(?<value>[^"'\0]+)\k<quote>""")]
    private static partial Regex FileAttribute();

    [GeneratedRegex("""\s(mesh|texture|asset)dir\s*=\s*(?<quote>["'])(?<value>[^"'\0]+)\k<quote>""")]
    private static partial Regex FolderAttribute();
}
