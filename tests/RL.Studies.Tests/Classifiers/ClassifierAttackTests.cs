using RL.Agents;
using RL.Drawing;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies.Tests;

public sealed class ClassifierAttackTests : IDisposable
{
    readonly TemporaryFolder _folder = new();
    readonly ImageSet _set;
    readonly Classifier _classifier;

    public ClassifierAttackTests()
    {
        var (images, labels) = Generated.WriteMnist(_folder, 40, 10);
        _set = Idx.Read(images, labels);
        _classifier = ClassifierTraining.Train("mlp", _set, new() { Epochs = 15, BatchSize = 10 });
    }

    public void Dispose()
    {
        _classifier.Dispose();
        _set.Dispose();
        _folder.Dispose();
    }

    [Theory]
    [InlineData(AttackNorm.Linf, 0.3, AttackLoss.CrossEntropy, false)]
    [InlineData(AttackNorm.Linf, 0.3, AttackLoss.CrossEntropy, true)]
    [InlineData(AttackNorm.Linf, 0.3, AttackLoss.Margin, false)]
    [InlineData(AttackNorm.Linf, 0.3, AttackLoss.Dlr, false)]
    [InlineData(AttackNorm.L2, 3, AttackLoss.CrossEntropy, false)]
    public void Run_EveryMethod_StaysAnImageInTheBall(AttackNorm norm, double epsilon, AttackLoss loss, bool targeted)
    {
        var attack = ClassifierAttack.Run(_classifier, _set, new()
        {
            Methods = ["fgsm", "pgd", "pgd-annealed", "apgd", "random-search"],
            Passes = [20],
            Norm = norm,
            Epsilon = epsilon,
            Loss = loss,
            Targeted = targeted,
            BatchSize = 15,
        });

        Assert.All(attack.Results, result =>
        {
            Assert.InRange(result.Attacked.min().ToDouble(), 0, 1);
            Assert.InRange(result.Attacked.max().ToDouble(), 0, 1);
            var moved = (result.Attacked - attack.Clean.Images).flatten(1);
            var farthest = (norm == AttackNorm.Linf ? moved.abs() : moved.norm(1)).max().ToDouble();
            Assert.InRange(farthest, 0, epsilon + 1e-5);
        });
        var success = attack.Results.ToDictionary(result => result.Method, result => result.SuccessRate);
        Assert.True(success["apgd"] > 0.3, $"apgd: {success["apgd"]}");
        Assert.True(success["apgd"] >= success["random-search"]);
    }

    [Theory]
    [InlineData(AttackNorm.L1, 6)]
    [InlineData(AttackNorm.L0, 5)]
    public void Run_FewNumbersChange_StaysAnImageInTheBallAndSucceeds(AttackNorm norm, double epsilon)
    {
        var attack = ClassifierAttack.Run(_classifier, _set, new() { Methods = ["apgd", "sharp", "adr-gd"], Passes = [20], Norm = norm, Epsilon = epsilon, BatchSize = 15 });

        Assert.All(attack.Results, result =>
        {
            Assert.InRange(result.Attacked.min().ToDouble(), 0, 1);
            Assert.InRange(result.Attacked.max().ToDouble(), 0, 1);
            var moved = (result.Attacked - attack.Clean.Images).flatten(1);
            var farthest = (norm == AttackNorm.L1 ? moved.abs().sum(1) : moved.ne(0).sum(1).to(float32)).max().ToDouble();
            Assert.InRange(farthest, 0, epsilon + 1e-5);
        });
        Assert.Contains(attack.Results, result => result.SuccessRate > 0);
    }

    [Fact]
    public void Run_SameSeed_GivesTheSameImages()
    {
        var options = new ClassifierAttackOptions { Methods = ["pgd"], Passes = [5], RandomStart = true, Seed = 3 };

        var first = ClassifierAttack.Run(_classifier, _set, options).Results[0].Attacked;

        Assert.True(first.allclose(ClassifierAttack.Run(_classifier, _set, options).Results[0].Attacked, rtol: 0, atol: 0));
        Assert.False(first.allclose(ClassifierAttack.Run(_classifier, _set, options with { Seed = 4 }).Results[0].Attacked, rtol: 0, atol: 0));
    }

