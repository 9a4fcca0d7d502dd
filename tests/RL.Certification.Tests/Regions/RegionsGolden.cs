using System.Text.Json;

namespace RL.Certification.Tests;

/// <summary>Regions by rational arithmetic in Python (regions.json, regions_degenerate.json; docs/regions.md, "Tested").</summary>
static class RegionsGolden
{
    static readonly Dictionary<string, JsonElement> _files = [];

    public static JsonElement File(string name)
    {
        lock (_files)
        {
            if (!_files.TryGetValue(name, out var file))
            {
                _files.Add(name, file = BoundsGolden.Json(name));
            }
            return file;
        }
    }

    /// <summary>The network of an entry: given, named, or that of the slice with the entry's number.</summary>
    public static NetworkGraph Network(JsonElement entry)
    {
        if (entry.TryGetProperty("slice", out var id))
        {
            return Network(File("regions.json").GetProperty("slices").EnumerateArray().First(
                slice => slice.TryGetProperty("id", out var own) && own.GetInt32() == id.GetInt32()));
        }
        var net = entry.GetProperty("net");
        return net.ValueKind == JsonValueKind.String ? BoundsGolden.Network(net.GetString()!) : OfLayers(net);
    }

    /// <param name="layers">[{weight [out][in], bias [out]}, …].</param>
    public static NetworkGraph OfLayers(JsonElement layers) => OfLayers(layers.EnumerateArray().Select(layer => (
        layer.GetProperty("weight").EnumerateArray().Select(row => row.Numbers()).ToArray(), layer.GetProperty("bias").Numbers())));

    public static NetworkGraph OfLayers(IEnumerable<(double[][] Weight, double[] Bias)> layers)
    {
        NetworkGraph? graph = null;
        foreach (var (weight, bias) in layers)
        {
            if (graph is null)
            {
                graph = new(weight[0].Length);
            }
            else
            {
                graph.Activation(graph.Last, ActivationFunction.Relu);
            }
            graph.Linear(graph.Last, [.. weight.SelectMany(row => row)], bias);
        }
        return graph!;
    }

    public static string Text(IEnumerable<bool> pattern) => string.Concat(pattern.Select(isActive => isActive ? '1' : '0'));
}
