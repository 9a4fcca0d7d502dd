using System.Globalization;
using System.Text.Json;
using RL.Environments;

namespace RL.Runs;

/// <summary>
/// Networks of named tensors whose layout a JSON document says:
/// <code>
/// {
///   "layers": [{"linear": "fc1"}, "relu", {"conv": "cnn.0", "stride": 4, "padding": 0}, {"maxpool": 3, "stride": 2, "padding": 1}, "flatten",
///              {"clip": [-1, 1]}, "tanh"],
///   "actions": "normalized",
///   "log_deviation": "log_std",
///   "observations": {"mean": "obs_mean", "variance": "obs_var", "epsilon": 1e-8, "clip": 10}
/// }
/// </code>
/// A layer's tensors are its name with ".weight" and, if there is one, ".bias". "actions": in units of half their range, or of the task
/// ("environment", the default). All but "layers" may be left out.
/// </summary>
static class LayoutReader
{
    const int LargestDocument = 4 << 20;

    /// <summary>Reads a layout file.</summary>
    /// <exception cref="InvalidDataException">It is no JSON.</exception>
    public static JsonDocument ReadFile(string path)
    {
        RegularFile.ThrowUnlessRegular(path);
        return new FileInfo(path).Length is var length && length > LargestDocument
            ? throw new InvalidDataException($"{path} has {length} bytes; allowed for a layout: {LargestDocument}")
            : Parse(File.ReadAllText(path));
    }

