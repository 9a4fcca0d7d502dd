using System.ComponentModel.DataAnnotations;
using RL.Agents;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Studies;

/// <summary>Norm of the ball that an attack may move in.</summary>
public enum AttackNorm
{
    /// <summary>Every pixel by at most ε.</summary>
    Linf,

    /// <summary>The whole image by at most ε in the Euclidean norm.</summary>
    L2,

    /// <summary>The whole image by at most ε, the sum of all changes.</summary>
    L1,

    /// <summary>At most ε numbers of the image (three of a coloured pixel), by any amount.</summary>
    L0,
}

/// <summary>How images are attacked.</summary>
public sealed record ClassifierAttackOptions : AttackOptions, IValidatableObject
{
    /// <summary>The method that goes on with what holds out: <see cref="AttackSuite"/>.</summary>
    public const string Auto = "auto";

    /// <summary>The optimisers to compare, and auto.</summary>
    [ClassifierMethods] public IReadOnlyList<string> Methods { get; init; } = ["pgd", "apgd", "adr-gd-mnist-robust"];

    /// <summary>Gradient passes per image, of auto on average: every method is run with each.</summary>
    [Range(1, 10_000_000)] public IReadOnlyList<int> Passes { get; init; } = [200];

    /// <summary>ε, radius of the ball, in pixels of [0, 1] (with the norm l0: changed numbers); attacked pixels stay in there.</summary>
    [Range(0, double.MaxValue)] public double Epsilon { get; init; } = 0.25;

    /// <summary>Norm of the ball: of every pixel (linf), or of the whole image.</summary>
    public AttackNorm Norm { get; init; } = AttackNorm.Linf;

    /// <summary>Images attacked at once.</summary>
    [Range(1, 1_000_000)] public int BatchSize { get; init; } = 100;

    /// <summary>Seed of what methods draw.</summary>
    [Range(0, int.MaxValue)] public ulong Seed { get; init; }

    /// <inheritdoc/>
    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (Norm == AttackNorm.L0 && Epsilon % 1 != 0)
        {
            yield return new("the norm l0 counts changed numbers; allowed: a whole number.", [nameof(Epsilon)]);
        }

        if (Loss is AttackLoss.Deviation or AttackLoss.Critic)
        {
            yield return new("a classifier has no actions; allowed: cross_entropy, margin, dlr.", [nameof(Loss)]);
        }

        if (Targeted && Loss is not (AttackLoss.Default or AttackLoss.CrossEntropy))
        {
            yield return new("targeted attacks go with the loss cross_entropy only.", [nameof(Loss)]);
        }

        if (Methods.Contains(Auto) && (Targeted || RandomStart || Loss is not (AttackLoss.Default or AttackLoss.CrossEntropy) || Layers is not null))
        {
            yield return new($"the method {Auto} has losses, targets and starts of its own; allowed: neither targeted, random_start, layers nor another loss.", [nameof(Methods)]);
        }

        if (Methods.Contains(Auto) && Passes.Any(passes => passes < 40))
        {
            yield return new($"the method {Auto} takes 40 or more.", [nameof(Passes)]);
        }
    }

    internal Region Region(Tensor images) => Ball(images, Epsilon);

    internal Region Ball(Tensor images, double radius) => Norm switch
    {
        AttackNorm.Linf => Box.Ball(images, radius, 0, 1),
        AttackNorm.L2 => new EuclideanBall(images, radius, 0, 1),
        AttackNorm.L1 => new L1Ball(images, radius, 0, 1),
        _ => new L0Ball(images, (int)Math.Min(radius, int.MaxValue), 0, 1),
    };

    /// <summary>Length of the longest step within the ball from its centre.</summary>
    internal double Reach(IReadOnlyList<long> shape) =>
        Norm switch
        {
            AttackNorm.Linf => Epsilon * Math.Sqrt(shape.Aggregate(1.0, (product, size) => product * size)),
            AttackNorm.L0 => Math.Sqrt(Epsilon),
            _ => Epsilon,
        };
}

