using RL.Environments;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Agents;

/// <summary>The part of a network below its outputs.</summary>
public enum NetworkKind
{
    /// <summary>mlp for flat observations, impala for images.</summary>
    Auto,

    /// <summary>Fully connected, of agent.hidden_layers.</summary>
    Mlp,

    /// <summary>Convolutions 16 of 8×8 and 32 of 4×4, 256 units (Mnih et al. 2013). Several times faster than nature.</summary>
    Small,

    /// <summary>
    /// Convolutions 32 of 8×8 and 32 of 3×3, a residual block at 8×8 pixels, 256 units: between small and nature in time, deeper than both.
    /// </summary>
    Compact,

    /// <summary>Convolutions 32 of 8×8, 64 of 4×4 and 64 of 3×3, 512 units (Mnih et al. 2015).</summary>
    Nature,

    /// <summary>Three stages of 16, 32 and 32 channels with two residual blocks each, 256 units (Espeholt et al. 2018).</summary>
    Impala,
}

/// <summary>What is between the units of a fully connected network.</summary>
public enum ActivationKind
{
    /// <summary>max(z, 0): what input optimisers such as ADR-GD look into.</summary>
    Relu,

    /// <summary>tanh(z).</summary>
    Tanh,
}

/// <summary>
/// Makes torsos: [N × input] → [N × features]. Each ReLU is a module of its own, so that RL.InputOpt's ReluModule finds it.
/// </summary>
static class Torsos
{
    /// <summary>A torso with orthogonal weights of gain √2, and its number of features.</summary>
    /// <exception cref="ArgumentException">The network is for other inputs.</exception>
    public static (nn.Module<Tensor, Tensor> Torso, long Features) Create(
        NetworkKind kind, IReadOnlyList<long> shape, int[] hidden, ActivationKind activation, Pcg64 random)
    {
        var isImage = shape.Count == 3;
        if (kind != NetworkKind.Auto && isImage == (kind == NetworkKind.Mlp))
        {
            var allowed = isImage ? "auto, small, compact, nature or impala, for images" : "auto or mlp, for flat observations";
            throw new ArgumentException($"agent.network is {kind.ToString().ToLowerInvariant()}; allowed: {allowed}.", nameof(kind));
        }

        var (torso, features) = kind switch
        {
            NetworkKind.Small => Convolutions(shape, [(16, 8, 4), (32, 4, 2)], 256),
            NetworkKind.Nature => Convolutions(shape, [(32, 8, 4), (64, 4, 2), (64, 3, 1)], 512),
            NetworkKind.Compact => Compact(shape),
            _ => isImage ? Impala(shape) : Mlp(shape[0], hidden, activation),
        };
        Orthogonal.Initialize(torso, Math.Sqrt(2), random);
        return (torso, features);
    }

    static (nn.Module<Tensor, Tensor> Torso, long Features) Mlp(long inputs, int[] hidden, ActivationKind activation)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        foreach (var units in hidden)
        {
            layers.Add(nn.Linear(inputs, units));
            layers.Add(activation == ActivationKind.Relu ? nn.ReLU() : nn.Tanh());
            inputs = units;
        }

        return (nn.Sequential(layers), inputs);
    }

    /// <exception cref="ArgumentException">The image is smaller than a kernel.</exception>
    static (nn.Module<Tensor, Tensor> Torso, long Features) Convolutions(
        IReadOnlyList<long> shape, (long Channels, long Kernel, long Stride)[] convolutions, long units)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        var (channels, height, width) = (shape[0], shape[1], shape[2]);
        foreach (var (next, kernel, stride) in convolutions)
        {
            if (Math.Min(height, width) < kernel)
            {
                throw new ArgumentException(
                    $"The observations are {shape[1]} × {shape[2]} pixels, which are too few for convolutions of "
                    + string.Join(", ", convolutions.Select(layer => $"{layer.Kernel}×{layer.Kernel}/{layer.Stride}")) + ".",
                    nameof(shape));
            }

            layers.Add(StridedConvolution.Fits(kernel, stride, width)
                ? new StridedConvolution(channels, next, kernel, stride)
                : nn.Conv2d(channels, next, kernel, stride: stride));
            layers.Add(nn.ReLU());
            (channels, height, width) = (next, ((height - kernel) / stride) + 1, ((width - kernel) / stride) + 1);
        }

        layers.AddRange([nn.Flatten(), nn.Linear(channels * height * width, units), nn.ReLU()]);
        return (nn.Sequential(layers), units);
    }

    static (nn.Module<Tensor, Tensor> Torso, long Features) Compact(IReadOnlyList<long> shape)
    {
        const long channels = 32, units = 256;
        // 8×8/4 with a border of 2, then 3×3/2 with one of 1: an eighth of height and width.
        static long Eighth(long side) => ((((side - 4) / 4) + 1) + 1) / 2;
        var torso = nn.Sequential(
            nn.Conv2d(shape[0], channels, 8, stride: 4, padding: 2), nn.ReLU(),
            nn.Conv2d(channels, channels, 3, stride: 2, padding: 1), new PreActivationBlock(channels), nn.ReLU(),
            nn.Flatten(), nn.Linear(channels * Eighth(shape[1]) * Eighth(shape[2]), units), nn.ReLU());
        return (torso, units);
    }

    static (nn.Module<Tensor, Tensor> Torso, long Features) Impala(IReadOnlyList<long> shape)
    {
        const long units = 256;
        var layers = new List<nn.Module<Tensor, Tensor>>();
        var (channels, height, width) = (shape[0], shape[1], shape[2]);
        foreach (var next in new[] { 16, 32, 32 })
        {
            layers.AddRange([
                nn.Conv2d(channels, next, 3, padding: 1), nn.MaxPool2d(3, 2, 1), new PreActivationBlock(next), new PreActivationBlock(next)]);
            (channels, height, width) = (next, (height + 1) / 2, (width + 1) / 2);
        }

        layers.AddRange([nn.ReLU(), nn.Flatten(), nn.Linear(channels * height * width, units), nn.ReLU()]);
        return (nn.Sequential(layers), units);
    }

    /// <summary>x + conv₂(ReLU(conv₁(ReLU(x)))).</summary>
    sealed class PreActivationBlock : nn.Module<Tensor, Tensor>, IComposedModule
    {
        // An array: fields that are modules TorchSharp registers a second time, under their own names.
        readonly nn.Module<Tensor, Tensor>[] _branch;

        public PreActivationBlock(long channels)
            : base(nameof(PreActivationBlock))
        {
            _branch = [nn.Sequential(
                ("relu1", nn.ReLU()), ("conv1", nn.Conv2d(channels, channels, 3, padding: 1)),
                ("relu2", nn.ReLU()), ("conv2", nn.Conv2d(channels, channels, 3, padding: 1)))];
            register_module("branch", _branch[0]);
        }

        public ModuleComposition Composition => new ModuleComposition.Residual(_branch[0]);

        public override Tensor forward(Tensor input)
        {
            using var branch = _branch[0].call(input);
            return input + branch;
        }
    }
}
