namespace RL.Studies;

/// <summary>CIFAR-10's binary batches: records of a label byte and 3·32·32 bytes, red, green, blue, each row by row.</summary>
public static class Cifar10
{
    const int Side = 32, Channels = 3, Record = 1 + (Channels * Side * Side);

    static readonly string[] _classes =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>The files behind a path: itself, or a folder's data_batch_*.bin (training) or test_batch.bin (testing).</summary>
    /// <exception cref="InvalidDataException">A folder without such files.</exception>
    public static string[] Files(string path, bool training)
    {
        if (!Directory.Exists(path))
        {
            return [path];
        }
        var pattern = training ? "data_batch_*.bin" : "test_batch.bin";
        var files = Directory.GetFiles(path, pattern).Order(StringComparer.Ordinal).ToArray();
        return files.Length > 0 ? files : throw new InvalidDataException($"{path} has no {pattern}.");
    }

    /// <summary>Reads batches, one after the other.</summary>
    /// <exception cref="InvalidDataException">A damaged file: says what is wrong.</exception>
    public static ImageSet Read(IReadOnlyList<string> files)
    {
        using var pixels = new MemoryStream();
        var labels = new List<long>();
        foreach (var path in files)
        {
            var file = RegularFile.ReadAllBytes(path);
            if (file.Length == 0 || file.Length % Record != 0)
            {
                throw new InvalidDataException(
                    $"{path} is not a readable CIFAR-10 batch: it has {file.Length} bytes; allowed: a multiple of {Record}.");
            }
            for (var at = 0; at < file.Length; at += Record)
            {
                if (file[at] >= _classes.Length)
                {
                    throw new InvalidDataException($"{path} is not a readable CIFAR-10 batch: record {at / Record} has label " +
                        $"{file[at]}; allowed: 0 to {_classes.Length - 1}.");
                }
                labels.Add(file[at]);
                pixels.Write(file.AsSpan(at + 1, Record - 1));
            }
        }
        return ImageSet.FromBytes(pixels.ToArray(), [Channels, Side, Side], [.. labels], _classes);
    }
}