    /// <summary>Reads a layout.</summary>
    /// <exception cref="InvalidDataException">It is no JSON.</exception>
    public static JsonDocument Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException exception)
        {
            throw new InvalidDataException($"the layout is not JSON: {exception.Sentence()}", exception);
        }
    }

    /// <summary>Makes the network that a layout says of tensors.</summary>
    /// <exception cref="InvalidDataException">Names the layer or tensor that is missing or does not fit.</exception>
    public static ImportedModel Read(JsonDocument layout, IReadOnlyDictionary<string, ImportedTensor> tensors, Space observations)
    {
        try
        {
            return Read(layout.RootElement, tensors, PolicyImport.NewDraft(observations));
        }
        catch (InvalidOperationException exception)
        {
            // What System.Text.Json has for a value of another kind.
            throw new InvalidDataException($"the layout cannot be read: {exception.Message}", exception);
        }
    }

    static ImportedModel Read(JsonElement layout, IReadOnlyDictionary<string, ImportedTensor> tensors, NetworkDraft network)
    {
        ThrowUnlessKnown(layout, "the layout", "layers", "actions", "log_deviation", "observations");
        if (!layout.TryGetProperty("layers", out var layers) || layers.ValueKind != JsonValueKind.Array || layers.GetArrayLength() == 0)
        {
            throw new InvalidDataException("the layout has no \"layers\"; allowed: a list of layers such as [{\"linear\": \"fc1\"}, \"relu\", {\"linear\": \"fc2\"}]");
        }

        var number = 0;
        foreach (var layer in layers.EnumerateArray())
        {
            Add(network, layer, string.Create(CultureInfo.InvariantCulture, $"layer {++number} of the layout"), tensors);
        }

        var actions = layout.TryGetProperty("actions", out var units) ? units.GetString() : "environment";
        return new(network)
        {
            IsNormalized = actions is "normalized" or "environment"
                ? actions == "normalized"
                : throw new InvalidDataException($"\"actions\" is {Shown.Short(units.ToString())}; allowed: normalized, environment"),
            LogDeviation = layout.TryGetProperty("log_deviation", out var deviation) ? Values(tensors, deviation.GetString() ?? "") : null,
            Moments = layout.TryGetProperty("observations", out var moments) ? Moments(moments, tensors) : null,
        };
    }

    static void Add(NetworkDraft network, JsonElement layer, string where, IReadOnlyDictionary<string, ImportedTensor> tensors)
    {
        if (layer.ValueKind == JsonValueKind.String)
        {
            switch (layer.GetString())
            {
                case "relu" or "tanh" or "sigmoid":
                    network.Activation(layer.GetString()!);
                    return;
                case "flatten":
                    network.Flatten();
                    return;
            }
        }
        else if (layer.ValueKind == JsonValueKind.Object)
        {
            if (layer.TryGetProperty("linear", out var name))
            {
                ThrowUnlessKnown(layer, where, "linear");
                network.Linear($"{where}, {name},", Find(tensors, $"{name}.weight"), tensors.GetValueOrDefault($"{name}.bias"));
                return;
            }

            if (layer.TryGetProperty("conv", out name))
            {
                ThrowUnlessKnown(layer, where, "conv", "stride", "padding");
                network.Convolution(
                    $"{where}, {name},", Find(tensors, $"{name}.weight"), tensors.GetValueOrDefault($"{name}.bias"), Pair(layer, "stride", 1), Pair(layer, "padding", 0));
                return;
            }

            if (layer.TryGetProperty("maxpool", out _))
            {
                ThrowUnlessKnown(layer, where, "maxpool", "stride", "padding");
                var kernel = Pair(layer, "maxpool", 1);
                var stride = layer.TryGetProperty("stride", out _) ? Pair(layer, "stride", 1) : kernel;
                var padding = Pair(layer, "padding", 0);
                network.MaxPool(where, new(kernel.Y, kernel.X, stride.Y, stride.X, padding.Y, padding.X));
                return;
            }

            if (layer.TryGetProperty("clip", out var bounds) && bounds.ValueKind == JsonValueKind.Array && bounds.GetArrayLength() == 2)
            {
                ThrowUnlessKnown(layer, where, "clip");
                network.Clip(where, bounds[0].GetDouble(), bounds[1].GetDouble());
                return;
            }
        }

        throw new InvalidDataException($"{where} is {Shown.Short(layer.ToString())}; allowed: linear, conv, maxpool, clip, relu, tanh, sigmoid, flatten");
    }

    static ImportedMoments Moments(JsonElement moments, IReadOnlyDictionary<string, ImportedTensor> tensors)
    {
        ThrowUnlessKnown(moments, "\"observations\"", "mean", "variance", "epsilon", "clip");
        double[] Of(string name) => moments.TryGetProperty(name, out var tensor)
            ? Values(tensors, tensor.GetString() ?? "")
            : throw new InvalidDataException($"\"observations\" has no \"{name}\", the name of a tensor");
        double Number(string name, double otherwise) => moments.TryGetProperty(name, out var number) ? number.GetDouble() : otherwise;
        return new(Of("mean"), Of("variance"), Number("epsilon", 1e-8), Number("clip", 10));
    }

    static (int Y, int X) Pair(JsonElement layer, string name, int otherwise) => !layer.TryGetProperty(name, out var value) ? (otherwise, otherwise)
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var both) ? (both, both)
        : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() == 2 && value[0].TryGetInt32(out var y) && value[1].TryGetInt32(out var x) ? (y, x)
        : throw new InvalidDataException($"\"{name}\" is {Shown.Short(value.ToString())}; allowed: a whole number, or two of them");

    static double[] Values(IReadOnlyDictionary<string, ImportedTensor> tensors, string name) => Find(tensors, name).Values();

    static ImportedTensor Find(IReadOnlyDictionary<string, ImportedTensor> tensors, string name) => tensors.TryGetValue(name, out var tensor)
        ? tensor
        : throw new InvalidDataException($"there is no tensor {Shown.Short(name)}{Nearest.Suggestion(name, tensors.Keys).TrimEnd('.')}");

    static void ThrowUnlessKnown(JsonElement element, string where, params string[] names)
    {
        if (element.ValueKind != JsonValueKind.Object)
        {
            throw new InvalidDataException($"{where} is a JSON {element.ValueKind}; allowed: an object");
        }

        foreach (var property in element.EnumerateObject())
        {
            if (!names.Contains(property.Name))
            {
                throw new InvalidDataException($"{where} has \"{Shown.Short(property.Name)}\"; allowed: {string.Join(", ", names)}");
            }
        }
    }
}
