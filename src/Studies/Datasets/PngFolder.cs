using System.Globalization;
using RL.Drawing;

namespace RL.Studies;

/// <summary>
/// A folder of PNG files of one size: with one sub-folder per class, or flat beside a text file of lines "file label" (or
/// "file,label"), labels being numbers from 0. Files and classes come in the ordinal order of their names.
/// </summary>
public static class PngFolder
{
    const int LargestLabel = 65_535;

    static readonly char[] _separators = [' ', '\t', ',', ';'];

    /// <summary>Reads a folder.</summary>
    /// <param name="path">The folder.</param>
    /// <param name="labels">The file of labels of a flat folder; null: one sub-folder per class.</param>
    /// <exception cref="InvalidDataException">Nothing there, a damaged image, images of different shapes, a label that is
    /// missing or no number.</exception>
    public static ImageSet Read(string path, string? labels = null)
    {
        var (files, classes) = labels is null ? Classes(path) : Labelled(path, labels);
        using var pixels = new MemoryStream();
        ByteImage? first = null;
        foreach (var (file, _) in files)
        {
            var image = Png.Read(file);
            first ??= image;
            if ((image.Channels, image.Height, image.Width) != (first.Channels, first.Height, first.Width))
            {
                throw new InvalidDataException($"{file} is {Describe(image)}, but {files[0].File} is {Describe(first)}; " +
                    "all images must be alike.");
            }
            pixels.Write(Planes(image));
        }
        return ImageSet.FromBytes(
            pixels.ToArray(), [first!.Channels, first.Height, first.Width],
            [.. files.Select(file => file.Label)], classes);
    }

    static (List<(string File, long Label)> Files, string[] Classes) Classes(string path)
    {
        // Hidden folders (.ipynb_checkpoints, .git) and those without an image are no classes.
        var folders = Directory.GetDirectories(path)
            .Where(folder => !Path.GetFileName(folder).StartsWith('.') && Pngs(folder).Any())
            .Order(StringComparer.Ordinal).ToArray();
        var files = folders.SelectMany((folder, label) => Pngs(folder).Select(file => (file, (long)label))).ToList();
        return files.Count > 0 ? (files, [.. folders.Select(folder => Path.GetFileName(folder))]) : throw new InvalidDataException(
            $"{path} has no sub-folders with PNG files; give a file of labels for a flat folder.");
    }

    static (List<(string File, long Label)> Files, string[] Classes) Labelled(string path, string labels)
    {
        RegularFile.ThrowUnlessRegular(labels);
        var known = new Dictionary<string, long>();
        foreach (var (line, number) in File.ReadLines(labels).Select((line, i) => (line, i + 1)).Where(pair => pair.line.Length > 0))
        {
            if (line.Split(_separators, StringSplitOptions.RemoveEmptyEntries) is not [var name, var text] ||
                !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var label) || label > LargestLabel)
            {
                throw new InvalidDataException($"{labels}, line {number} is \"{line}\"; allowed: a file name and a label from 0 to {LargestLabel}.");
            }
            known[name] = label;
        }
        var files = Pngs(path).Select(file => (file, known.TryGetValue(Path.GetFileName(file), out var label)
            ? label
            : throw new InvalidDataException($"{labels} has no label for {Path.GetFileName(file)}."))).ToList();
        return files.Count > 0
            ? (files, ImageSet.Numbered(files.Max(file => file.Item2) + 1))
            : throw new InvalidDataException($"{path} has no PNG files.");
    }

    static IEnumerable<string> Pngs(string folder) => Directory.GetFiles(folder)
        .Where(file => file.EndsWith(".png", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal);

    /// <summary>The pixels channel by channel, as tensors have them.</summary>
    static byte[] Planes(ByteImage image)
    {
        var area = image.Width * image.Height;
        var planes = new byte[image.Pixels.Length];
        for (var i = 0; i < planes.Length; i++)
        {
            planes[i] = image.Pixels[(i % area * image.Channels) + (i / area)];
        }
        return planes;
    }

    static string Describe(ByteImage image) => $"{image.Width}×{image.Height} with {image.Channels} channels";
}