/// <summary>What one method did with one budget.</summary>
/// <param name="Method">Its name.</param>
/// <param name="Passes">The budget.</param>
/// <param name="GradientPasses">Passes it took per image; of auto, on average.</param>
/// <param name="SuccessRate">Share of the attacked images that got another class (of a targeted attack: the target).</param>
/// <param name="MeanLoss">Mean of what was maximised, at the attacked images.</param>
/// <param name="MillisecondsPerImage">CPU time.</param>
/// <param name="MeanDistance">Mean distance from the clean images, in the attack's norm.</param>
/// <param name="Attacked">The images [n×C×H×W], in [0, 1] and in their balls: checked.</param>
/// <param name="Predicted">Their classes [n], int64.</param>
public sealed record AttackResult(
    string Method, int Passes, long GradientPasses, double SuccessRate, double MeanLoss, double MillisecondsPerImage,
    double MeanDistance, Tensor Attacked, Tensor Predicted)
{
    /// <summary>The stages of auto, with what each broke; nothing of other methods.</summary>
    public IReadOnlyList<AttackStage> Stages { get; init; } = [];
}

/// <summary>
/// A comparison of attacks on a classifier: each method on the same images at equal gradient passes. Only images that the classifier
/// gets right are attacked.
/// </summary>
/// <param name="CleanAccuracy">Share of the given images whose class is right.</param>
/// <param name="Clean">Those that are attacked.</param>
/// <param name="Results">Method by method, in the order of passes.</param>
public sealed record ClassifierAttack(double CleanAccuracy, ImageSet Clean, IReadOnlyList<AttackResult> Results)
{
    /// <summary>Runs every method of the options.</summary>
    /// <param name="classifier">What is attacked.</param>
    /// <param name="set">Images and labels.</param>
    /// <param name="options">How.</param>
    /// <param name="report">Called with every result, if given.</param>
    /// <param name="stop">Ends it after the current batch: the results are those of the attacks that are done.</param>
    /// <exception cref="ArgumentException">Options that are not allowed, images that do not fit, none that is classified right.</exception>
    /// <exception cref="OperationCanceledException">It was stopped before the first attack was done.</exception>
    public static ClassifierAttack Run(
        Classifier classifier, ImageSet set, ClassifierAttackOptions options, Action<AttackResult>? report = null,
        CancellationToken stop = default)
    {
        ThrowUnlessFits(classifier, options);
        classifier.ThrowUnlessFits(set);
        using var isRight = classifier.Predict(set.Images).eq(set.Labels);
        using var positions = where(isRight)[0];
        if (positions.shape[0] == 0)
        {
            throw new ArgumentException($"None of the {set.Count} images is classified right: there is nothing to attack.");
        }
        var clean = set.Select(positions);
        var results = new List<AttackResult>();
        foreach (var (method, passes) in options.Methods.SelectMany(method => options.Passes.Select(passes => (method, passes))))
        {
            try
            {
                results.Add(Attack(classifier, clean, options, method, passes, stop));
            }
            catch (OperationCanceledException) when (results.Count > 0)
            {
                break;
            }
            report?.Invoke(results[^1]);
        }
        return new((double)clean.Count / set.Count, clean, results);
    }

    /// <summary>Checks options for a classifier.</summary>
    /// <exception cref="ArgumentException">Says which is not allowed, for this classifier or at all, and what is.</exception>
    public static void ThrowUnlessFits(Classifier classifier, ClassifierAttackOptions options)
    {
        if (options.Checked().LayersProblem(classifier.ReluLayers) is { } problem)
        {
            throw new ArgumentException(problem);
        }

        // Some losses need more classes than others.
        using var label = zeros([1], dtype: ScalarType.Int64);
        options.LogitScore(() => label, () => label).ThrowUnlessFits(1, classifier.Classes);
    }