    [Fact]
    public void Run_ImagesThatAreClassifiedWrong_AreLeftOut()
    {
        using var labels = _set.Labels.clone();
        labels.narrow(0, 0, 1).fill_(9);

        var attack = ClassifierAttack.Run(_classifier, _set with { Labels = labels }, new() { Methods = ["fgsm"] });

        Assert.Equal((39, 39.0 / 40), (attack.Clean.Count, attack.CleanAccuracy));
    }

    public static TheoryData<string, ClassifierAttackOptions> BadOptions() => new()
    {
        { "Methods is ['sharpish']; allowed: one or more, each once, of random-search", new() { Methods = ["sharpish"] } },
        { "Passes is [0]; allowed: a list such as [256,256], each from 1 to", new() { Passes = [0] } },
        { "Epsilon is -1; allowed: a number, 0 or more.", new() { Epsilon = -1 } },
        { "StepSize is 0; allowed: a number, greater than 0", new() { StepSize = 0 } },
        { "targeted attacks go with the loss cross_entropy only", new() { Targeted = true, Loss = AttackLoss.Dlr } },
        { "a classifier has no actions", new() { Loss = AttackLoss.Critic } },
        { "The ReLU layers are 9; allowed: -", new() { Layers = [9] } },
    };

    [Theory]
    [MemberData(nameof(BadOptions))]
    public void Run_BadOptions_NamesThem(string expected, ClassifierAttackOptions options) =>
        Assert.Contains(expected, Assert.Throws<ArgumentException>(() => ClassifierAttack.Run(_classifier, _set, options)).Message);

    [Theory]
    [InlineData("pgd")]
    [InlineData("adr-gd")]
    public void Run_StepSizeInUnitsOfEpsilon_ThatOfADefaultGivesTheSameImages(string method)
    {
        // 2.5 / steps of pgd, 0.8 of ADR-GD.
        double? step = method == "pgd" ? 0.25 : 0.8;
        var options = new ClassifierAttackOptions { Methods = [method], Passes = [10], Epsilon = 0.1 };

        var byDefault = ClassifierAttack.Run(_classifier, _set, options).Results[0].Attacked;
        var given = ClassifierAttack.Run(_classifier, _set, options with { StepSize = step }).Results[0].Attacked;
        var other = ClassifierAttack.Run(_classifier, _set, options with { StepSize = step / 10 }).Results[0].Attacked;

        Assert.True(byDefault.bytes.SequenceEqual(given.bytes));
        Assert.False(byDefault.bytes.SequenceEqual(other.bytes));
    }

    [Fact]
    public void Run_ImagesOfAnotherShape_SaysWhatIsAllowed()
    {
        var (images, labels) = Generated.WriteMnist(_folder, 4, 12);
        using var other = Idx.Read(images, labels);

        var error = Assert.Throws<ArgumentException>(() => ClassifierAttack.Run(_classifier, other, new()));

        Assert.Contains("images are [1×12×12] in 10 classes; allowed for this mlp: [1×10×10]", error.Message);
    }

    [Fact]
    public void Sheet_OfAComparison_IsAPicture()
    {
        var attack = ClassifierAttack.Run(_classifier, _set, new() { Methods = ["fgsm", "pgd"], Passes = [5, 10] });

        AttackSheet.Create(attack, _set.Classes, "mlp", columns: 4).Save(_folder.File("sheet.png"));

        Assert.True(Png.Read(_folder.File("sheet.png")).Width > 4 * 20);
    }

    [Fact]
    public void Run_FallingSignSteps_FoolThePapersRobustClassifierAsMeasured()
    {
        using var set = SharedData.Mnist(30);
        using var robust = Classifier.Read(SharedData.File("mnist", "mnist_pgd.safetensors"));

        var attack = ClassifierAttack.Run(robust, set, new() { Methods = ["fgsm", "pgd-annealed"], Passes = [40] });

        Assert.Equal(1, attack.CleanAccuracy);
        Assert.InRange(attack.Results[0].SuccessRate, 0, 0.1);
        Assert.InRange(attack.Results[1].SuccessRate, 0.45, 0.8);
    }
}
