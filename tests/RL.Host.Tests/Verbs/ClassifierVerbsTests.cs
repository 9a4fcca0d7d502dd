using System.Text.Json;

namespace RL.Host.Tests;

public sealed class ClassifierVerbsTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly TestConsole _console = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A CIFAR-10 batch whose classes differ by a bright bar in another place.</summary>
    string WriteCifar(string name, int count)
    {
        const int side = 32, channels = 3, classes = 10;
        var file = new byte[count * (1 + (channels * side * side))];
        for (var at = 0; at < file.Length; at++)
        {
            var (image, pixel) = Math.DivRem(at, 1 + (channels * side * side));
            var label = image % classes;
            var row = (pixel - 1) / side % side;
            file[at] = pixel == 0 ? (byte)label : (byte)((row * classes / side == label ? 200 : 20) + (at * 31 % 50));
        }
        File.WriteAllBytes(_folder.File(name), file);
        return _folder.File(name);
    }

    [Fact]
    public void TrainAndAttack_VggOnCifarBatches_WritesModelSheetAndJson()
    {
        var batch = WriteCifar("data_batch_1.bin", 50);
        WriteCifar("test_batch.bin", 10);
        var model = _folder.File("vgg.safetensors");

        Assert.True(0 == _console.Run(
            "train-classifier", "--cifar", batch, "--test-cifar", _folder.Path, "--architecture", "vgg", "--epochs", "8",
            "--batch-size", "10", "--mode", "fgsm", "--epsilon", "0.02", "--output", model, "--json"), _console.Error);
        var trained = JsonDocument.Parse(_console.Out).RootElement;
        Assert.InRange(trained.GetProperty("clean_accuracy").GetDouble(), 0.9, 1);
        Assert.Contains("epoch 8.0/8", _console.Error);

        var misused = new TestConsole();
        Assert.Equal(2, misused.Run("optimize", "classifier", "--model", model, "--cifar", batch, "--layers", "-1,7"));
        Assert.Contains("The ReLU layers are -1, 7; allowed: -7 to 6.", misused.Error);

        var console = new TestConsole();
        Assert.True(0 == console.Run(
            "optimize", "classifier", "--model", model, "--cifar", _folder.Path, "--epsilon", "0.3", "--method", "fgsm,pgd",
            "--passes", "3,10", "--sheet", _folder.File("sheet.png"), "--json", _folder.File("attack.json")), console.Error);
        Assert.Matches(@"clean accuracy \d+\.\d % of 10 images", console.Out);
        Assert.True(File.Exists(_folder.File("sheet.png")));
        var results = JsonDocument.Parse(File.ReadAllText(_folder.File("attack.json"))).RootElement.GetProperty("results");
        Assert.Equal(["fgsm", "fgsm", "pgd", "pgd"], results.EnumerateArray().Select(result => result.GetProperty("method").GetString()));
        Assert.InRange(results[3].GetProperty("success_rate").GetDouble(), 0.5, 1);
    }

    [Theory]
    [InlineData("--mode is cleen; did you mean clean? Allowed: clean, fgsm, pgd.", "--mode", "cleen")]
    [InlineData("--architecture is vgh; did you mean vgg?", "--architecture", "vgh")]
    [InlineData("--epochs is 0; allowed: an integer from 1 to 10000.", "--epochs", "0")]
    [InlineData("--epsilon is 2; allowed: a number from 0 to 1.", "--epsilon", "2")]
    [InlineData("--seed is -1; allowed: an integer, 0 or more.", "--seed", "-1")]
    [InlineData("there is no such file", "--images", "absent", "--labels", "absent")]
    [InlineData("--test-labels is given without --test-images", "--test-labels", "absent")]
    [InlineData("there is no folder", "--output", "absent/model.safetensors")]
    [InlineData("--epochs is many; allowed: an integer from 1 to 10000.", "--epochs", "many")]
    public void TrainClassifier_BadOption_IsCode2AndNothingIsWritten(string expected, params string[] options)
    {
        string[] output = options.Contains("--output") ? [] : ["--output", _folder.File("model.safetensors")];
        string[] images = options.Contains("--images") ? [] : ["--cifar", WriteCifar("batch.bin", 20)];

        Assert.Equal(2, _console.Run(["train-classifier", .. images, .. output, .. options]));

        Assert.Contains(expected, _console.Error);
        Assert.Empty(_console.Out);
        Assert.False(File.Exists(_folder.File("model.safetensors")));
    }

    [Theory]
    [InlineData("--model is absent; there is no such file.")]
    [InlineData("--method is pdg; did you mean pgd", "--method", "pdg")]
    [InlineData("--method is pgd,pgd; allowed: one or more, each once, of random-search", "--method", "pgd,pgd")]
    [InlineData("--passes is 10,0; allowed: a list such as [256,256], each from 1 to 10000000.", "--passes", "10,0")]
    [InlineData("--norm is l3; ", "--norm", "l3")]
    [InlineData("attack.epsilon is 2.5: the norm l0 counts changed numbers; allowed: a whole number.", "--norm", "l0", "--epsilon", "2.5")]
    [InlineData("--loss is cross-entopy; did you mean cross_entropy?", "--loss", "cross-entopy")]
    [InlineData("attack.loss is critic: a classifier has no actions", "loss=critic")]
    [InlineData("los=margin: there is no option los; did you mean loss", "los=margin")]
    [InlineData("--epsilon is -1; allowed: a number, 0 or more.", "--epsilon", "-1")]
    [InlineData("--count is 0; allowed: 1 or more.", "--count", "0")]
    [InlineData("attack.loss is margin: targeted attacks go with the loss cross_entropy only.", "--targeted", "--loss", "margin")]
    [InlineData("--layers is 0,x; allowed: a list such as [256,256], or null.", "--layers", "0,x")]
    [InlineData("--step-size is 0; allowed: a number, greater than 0", "--step-size", "0")]
    [InlineData("there is no folder", "--sheet", "absent/sheet.png")]
    public void Classifier_BadOption_IsCode2(string expected, params string[] options)
    {
        string[] model = options.Length > 0 ? [WriteCifar("model.safetensors", 1)] : ["absent"];

        Assert.Equal(2, _console.Run(
            ["optimize", "classifier", .. options, "--model", .. model, "--cifar", WriteCifar("batch.bin", 1)]));

        Assert.Contains(expected, _console.Error);
        Assert.Empty(_console.Out);
    }

    [Fact]
    public void Classifier_NoModel_SaysHowItIsUsed()
    {
        Assert.Equal(2, _console.Run("optimize", "classifier", "--cifar", WriteCifar("batch.bin", 1)));
        Assert.Contains("--model is missing", _console.Error);
    }

    [Theory]
    [InlineData("is not a readable safetensors file", "optimize", "classifier", "--model", "damaged", "--cifar", "batch.bin")]
    [InlineData("damaged", "train-classifier", "--output", "new.safetensors", "--images", "damaged", "--labels", "damaged")]
    [InlineData("damaged", "optimize", "reconstruct", "--images", "damaged")]
    [InlineData("damaged", "optimize", "ablation", "--net", "damaged")]
    [InlineData("damaged", "optimize", "relaxations", "--net", "damaged")]
    public void DamagedFile_OfAnyVerb_IsCode2AndNamesIt(string expected, params string[] options)
    {
        WriteCifar("batch.bin", 1);
        File.WriteAllBytes(_folder.File("damaged"), [0, 0, 8, 3, 255, 255, 255, 255, 1, 2, 3]);
        var files = Directory.GetFiles(_folder.Path);

        var arguments = options.Select(option => option is "damaged" or "batch.bin" or "new.safetensors" ? _folder.File(option) : option);

        Assert.Equal(2, _console.Run([.. arguments]));
        Assert.Contains(expected, _console.Error);
        Assert.Equal(files, Directory.GetFiles(_folder.Path));
    }

    [Fact]
    public void Optimize_UnknownStudy_NamesTheWholeVerb()
    {
        Assert.Equal(2, _console.Run("optimize", "classifier", "--dance"));
        Assert.Contains("See `./rl optimize classifier --help`.", _console.Error);
    }
}
