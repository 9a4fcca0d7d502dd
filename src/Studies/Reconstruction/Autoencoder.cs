using System.ComponentModel.DataAnnotations;
using System.Globalization;
using RL.InputOpt;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>How an autoencoder is made and trained.</summary>
public sealed record AutoencoderOptions
{
    /// <summary>Size of the latent vector.</summary>
    [Range(1, 1024)] public int Latent { get; init; } = 16;

    /// <summary>Sizes of the decoder's hidden layers; the encoder has the same in reverse.</summary>
    [Range(1, 65_536)] public IReadOnlyList<int> Hidden { get; init; } = [128, 400];

    /// <summary>σ², variance of a pixel around what is decoded: small favours sharp images, large a tidy latent space.</summary>
    [Range(1e-6, 1e6)] public double PixelVariance { get; init; } = 0.02;

    /// <summary>Passes over the images.</summary>
    [Range(1, 10_000)] public int Epochs { get; init; } = 30;

    /// <summary>Images per step.</summary>
    [Range(1, 100_000)] public int BatchSize { get; init; } = 100;

    /// <summary>Adam's first step size; it falls linearly to 0.</summary>
    [Range(1e-8, 1.0)] public double LearningRate { get; init; } = 1e-3;

    /// <summary>Seed of weights, order and noise.</summary>
    [Range(0, int.MaxValue)] public int Seed { get; init; }
}

/// <summary>
/// A variational autoencoder of images (Kingma and Welling 2014) whose decoder z ↦ x̂ is a fully connected ReLU network without a last
/// non-linearity, so that its latent vector can be optimised. Prior N(0, I), pixels N(x̂, σ²).
/// </summary>
public sealed class Autoencoder : IDisposable
{
    const string KindKey = "architecture", Kind = "vae", LatentKey = "latent", HiddenKey = "hidden", ShapeKey = "image_shape";

    readonly nn.Module<Tensor, Tensor> _encoder, _decoder;

    Autoencoder(int latent, IReadOnlyList<int> hidden, long[] imageShape)
    {
        (Latent, Hidden, ImageShape) = (latent, hidden, imageShape);
        var pixels = (int)(imageShape[0] * imageShape[1] * imageShape[2]);
        _encoder = Mlp([pixels, .. hidden.Reverse(), 2 * latent]);
        _decoder = Mlp([latent, .. hidden, pixels]);
    }

    /// <summary>Size of the latent vector.</summary>
    public int Latent { get; }

    /// <summary>Sizes of the decoder's hidden layers.</summary>
    [Range(1, 65_536)] public IReadOnlyList<int> Hidden { get; }

    /// <summary>[C, H, W].</summary>
    public IReadOnlyList<long> ImageShape { get; }

    /// <summary>The decoder [latent → C·H·W]. It aliases the weights.</summary>
    public ReluNetwork Decoder => ReluNetwork.FromModule(_decoder);

