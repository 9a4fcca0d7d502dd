using System.IO.Compression;
using System.Runtime.InteropServices;

namespace RL.Runs;

/// <summary>
/// A file of torch.save (PyTorch 1.6 and later): a zip archive with a pickle, data.pkl, and the numbers of each storage as an entry of its own.
/// The pickle is read as data (<see cref="PickleReader"/>); numbers are read when a tensor is asked for.
/// </summary>
sealed class TorchArchive
{
    const string Pickle = "data.pkl";
    const int LargestPickle = 64 << 20;

    static readonly Dictionary<string, (int Bytes, Func<byte[], double[]> Read)> _types = new()
    {
        ["FloatStorage"] = (4, bytes => Read<float>(bytes)),
        ["DoubleStorage"] = (8, bytes => Read<double>(bytes)),
        ["HalfStorage"] = (2, bytes => Read<Half>(bytes)),
        ["LongStorage"] = (8, bytes => Read<long>(bytes)),
        ["IntStorage"] = (4, bytes => Read<int>(bytes)),
        ["ShortStorage"] = (2, bytes => Read<short>(bytes)),
        ["CharStorage"] = (1, bytes => Read<sbyte>(bytes)),
        ["ByteStorage"] = (1, bytes => Read<byte>(bytes)),
        ["BoolStorage"] = (1, bytes => Read<byte>(bytes)),
    };

    static readonly HashSet<string> _allowed =
    [
        "collections OrderedDict", "torch._utils _rebuild_tensor_v2", "torch._utils _rebuild_parameter", "torch Size",
        .. _types.Keys.Select(name => $"torch {name}"),
    ];

    readonly ZipArchive _archive;
    readonly string _folder;
    readonly Dictionary<string, ImportedTensor> _tensors = [];

    TorchArchive(ZipArchive archive)
    {
        _archive = archive;
        var pickle = archive.Entries.FirstOrDefault(entry => entry.FullName == Pickle || entry.FullName.EndsWith("/" + Pickle, StringComparison.Ordinal))
            ?? throw new InvalidDataException($"it has no {Pickle}; allowed: a file of torch.save, or a zip of Stable-Baselines3");
        _folder = pickle.FullName[..^Pickle.Length];
        if (archive.GetEntry($"{_folder}byteorder") is { } order && System.Text.Encoding.ASCII.GetString(ZipEntries.Read(order, 16)) is var text && text != "little")
        {
            throw new InvalidDataException($"its byte order is '{Shown.Short(text)}'; allowed: little");
        }

        Collect(new PickleReader(ZipEntries.Read(pickle, LargestPickle), _allowed).Read(), "");
    }

    /// <summary>The tensors by their names in the state dictionary.</summary>
    public IReadOnlyDictionary<string, ImportedTensor> Tensors => _tensors;

    /// <summary>Reads the names and shapes in a file; <paramref name="archive"/> must stay open as long as tensors are read.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or has what is no tensor: names it.</exception>
    public static TorchArchive Read(ZipArchive archive) => new(archive);

    /// <summary>Tensors of a dictionary, or of dictionaries within it, such as {"state_dict": {…}}; other values are left alone.</summary>
    void Collect(object? value, string prefix)
    {
        var items = value switch
        {
            PickleDictionary dictionary => dictionary,
            PickleObject { Name.Text: "collections OrderedDict" } ordered => ordered.Items,
            _ => prefix.Length == 0 ? throw new InvalidDataException("its pickle is no dictionary of tensors") : [],
        };
        foreach (var (name, item) in items)
        {
            switch (item)
            {
                case PickleObject { Name.Text: "torch._utils _rebuild_tensor_v2" } tensor:
                    _tensors[prefix + name] = Tensor(prefix + name, tensor.Arguments);
                    break;
                case PickleObject { Name.Text: "torch._utils _rebuild_parameter", Arguments: [PickleObject tensor, ..] }:
                    _tensors[prefix + name] = Tensor(prefix + name, tensor.Arguments);
                    break;
                // One level: a pickle may hold itself.
                case PickleDictionary or PickleObject when prefix.Length == 0:
                    Collect(item, $"{name}.");
                    break;
            }
        }
    }

    ImportedTensor Tensor(string name, object?[] arguments)
    {
        if (arguments is not [PickleReference { Id: object?[] id }, long offset, object?[] sizes, object?[] strides, ..]
            || id is not ["storage", PickleName { Text: var type }, string key, _, long count]
            || !_types.TryGetValue(type[(type.IndexOf(' ', StringComparison.Ordinal) + 1)..], out var format)
            || sizes.Length != strides.Length || !Array.TrueForAll([.. sizes, .. strides], size => size is long and >= 0))
        {
            throw new InvalidDataException($"{Shown.Short(name)} is no tensor of numbers as torch.save writes it");
        }

        long[] shape = [.. sizes.Cast<long>()], steps = [.. strides.Cast<long>()];
        var elements = ImportedTensor.CountOf(shape);
        // What tensors show of a storage is at most the storage: shapes with strides of 0 could show any number of it.
        var last = shape.Zip(steps, (size, step) => (Int128)Math.Max(0, size - 1) * step).Aggregate((Int128)offset, (sum, part) => sum + part);
        if (elements < 0 || elements > count || offset < 0 || (elements > 0 && last >= count))
        {
            throw new InvalidDataException($"{Shown.Short(name)} is {NetworkDraft.Text(shape)} numbers of a storage of {count}");
        }

        return new(shape, () =>
        {
            var entry = _archive.GetEntry($"{_folder}data/{key}") ?? throw new InvalidDataException($"{Shown.Short(name)}: its storage {Shown.Short(key)} is missing");
            if (entry.Length != count * format.Bytes)
            {
                throw new InvalidDataException($"{Shown.Short(name)}: its storage has {entry.Length} bytes; allowed: {count * format.Bytes}");
            }

            return Gather(format.Read(ZipEntries.Read(entry, entry.Length)), offset, shape, steps, (int)elements);
        });
    }

    static double[] Gather(double[] storage, long offset, long[] shape, long[] steps, int count)
    {
        var values = new double[count];
        for (var i = 0; i < count; i++)
        {
            var (rest, at) = ((long)i, offset);
            for (var axis = shape.Length - 1; axis >= 0; axis--)
            {
                at += rest % shape[axis] * steps[axis];
                rest /= shape[axis];
            }

            values[i] = storage[at];
        }

        return values;
    }

    static double[] Read<T>(byte[] bytes)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        var values = MemoryMarshal.Cast<byte, T>(bytes);
        var numbers = new double[values.Length];
        for (var i = 0; i < numbers.Length; i++)
        {
            numbers[i] = double.CreateChecked(values[i]);
        }

        return numbers;
    }
}
