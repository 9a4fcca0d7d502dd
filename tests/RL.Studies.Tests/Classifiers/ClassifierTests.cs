using System.Text;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies.Tests;

public sealed class ClassifierTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    static Classifier Create(string architecture, params long[] shape)
    {
        using var generator = new Generator(1);
        return Classifier.Create(architecture, shape, 10, generator);
    }

    [Theory]
    [InlineData("mnist-conv", 4, new long[] { 1, 28, 28 })]
    [InlineData("mnist-conv", 4, new long[] { 3, 32, 32 })]
    [InlineData("vgg", 7, new long[] { 3, 32, 32 })]
    [InlineData("vgg", 7, new long[] { 1, 28, 28 })]
    [InlineData("resnet", 13, new long[] { 3, 32, 32 })]
    [InlineData("resnet", 13, new long[] { 1, 9, 7 })]
    [InlineData("mlp", 2, new long[] { 1, 5, 4 })]
    public void Create_EveryArchitecture_IsAReluNetworkOfItsImages(string architecture, int layers, long[] shape)
    {
        using var classifier = Create(architecture, shape);
        using var images = rand([3, .. shape]);

        var network = new ReluModule(classifier.Module, shape);

        Assert.Equal((10, layers), (network.Outputs, network.ReluLayers));
        using var logits = network.Forward(images);
        Assert.True((bool)logits.isfinite().all());
        Assert.True(logits.std().ToDouble() is > 0.01 and < 100);
    }

    [Theory]
    [InlineData("mnist-conv")]
    [InlineData("vgg")]
    [InlineData("resnet")]
    [InlineData("mlp")]
    public void WriteAndRead_EveryArchitecture_GivesTheSameLogits(string architecture)
    {
        using var classifier = Create(architecture, 1, 28, 28);
        using var images = rand([3, 1, 28, 28]);
        var file = _folder.File("model.safetensors");

        classifier.Write(file, new Dictionary<string, string> { ["command"] = "by hand" });
        using var read = Classifier.Read(file);

        Assert.Equal((architecture, 10), (read.Architecture, read.Classes));
        Assert.Equal("by hand", read.Metadata["command"]);
        Assert.True(classifier.Module.call(images).allclose(read.Module.call(images), rtol: 0, atol: 0));
    }

    [Fact]
    public void Read_WeightsRelabelledAsWholeNumbers_IsRefused()
    {
        using var classifier = Create("mlp", 1, 5, 4);
        var file = _folder.File("model.safetensors");
        classifier.Write(file, new Dictionary<string, string>());
        var text = Encoding.Latin1.GetString(File.ReadAllBytes(file));
        File.WriteAllBytes(file, Encoding.Latin1.GetBytes(text.Replace("\"F32\"", "\"I32\"", StringComparison.Ordinal)));

        var error = Assert.Throws<InvalidDataException>(() => Classifier.Read(file)).Message;
        Assert.Contains("model.safetensors is not a classifier", error);
        Assert.Contains("holds Int32; allowed: Float32", error);
    }

    [Fact]
    public void Read_TensorsOfSomethingElse_NamesWhatIsMissing()
    {
        using var tensor = zeros(2, 2);
        var file = _folder.File("other.safetensors");
        SafeTensors.Write(file, new Dictionary<string, Tensor> { ["w"] = tensor });

        var error = Assert.Throws<InvalidDataException>(() => Classifier.Read(file));

        Assert.Contains("other.safetensors is not a classifier", error.Message);
        Assert.Contains("no metadata \"architecture\"", error.Message);
    }

    [Theory]
    [InlineData("architecture", "cnn", "no architecture cnn; allowed: mnist-conv, vgg")]
    [InlineData("input_shape", "1,x", "not in a correct format")]
    [InlineData("input_shape", "1,20,28", "cannot classify images [1×20×28]")]
    [InlineData("input_shape", "1,28,32", "The tensor fc_layer.0.weight is [100, 800]; allowed: [100, 1440].")]
    [InlineData("classes", "1", "in 1 classes; allowed")]
    [InlineData("classes", "100000000000", "in 100000000000 classes, and it has")]
    [InlineData("input_shape", "1,100000,100000", "at most 16777216 numbers in an image")]
    public void Read_WrongMetadata_SaysWhat(string key, string value, string expected)
    {
        using var classifier = Create("mnist-conv", 1, 28, 28);
        var file = _folder.File("model.safetensors");
        var metadata = new Dictionary<string, string> { ["architecture"] = "mnist-conv", ["input_shape"] = "1,28,28", ["classes"] = "10" };
        metadata[key] = value;
        SafeTensors.Write(file, classifier.Module.named_parameters().ToDictionary(p => p.name, p => (Tensor)p.parameter), metadata);

        var error = Assert.Throws<InvalidDataException>(() => Classifier.Read(file));

        Assert.Contains(expected, error.Message);
    }

    [Theory]
    [InlineData("mnist_clean.safetensors", 0.98)]
    [InlineData("mnist_pgd.safetensors", 0.98)]
    public void Read_ThePapersClassifiers_ClassifyMnist(string file, double least)
    {
        using var set = SharedData.Mnist(500);
        using var classifier = Classifier.Read(SharedData.File("mnist", file));

        Assert.Equal("mnist-conv", classifier.Architecture);
        Assert.InRange(classifier.Accuracy(set), least, 1);
    }
}