    /// <summary>Trains a new one on images [N×C×H×W]; one seed gives one autoencoder, bit for bit.</summary>
    /// <param name="images">In [0, 1].</param>
    /// <param name="options">How.</param>
    /// <param name="report">Called after every epoch with its number and mean loss, if given.</param>
    /// <param name="stop">Ends it after the current minibatch.</param>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public static Autoencoder Train(
        Tensor images, AutoencoderOptions options, Action<int, double>? report = null, CancellationToken stop = default)
    {
        using var generator = new Generator((ulong)options.Checked().Seed);
        var autoencoder = new Autoencoder(options.Latent, options.Hidden, images.shape[1..]);
        autoencoder.Initialise(generator);
        using var optimizer = optim.Adam(autoencoder.Parameters().Select(p => p.Parameter), lr: options.LearningRate);
        var count = images.shape[0];
        var steps = options.Epochs * ((count + options.BatchSize - 1) / options.BatchSize);
        var step = 0;
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            using var order = randperm(count, generator: generator);
            var sum = 0.0;
            for (var at = 0L; at < count; at += options.BatchSize)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                foreach (var group in optimizer.ParamGroups)
                {
                    group.LearningRate = options.LearningRate * (1 - ((double)step / steps));
                }
                var batch = images.index_select(0, order.narrow(0, at, Math.Min(options.BatchSize, count - at)));
                var loss = autoencoder.Loss(batch.flatten(1), options.PixelVariance, generator);
                optimizer.zero_grad();
                loss.backward();
                optimizer.step();
                step++;
                sum += loss.ToDouble() * batch.shape[0];
            }
            report?.Invoke(epoch, sum / count);
        }
        return autoencoder;
    }

    /// <summary>The means of the latent vectors of images [N×C×H×W → N×latent].</summary>
    public Tensor Encode(Tensor images)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return _encoder.call(images.flatten(1)).narrow(1, 0, Latent).contiguous().MoveToOuterDisposeScope();
    }

    /// <summary>Images [N×C×H×W] of latent vectors [N×latent].</summary>
    public Tensor Decode(Tensor latents)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        return _decoder.call(latents).reshape([latents.shape[0], .. ImageShape]).MoveToOuterDisposeScope();
    }

    /// <summary>Reads what <see cref="Write"/> wrote.</summary>
    /// <exception cref="InvalidDataException">A damaged file, or one of something else: says what is wrong.</exception>
    public static Autoencoder Read(string path)
    {
        var metadata = SafeTensors.ReadMetadata(path);
        if (metadata.GetValueOrDefault(KindKey) != Kind)
        {
            throw new InvalidDataException(
                $"{path} is no autoencoder: its metadata \"{KindKey}\" is \"{metadata.GetValueOrDefault(KindKey)}\"; allowed: {Kind}.");
        }
        using var scope = NewDisposeScope();
        var tensors = SafeTensors.ReadFinite(path);
        try
        {
            int[] Numbers(string key) => [.. metadata[key].Split(',').Select(text => int.Parse(text, CultureInfo.InvariantCulture))];
            var autoencoder = new Autoencoder(Numbers(LatentKey)[0], Numbers(HiddenKey), [.. Numbers(ShapeKey).Select(size => (long)size)]);
            using var noGrad = no_grad();
            foreach (var (name, parameter) in autoencoder.Parameters())
            {
                var source = tensors[name];
                if (!source.shape.SequenceEqual(parameter.shape))
                {
                    throw new FormatException(
                        $"{name} is [{string.Join('×', source.shape)}]; allowed: [{string.Join('×', parameter.shape)}].");
                }
                parameter.copy_(source);
            }
            return autoencoder;
        }
        catch (Exception error) when (error is KeyNotFoundException or FormatException or IndexOutOfRangeException)
        {
            throw new InvalidDataException($"{path} is not a readable autoencoder: {error.Message}", error);
        }
    }

    /// <summary>Writes a safetensors file: the weights, what they are weights of, and further remarks.</summary>
    public void Write(string path, IReadOnlyDictionary<string, string> remarks) => SafeTensors.Write(
        path,
        Parameters().ToDictionary(p => p.Name, p => (Tensor)p.Parameter),
        new Dictionary<string, string>(remarks)
        {
            [KindKey] = Kind,
            [LatentKey] = Latent.ToString(CultureInfo.InvariantCulture),
            [HiddenKey] = string.Join(',', Hidden),
            [ShapeKey] = string.Join(',', ImageShape),
        });

    public void Dispose()
    {
        _encoder.Dispose();
        _decoder.Dispose();
    }

    /// <summary>E[‖x − x̂(z)‖² / 2σ² + KL(N(μ, s²) ‖ N(0, I))] with z = μ + s·ε, per image: minus the evidence lower bound.</summary>
    Tensor Loss(Tensor x, double pixelVariance, Generator generator)
    {
        var statistics = _encoder.call(x);
        var (mean, logVariance) = (statistics.narrow(1, 0, Latent), statistics.narrow(1, Latent, Latent));
        var noise = randn(mean.shape, generator: generator);
        var z = mean + (noise * (logVariance / 2).exp());
        var distance = (_decoder.call(z) - x).square().sum(1) / (2 * pixelVariance);
        var divergence = (mean.square() + logVariance.exp() - 1 - logVariance).sum(1) / 2;
        return (distance + divergence).mean();
    }

    IEnumerable<(string Name, Parameter Parameter)> Parameters() =>
        _encoder.named_parameters().Select(p => ($"encoder.{p.name}", p.parameter))
            .Concat(_decoder.named_parameters().Select(p => ($"decoder.{p.name}", p.parameter)));

    /// <summary>Weights uniform on ±√(6 / inputs), biases 0 (He et al. 2015); both last layers a tenth of that.</summary>
    void Initialise(Generator generator)
    {
        using var noGrad = no_grad();
        var last = $"{2 * Hidden.Count}.weight";
        foreach (var (name, parameter) in Parameters())
        {
            var bound = parameter.dim() == 1 ? 0 : Math.Sqrt(6.0 / parameter.shape[1]) * (name.EndsWith(last, StringComparison.Ordinal) ? 0.1 : 1);
            parameter.uniform_(-bound, bound, generator);
        }
    }

    static nn.Module<Tensor, Tensor> Mlp(int[] sizes)
    {
        var layers = new List<nn.Module<Tensor, Tensor>>();
        for (var i = 0; i + 1 < sizes.Length; i++)
        {
            layers.Add(nn.Linear(sizes[i], sizes[i + 1]));
            if (i + 2 < sizes.Length)
            {
                layers.Add(nn.ReLU());
            }
        }
        return nn.Sequential(layers);
    }
}
