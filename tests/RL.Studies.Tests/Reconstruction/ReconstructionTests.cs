using RL.Drawing;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies.Tests;

public sealed class ReconstructionTests : IDisposable
{
    static readonly AutoencoderOptions _small = new() { Latent = 4, Hidden = [16, 32], Epochs = 15, BatchSize = 10 };

    readonly TemporaryFolder _folder = new();
    readonly Tensor _images;

    public ReconstructionTests()
    {
        var (images, _) = Generated.WriteMnist(_folder, 100, 10);
        _images = Idx.ReadImages(images);
    }

    public void Dispose()
    {
        _images.Dispose();
        _folder.Dispose();
    }

    [Fact]
    public void Run_EveryMethod_ComesNearerThanThePriorsMean()
    {
        using var autoencoder = Autoencoder.Train(_images, _small);
        var targets = _images.narrow(0, 0, 10);

        var reconstruction = Reconstruction.Run(autoencoder, targets, new() { Methods = ["adam", "adr-gd", "sharp"], Passes = 60 });

        using var mean = autoencoder.Decode(zeros(10, 4));
        var start = (mean - targets).flatten(1).square().sum(1).mean().ToDouble();
        Assert.Equal(["encoder", "adam", "adr-gd", "sharp"], reconstruction.Results.Select(result => result.Method));
        Assert.All(reconstruction.Results, result => Assert.InRange(result.MeanError, 0, start));
        var best = reconstruction.Results.Min(result => result.MeanError);
        Assert.InRange(best, 0, 0.5 * start);
        reconstruction.Sheet("targets and reconstructions", columns: 3).Save(_folder.File("sheet.png"));
        Assert.True(Png.Read(_folder.File("sheet.png")).Height > 5 * 20);
    }

    [Fact]
    public void Train_SameSeed_GivesTheSameDecoder()
    {
        var options = _small with { Epochs = 2, Seed = 4 };
        using var first = Autoencoder.Train(_images, options);
        using var again = Autoencoder.Train(_images, options);
        using var other = Autoencoder.Train(_images, options with { Seed = 5 });
        using var z = ones(1, 4);

        Assert.True(first.Decode(z).allclose(again.Decode(z), rtol: 0, atol: 0));
        Assert.False(first.Decode(z).allclose(other.Decode(z), rtol: 0, atol: 0));
    }

    [Fact]
    public void Train_Loss_Falls()
    {
        var losses = new List<double>();

        Autoencoder.Train(_images, _small, (_, loss) => losses.Add(loss)).Dispose();

        Assert.Equal(15, losses.Count);
        Assert.True(losses[^1] < 0.5 * losses[0], string.Join(' ', losses));
    }

    [Fact]
    public void WriteAndRead_AnAutoencoder_GivesTheSameImages()
    {
        using var autoencoder = Autoencoder.Train(_images, _small with { Epochs = 1 });
        var file = _folder.File("vae.safetensors");

        autoencoder.Write(file, new Dictionary<string, string> { ["command"] = "by hand" });
        using var read = Autoencoder.Read(file);

        using var encoded = autoencoder.Encode(_images);
        Assert.True(encoded.allclose(read.Encode(_images), rtol: 0, atol: 0));
        Assert.True(autoencoder.Decode(encoded).allclose(read.Decode(encoded), rtol: 0, atol: 0));
        Assert.Equal("by hand", SafeTensors.ReadMetadata(file)["command"]);
    }

    [Theory]
    [InlineData("architecture", "mlp", "its metadata \"architecture\" is \"mlp\"; allowed: vae")]
    [InlineData("latent", "five", "not in a correct format")]
    [InlineData("latent", "5", "encoder.4.weight is [8×16]; allowed: [10×16]")]
    [InlineData("hidden", "16", "encoder.0.weight is [32×100]; allowed: [16×100]")]
    public void Read_WrongMetadata_SaysWhat(string key, string value, string expected)
    {
        using var autoencoder = Autoencoder.Train(_images, _small with { Epochs = 1 });
        var file = _folder.File("vae.safetensors");
        autoencoder.Write(file, new Dictionary<string, string>());
        var metadata = new Dictionary<string, string>(SafeTensors.ReadMetadata(file)) { [key] = value };
        SafeTensors.Write(file, SafeTensors.Read(file), metadata);

        Assert.Contains(expected, Assert.Throws<InvalidDataException>(() => Autoencoder.Read(file)).Message);
    }

    [Fact]
    public void Run_ImagesOfAnotherShape_SaysWhatIsAllowed()
    {
        using var autoencoder = Autoencoder.Train(_images, _small with { Epochs = 1 });
        using var other = zeros([2, 1, 9, 10]);

        var error = Assert.Throws<ArgumentException>(() => Reconstruction.Run(autoencoder, other, new()));

        Assert.Contains("images are [1×9×10]; allowed for this autoencoder: [1×10×10]", error.Message);
    }
}
