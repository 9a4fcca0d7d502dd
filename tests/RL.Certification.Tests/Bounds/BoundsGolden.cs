using System.IO.Compression;
using System.Text.Json;
using RL.InputOpt;

namespace RL.Certification.Tests;

/// <summary>Bounds of auto_LiRPA 0.7.1 in float64 (bounds.json, smooth.json; docs/certification.md, "Tested").</summary>
static class BoundsGolden
{
    static readonly Dictionary<string, NetworkGraph> _networks = [];

    public static JsonElement Json(string file)
    {
        using var stream = File.OpenRead(PathOf(file));
        using var unpacked = file.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(stream, CompressionMode.Decompress) : (Stream)stream;
        using var document = JsonDocument.Parse(unpacked);
        return document.RootElement.Clone();
    }

    public static double[] Numbers(this JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];

    public static (double[] Lower, double[] Upper) Range(this JsonElement bounds, string name) =>
        (bounds.GetProperty(name).GetProperty("lower").Numbers(), bounds.GetProperty(name).GetProperty("upper").Numbers());

    /// <summary>small_N or the critic.</summary>
    public static NetworkGraph Network(string name)
    {
        if (!_networks.TryGetValue(name, out var graph))
        {
            graph = name.StartsWith("small", StringComparison.Ordinal) ? Small(Json($"{name}.json.gz")) : Critic(name);
            _networks.Add(name, graph);
        }
        return graph;
    }

    /// <summary>A network of smooth.json.</summary>
    public static NetworkGraph Smooth(JsonElement golden)
    {
        var layers = golden.GetProperty("layers").EnumerateArray()
            .Select(layer => (Weight: layer.GetProperty("weight").EnumerateArray().Select(Numbers).ToArray(), Bias: layer.GetProperty("bias").Numbers()))
            .ToArray();
        var graph = new NetworkGraph(layers[0].Weight[0].Length);
        foreach (var (weight, bias) in layers)
        {
            if (graph.Last > 0)
            {
                graph.Activation(graph.Last, Function(golden.GetProperty("activation").GetString()!));
            }
            graph.Linear(graph.Last, [.. weight.SelectMany(row => row)], bias);
        }
        if (golden.GetProperty("last").GetString() is { } last)
        {
            graph.Activation(graph.Last, Function(last));
        }
        return graph;
    }

    static string PathOf(string file) => Path.Combine(AppContext.BaseDirectory, "golden", file);

    /// <summary>Weights in these files are in×out.</summary>
    static NetworkGraph Small(JsonElement golden)
    {
        var weights = golden.GetProperty("weights").EnumerateArray().Select(weight => weight.EnumerateArray().Select(Numbers).ToArray()).ToArray();
        var biases = golden.GetProperty("biases").EnumerateArray().Select(Numbers).ToArray();
        var graph = new NetworkGraph(weights[0].Length);
        for (var i = 0; i < weights.Length; i++)
        {
            if (i > 0)
            {
                graph.Activation(graph.Last, ActivationFunction.Relu);
            }
            var (weight, outputs) = (weights[i], biases[i].Length);
            graph.Linear(graph.Last, [.. Enumerable.Range(0, outputs).SelectMany(k => weight.Select(row => row[k]))], biases[i]);
        }
        return graph;
    }

    static NetworkGraph Critic(string name) => NetworkGraph.Of(ReluNetwork.FromFile(PathOf($"{name}.safetensors")));

    static ActivationFunction Function(string name) => name switch
    {
        "relu" => ActivationFunction.Relu,
        "leaky_relu_0.01" => ActivationFunction.LeakyRelu(0.01),
        "tanh" => ActivationFunction.Tanh,
        "sigmoid" => ActivationFunction.Sigmoid,
        "softplus" => ActivationFunction.Softplus,
        "elu_1" => ActivationFunction.Elu(1),
        _ => throw new ArgumentException(name),
    };
}
