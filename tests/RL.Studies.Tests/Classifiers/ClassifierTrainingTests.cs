using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies.Tests;

public sealed class ClassifierTrainingTests : IDisposable
{
    readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    ImageSet Mnist(int count, int side)
    {
        var (images, labels) = Generated.WriteMnist(_folder, count, side);
        return Idx.Read(images, labels);
    }

    [Theory]
    [InlineData("mlp", TrainingMode.Clean)]
    [InlineData("mlp", TrainingMode.Fgsm)]
    [InlineData("mlp", TrainingMode.Pgd)]
    [InlineData("vgg", TrainingMode.Clean)]
    [InlineData("resnet", TrainingMode.Clean)]
    public void Train_BarsOfTenClasses_LearnsThem(string architecture, TrainingMode mode)
    {
        using var set = Mnist(100, 10);
        var options = new ClassifierTrainingOptions { Mode = mode, Epsilon = 0.05, Epochs = 15, BatchSize = 10, AttackSteps = 3 };

        using var classifier = ClassifierTraining.Train(architecture, set, options);

        Assert.InRange(classifier.Accuracy(set), 0.95, 1);
    }

    [Fact]
    public void Train_SameSeed_GivesTheSameWeights()
    {
        using var set = Mnist(40, 8);
        var options = new ClassifierTrainingOptions { Mode = TrainingMode.Pgd, Epochs = 2, BatchSize = 16, AttackSteps = 2, Seed = 5 };

        using var first = ClassifierTraining.Train("mlp", set, options);
        using var again = ClassifierTraining.Train("mlp", set, options);
        using var other = ClassifierTraining.Train("mlp", set, options with { Seed = 6 });

        Tensor Weights(Classifier classifier) => cat([.. classifier.Module.parameters().Select(p => p.flatten())]);
        Assert.True(Weights(first).allclose(Weights(again), rtol: 0, atol: 0));
        Assert.False(Weights(first).allclose(Weights(other), rtol: 0, atol: 0));
    }

    [Fact]
    public void Train_Cancelled_EndsBeforeTheNextStep()
    {
        using var set = Mnist(40, 8);
        using var stop = new CancellationTokenSource();
        var steps = 0;

        Assert.Throws<OperationCanceledException>(() => ClassifierTraining.Train("mlp", set, new() { BatchSize = 10 }, _ =>
        {
            steps++;
            stop.Cancel();
        }, stop.Token));

        Assert.Equal(1, steps);
    }

    [Fact]
    public void Train_AgainstAttacks_WithstandsThemBetter()
    {
        using var set = Mnist(200, 10);
        var options = new ClassifierTrainingOptions { Epsilon = 0.15, Epochs = 10, BatchSize = 20, AttackSteps = 5 };
        double Success(TrainingMode mode)
        {
            using var classifier = ClassifierTraining.Train("mlp", set, options with { Mode = mode });
            return ClassifierAttack.Run(classifier, set, new() { Methods = ["pgd"], Passes = [20], Epsilon = 0.15 })
                .Results[0].SuccessRate;
        }

        var (robust, clean) = (Success(TrainingMode.Pgd), Success(TrainingMode.Clean));
        Assert.True(robust + 0.2 < clean, $"{robust} {clean}");
    }

    [Fact]
    public void Train_Report_EndsEveryEpochOnce()
    {
        using var set = Mnist(30, 8);
        var reports = new List<TrainingProgress>();

        ClassifierTraining.Train("mlp", set, new() { Epochs = 3, BatchSize = 20 }, reports.Add).Dispose();

        Assert.Equal([0.5, 1, 1.5, 2, 2.5, 3], reports.Select(report => report.Epoch));
        Assert.Equal([1, 2, 3], reports.Where(report => report.IsEpochEnd).Select(report => report.Epoch));
    }
}
