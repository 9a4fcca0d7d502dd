using System.ComponentModel.DataAnnotations;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>What a classifier is trained on.</summary>
public enum TrainingMode
{
    /// <summary>The images as they are.</summary>
    Clean,

    /// <summary>Images attacked by one sign step of 1.25 ε from a random point of the ball (Wong et al. 2020).</summary>
    Fgsm,

    /// <summary>Images attacked by PGD from a random point of the ball (Madry et al. 2018).</summary>
    Pgd,
}

/// <summary>How a classifier is trained.</summary>
public sealed record ClassifierTrainingOptions
{
    /// <summary>What it is trained on.</summary>
    public TrainingMode Mode { get; init; } = TrainingMode.Clean;

    /// <summary>ε, radius of the L∞ ball in which training images are attacked; reached after a third of the training.</summary>
    [Range(0.0, 1.0)] public double Epsilon { get; init; } = 0.25;

    /// <summary>Passes over the images.</summary>
    [Range(1, 10_000)] public int Epochs { get; init; } = 10;

    /// <summary>Images per step.</summary>
    [Range(1, 100_000)] public int BatchSize { get; init; } = 64;

    /// <summary>Adam's first step size; it falls linearly to 0.</summary>
    [Range(1e-8, 1.0)] public double LearningRate { get; init; } = 1e-3;

    /// <summary>Steps of the attack in mode Pgd, each 2.5 ε / steps.</summary>
    [Range(1, 1000)] public int AttackSteps { get; init; } = 10;

    /// <summary>Seed of weights, order and attacks.</summary>
    [Range(0, int.MaxValue)] public int Seed { get; init; }
}

/// <summary>Where a training is.</summary>
/// <param name="Epoch">Passes over the images that are complete, fractions included.</param>
/// <param name="Epochs">Passes in all.</param>
/// <param name="Loss">Mean cross-entropy of the current epoch on what it trains on.</param>
/// <param name="Accuracy">Share of those images that were classified right.</param>
/// <param name="IsEpochEnd">Whether an epoch has just ended.</param>
public sealed record TrainingProgress(double Epoch, int Epochs, double Loss, double Accuracy, bool IsEpochEnd);

/// <summary>
/// Trains classifiers: minimises over the weights the cross-entropy of images, clean or maximised over their ε-balls by an input
/// optimiser (adversarial training). One seed gives one classifier, bit for bit.
/// </summary>
public static class ClassifierTraining
{
    /// <summary>Trains a new classifier.</summary>
    /// <param name="architecture">A name of <see cref="Architectures"/>.</param>
    /// <param name="set">What to learn.</param>
    /// <param name="options">How.</param>
    /// <param name="report">Called after every step, if given.</param>
    /// <param name="stop">Ends the training.</param>
    /// <exception cref="ArgumentException">An architecture that is not there or does not fit the images.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="stop"/> was asked for.</exception>
    public static Classifier Train(
        string architecture, ImageSet set, ClassifierTrainingOptions options, Action<TrainingProgress>? report = null,
        CancellationToken stop = default)
    {
        using var generator = new Generator((ulong)options.Checked().Seed);
        var classifier = Classifier.Create(architecture, set.Shape, set.Classes.Count, generator);
        var network = new ReluModule(classifier.Module, set.Shape);
        using var optimizer = optim.Adam(classifier.Module.parameters(), lr: options.LearningRate);
        var stepsPerEpoch = (set.Count + options.BatchSize - 1) / options.BatchSize;
        var steps = (double)stepsPerEpoch * options.Epochs;
        var step = 0;
        for (var epoch = 0; epoch < options.Epochs; epoch++)
        {
            using var order = randperm(set.Count, generator: generator);
            var (loss, right, seen) = (0.0, 0.0, 0L);
            for (var at = 0; at < set.Count; at += options.BatchSize)
            {
                stop.ThrowIfCancellationRequested();
                using var scope = NewDisposeScope();
                foreach (var group in optimizer.ParamGroups)
                {
                    group.LearningRate = options.LearningRate * (1 - (step / steps));
                }
                var batch = set.Select(order.narrow(0, at, Math.Min(options.BatchSize, set.Count - at)));
                // With the whole ball from the first step on, networks stay at the constant that no attack can change.
                var epsilon = options.Epsilon * Math.Min(1, 3 * step / steps);
                var inputs = options.Mode == TrainingMode.Clean ? batch.Images : Attacked(network, batch, epsilon, options, generator);

                // min over θ of E[CE(f_θ(x), label)].
                var logits = classifier.Module.call(inputs);
                var mean = nn.functional.cross_entropy(logits, batch.Labels);
                optimizer.zero_grad();
                mean.backward();
                optimizer.step();

                step++;
                seen += batch.Count;
                loss += mean.ToDouble() * batch.Count;
                right += logits.argmax(1).eq(batch.Labels).sum().ToInt64();
                report?.Invoke(new(step / (double)stepsPerEpoch, options.Epochs, loss / seen, right / seen, seen == set.Count));
            }
        }
        return classifier;
    }

    /// <summary>argmax over ‖x' − x‖∞ ≤ ε of CE(f(x'), label), by one or several sign steps from a random point.</summary>
    static Tensor Attacked(
        IReluNetwork network, ImageSet batch, double epsilon, ClassifierTrainingOptions options, Generator generator)
    {
        var region = Box.Ball(batch.Images, epsilon, 0, 1);
        var steps = options.Mode == TrainingMode.Fgsm
            ? new ProjectedGradientOptions { Steps = 1, StepSize = 1.25 }
            : ProjectedGradientOptions.Pgd(options.AttackSteps);
        return new ProjectedGradient(steps, generator)
            .Maximize(new(network, Score.AwayFrom(batch.Labels)), region.Sample(batch.Images, generator), region).X;
    }
}