    static AttackResult Attack(Classifier classifier, ImageSet clean, ClassifierAttackOptions options, string method, int passes, CancellationToken stop)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(options.Seed);
        var network = PartialNetwork.Of(new ReluModule(classifier.Module, clean.Shape), options.Layers);
        if (method == ClassifierAttackOptions.Auto)
        {
            return AttackUntilBroken(classifier, network, clean, options, passes, generator, stop);
        }
        var optimizer = AttackMethods.Create(
            method, passes, options, options.Reach(clean.Shape), isConvolutional: clean.Shape.Length > 1, generator);
        var next = clean.Labels + 1;
        var targets = next.masked_fill(next.eq(classifier.Classes), 0);
        var (attacked, values, used) = (new List<Tensor>(), new List<Tensor>(), 0L);
        var began = Environment.CpuUsage.TotalTime;
        for (var start = 0; start < clean.Count; start += options.BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            var batch = clean.Slice(start, Math.Min(options.BatchSize, clean.Count - start));
            var wanted = targets.narrow(0, start, batch.Count);
            var score = options.LogitScore(() => batch.Labels, () => wanted);
            var region = options.Region(batch.Images);
            var starts = options.RandomStart ? region.Sample(batch.Images, generator) : batch.Images;
            var optimum = optimizer.Maximize(new(network, score), starts, region);
            attacked.Add(optimum.X);
            values.Add(optimum.Value);
            used = optimum.GradientPasses;
        }
        var time = Environment.CpuUsage.TotalTime - began;
        var x = cat(attacked);
        var distance = ThrowUnlessAllowed(x, clean.Images, options);
        var predicted = classifier.Predict(x);
        var succeeded = options.Targeted ? predicted.eq(targets) : predicted.ne(clean.Labels);
        return new(
            method,
            passes,
            used,
            succeeded.to(ScalarType.Float64).mean().ToDouble(),
            cat(values).mean().ToDouble(),
            time.TotalMilliseconds / clean.Count,
            distance,
            x.MoveToOuterDisposeScope(),
            predicted.MoveToOuterDisposeScope());
    }

    static AttackResult AttackUntilBroken(
        Classifier classifier, IReluNetwork network, ImageSet clean, ClassifierAttackOptions options, int passes, Generator generator,
        CancellationToken stop)
    {
        var began = Environment.CpuUsage.TotalTime;
        var suite = new AttackSuite(new() { Passes = passes }, generator);
        var (attacked, margins, stages) = (new List<Tensor>(), new List<Tensor>(), new List<AttackStage>());
        for (var start = 0; start < clean.Count; start += options.BatchSize)
        {
            stop.ThrowIfCancellationRequested();
            var batch = clean.Slice(start, Math.Min(options.BatchSize, clean.Count - start));
            var found = suite.Attack(network, batch.Images, batch.Labels, options.Ball, [options.Epsilon], stop);
            attacked.Add(found.X);
            margins.Add(found.Margin);
            stages.AddRange(found.Stages);
        }
        // What was stopped is no attack that is done.
        stop.ThrowIfCancellationRequested();
        var time = Environment.CpuUsage.TotalTime - began;
        var x = cat(attacked);
        var distance = ThrowUnlessAllowed(x, clean.Images, options);
        var predicted = classifier.Predict(x);
        return new(
            ClassifierAttackOptions.Auto,
            passes,
            (long)Math.Round(stages.Sum(stage => (double)stage.Attacked * stage.Passes) / clean.Count),
            predicted.ne(clean.Labels).to(ScalarType.Float64).mean().ToDouble(),
            cat(margins).mean().ToDouble(),
            time.TotalMilliseconds / clean.Count,
            distance,
            x.MoveToOuterDisposeScope(),
            predicted.MoveToOuterDisposeScope())
        {
            Stages = [.. stages.GroupBy(stage => stage.Name).Select(same => same.First() with
            {
                Attacked = same.Sum(stage => stage.Attacked),
                Broken = same.Sum(stage => stage.Broken),
                Elapsed = TimeSpan.FromTicks(same.Sum(stage => stage.Elapsed.Ticks)),
            })],
        };
    }

    /// <summary>Mean distance from the clean images, if every attacked one is an image within its ball.</summary>
    static double ThrowUnlessAllowed(Tensor attacked, Tensor clean, ClassifierAttackOptions options)
    {
        var (low, high) = (attacked.min().ToDouble(), attacked.max().ToDouble());
        var moved = (attacked - clean).flatten(1);
        var distance = options.Norm switch
        {
            AttackNorm.Linf => moved.abs().amax([1]),
            AttackNorm.L2 => moved.norm(1),
            AttackNorm.L1 => moved.abs().sum(1),
            _ => moved.ne(0).sum(1).to(moved.dtype),
        };
        var farthest = distance.max().ToDouble();
        // Rounding of x ± ε in float32.
        if (!(low >= 0 && high <= 1 && farthest <= options.Epsilon + 1e-5))
        {
            throw new InvalidOperationException(
                $"An attack left its region: pixels run from {low} to {high}, the farthest image is {farthest} away; " +
                $"allowed: 0 to 1, {options.Epsilon}.");
        }
        return distance.mean().ToDouble();
    }
}
