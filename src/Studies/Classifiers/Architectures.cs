using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>A kind of image classifier.</summary>
/// <param name="Name">What command lines and files call it.</param>
/// <param name="Summary">One sentence.</param>
/// <param name="Create">Makes one for images [C, H, W] and a number of classes: [N×C×H×W → N×classes].</param>
/// <param name="LeastSide">Height and width that it needs at least.</param>
public sealed record Architecture(
    string Name, string Summary, int LeastSide, Func<long[], long, nn.Module<Tensor, Tensor>> Create);

/// <summary>Classifiers made of affine layers, ReLU and max-pooling alone, so that they can be attacked by ADR-GD.</summary>
public static class Architectures
{
    /// <summary>The classifier of the ADR-GD paper's attacks, under the names of its authors' files.</summary>
    public const string MnistConv = "mnist-conv";

    /// <summary>By name.</summary>
    public static IReadOnlyDictionary<string, Architecture> Entries { get; } = new Architecture[]
    {
        new(MnistConv, "Convolutions 8×10×10, 32×8×8, 32×8×8, then 100 units: the ADR-GD paper's MNIST classifier.", 24, CreateMnistConv),
        new("vgg", "Three pairs of 3×3 convolutions (16, 32, 64), each with max-pooling, then 128 units (Simonyan and Zisserman 2015).",
            8, CreateVgg),
        new("resnet", "Three pairs of residual blocks (16, 32, 64), halving the image between (He et al. 2016).", 4, CreateResnet),
        new("mlp", "Two hidden layers of 256 units.", 1, CreateMlp),
    }.ToDictionary(architecture => architecture.Name);

    static nn.Module<Tensor, Tensor> CreateMnistConv(long[] shape, long classes)
    {
        // 10 × 10, 8 × 8 and 8 × 8 without padding: 28 → 19 → 12 → 5.
        const int lost = 9 + 7 + 7;
        var flat = 32 * (shape[1] - lost) * (shape[2] - lost);
        return nn.Sequential(
            ("ConvLayers", nn.Sequential(
                nn.Conv2d(shape[0], 8, 10), nn.ReLU(), nn.Conv2d(8, 32, 8), nn.ReLU(), nn.Conv2d(32, 32, 8), nn.ReLU())),
            ("flatten", nn.Flatten()),
            ("fc_layer", nn.Sequential(nn.Linear(flat, 100), nn.ReLU(), nn.Linear(100, classes))));
    }

    static nn.Module<Tensor, Tensor> CreateVgg(long[] shape, long classes)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        var (channels, height, width) = (shape[0], shape[1], shape[2]);
        foreach (var next in new[] { 16, 32, 64 })
        {
            layers.AddRange([
                nn.Conv2d(channels, next, 3, padding: 1), nn.ReLU(), nn.Conv2d(next, next, 3, padding: 1), nn.ReLU(), nn.MaxPool2d(2)]);
            (channels, height, width) = (next, height / 2, width / 2);
        }
        layers.AddRange([nn.Flatten(), nn.Linear(channels * height * width, 128), nn.ReLU(), nn.Linear(128, classes)]);
        return nn.Sequential(layers);
    }

    static nn.Module<Tensor, Tensor> CreateResnet(long[] shape, long classes)
    {
        var layers = new List<nn.Module<Tensor, Tensor>> { nn.Conv2d(shape[0], 16, 3, padding: 1), nn.ReLU() };
        var (channels, height, width) = (16L, shape[1], shape[2]);
        foreach (var next in new[] { 16L, 32, 64 })
        {
            var stride = next == channels ? 1 : 2;
            layers.AddRange([new ResidualBlock(channels, next, stride), new ResidualBlock(next, next, 1)]);
            (channels, height, width) = (next, (height + stride - 1) / stride, (width + stride - 1) / stride);
        }
        layers.AddRange([nn.Flatten(), nn.Linear(channels * height * width, classes)]);
        return nn.Sequential(layers);
    }

    static nn.Module<Tensor, Tensor> CreateMlp(long[] shape, long classes) => nn.Sequential(
        nn.Flatten(),
        nn.Linear(shape[0] * shape[1] * shape[2], 256), nn.ReLU(),
        nn.Linear(256, 256), nn.ReLU(),
        nn.Linear(256, classes));
}
