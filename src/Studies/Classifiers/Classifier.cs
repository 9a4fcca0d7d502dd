using System.Globalization;
using RL.Agents;
using RL.InputOpt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>An image classifier: a network [N×C×H×W → N×classes] whose largest output is the class. On the CPU.</summary>
public sealed class Classifier : IDisposable
{
    const long MostPixels = 1 << 24;
    const string ArchitectureKey = "architecture", ShapeKey = "input_shape", ClassesKey = "classes";
    const int BatchSize = 250;

    Classifier(string architecture, long[] inputShape, long classes)
    {
        if (!Architectures.Entries.TryGetValue(architecture, out var entry))
        {
            throw new ArgumentException(
                $"There is no architecture {architecture}; allowed: {string.Join(", ", Architectures.Entries.Keys)}.");
        }
        if (inputShape.Length != 3 || classes < 2 || Math.Min(inputShape[1], inputShape[2]) < entry.LeastSide)
        {
            throw new ArgumentException(
                $"{architecture} cannot classify images [{string.Join('×', inputShape)}] in {classes} classes; allowed: [C×H×W], " +
                $"{entry.LeastSide} or more pixels high and wide, 2 or more classes.");
        }
        (Architecture, InputShape, Classes) = (architecture, inputShape, classes);
        Module = entry.Create(inputShape, classes);
    }

    /// <summary>A name of <see cref="Architectures"/>.</summary>
    public string Architecture { get; }

    /// <summary>[C, H, W].</summary>
    public IReadOnlyList<long> InputShape { get; }

    /// <summary>How many there are.</summary>
    public long Classes { get; }

    /// <summary>How many ReLU layers the network has.</summary>
    public int ReluLayers => Module.modules().OfType<ReLU>().Count();

    /// <summary>The network.</summary>
    public nn.Module<Tensor, Tensor> Module { get; }

    /// <summary>What a file's metadata said beside what is here; empty for a new one.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; private init; } = new Dictionary<string, string>();

    /// <summary>
    /// A new network: weights uniform on ±√(6 / inputs of a unit) (He et al. 2015), a tenth of that at the end of residual branches;
    /// biases 0.
    /// </summary>
    /// <param name="architecture">A name of <see cref="Architectures"/>.</param>
    /// <param name="inputShape">[C, H, W].</param>
    /// <param name="classes">2 or more.</param>
    /// <param name="generator">Source of the weights.</param>
    /// <exception cref="ArgumentException">A name that is not there, images too small for it.</exception>
    public static Classifier Create(string architecture, long[] inputShape, long classes, Generator generator)
    {
        var classifier = new Classifier(architecture, inputShape, classes);
        using var noGrad = no_grad();
        foreach (var (name, parameter) in classifier.Module.named_parameters())
        {
            // Not nn.init: TorchSharp's ignores its generator.
            var isBias = parameter.dim() < 2;
            var isLast = name.EndsWith($"{ResidualBlock.Last}.weight", StringComparison.Ordinal);
            var bound = isBias ? 0 : Math.Sqrt(6.0 * parameter.shape[0] / parameter.numel()) * (isLast ? 0.1 : 1);
            parameter.uniform_(-bound, bound, generator);
        }
        return classifier;
    }

    /// <summary>
    /// Reads a safetensors file. One without metadata is recognised as the ADR-GD authors' MNIST classifier by its tensors' names.
    /// </summary>
    /// <exception cref="InvalidDataException">A damaged file, an unknown architecture, tensors that are missing, unknown or of another
    /// shape: says which.</exception>
    public static Classifier Read(string path)
    {
        var metadata = SafeTensors.ReadMetadata(path);
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.ReadFinite(path);
        try
        {
            var classifier = metadata.TryGetValue(ArchitectureKey, out var architecture)
                ? Described(architecture, metadata, tensors.Values.Sum(tensor => tensor.numel()))
                : Recognised(tensors);
            StateDict.Copy(classifier.Tensors(), tensors);
            return classifier;
        }
        catch (Exception error) when (error is ArgumentException or FormatException or InvalidDataException)
        {
            throw new InvalidDataException($"{path} is not a classifier that can be read: {error.Message}", error);
        }
    }

    /// <summary>The classifier that metadata describe, before its weights are there: it takes memory, so its size must fit them.</summary>
    static Classifier Described(string architecture, IReadOnlyDictionary<string, string> metadata, long weights)
    {
        long[] shape = [.. Number(metadata, ShapeKey).Split(',').Select(size => long.Parse(size, CultureInfo.InvariantCulture))];
        var classes = long.Parse(Number(metadata, ClassesKey), CultureInfo.InvariantCulture);
        if (classes > weights || shape.Any(size => size is < 1 or > MostPixels) || shape.Aggregate(1.0, (product, size) => product * size) > MostPixels)
        {
            throw new InvalidDataException(
                $"its metadata speak of images [{string.Join('×', shape)}] in {classes} classes, and it has {weights} weights; allowed: at most {MostPixels} "
                + "numbers in an image, and no more classes than weights.");
        }
        return new(architecture, shape, classes) { Metadata = metadata };
    }

    /// <summary>Writes a safetensors file: the weights, what they are weights of, and further remarks.</summary>
    public void Write(string path, IReadOnlyDictionary<string, string> remarks)
    {
        var metadata = new Dictionary<string, string>(remarks)
        {
            [ArchitectureKey] = Architecture,
            [ShapeKey] = string.Join(',', InputShape),
            [ClassesKey] = Classes.ToString(CultureInfo.InvariantCulture),
        };
        SafeTensors.Write(path, Tensors(), metadata);
    }

    /// <summary>The class of each image [N×C×H×W → N], int64.</summary>
    public Tensor Predict(Tensor images)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var batches = images.split(BatchSize).Select(batch => Module.call(batch).argmax(1)).ToArray();
        return cat(batches).MoveToOuterDisposeScope();
    }

    /// <summary>Share of the images whose class is the label's.</summary>
    public double Accuracy(ImageSet set)
    {
        using var scope = NewDisposeScope();
        return Predict(set.Images).eq(set.Labels).to(ScalarType.Float64).mean().ToDouble();
    }

    /// <summary>Checks that images can be classified.</summary>
    /// <exception cref="ArgumentException">Images of another shape, more classes than there are outputs.</exception>
    public void ThrowUnlessFits(ImageSet set)
    {
        if (!set.Shape.SequenceEqual(InputShape) || set.Classes.Count > Classes)
        {
            throw new ArgumentException(
                $"The images are [{string.Join('×', set.Shape)}] in {set.Classes.Count} classes; allowed for this {Architecture}: " +
                $"[{string.Join('×', InputShape)}] in at most {Classes}.");
        }
    }

    public void Dispose() => Module.Dispose();

    Dictionary<string, Tensor> Tensors() => Module.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter);

    static Classifier Recognised(Dictionary<string, Tensor> tensors) =>
        tensors.ContainsKey("ConvLayers.0.weight") && tensors.TryGetValue("fc_layer.2.weight", out var last)
            ? new(Architectures.MnistConv, [1, 28, 28], last.shape[0])
            : throw new ArgumentException(
                $"it has no metadata \"{ArchitectureKey}\", and its tensors are not those of {Architectures.MnistConv}.");

    static string Number(IReadOnlyDictionary<string, string> metadata, string key) =>
        metadata.TryGetValue(key, out var text) ? text : throw new ArgumentException($"its metadata lacks \"{key}\".");
}
