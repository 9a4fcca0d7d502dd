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
}

/// <summary>What an attack maximises.</summary>
public enum AttackLoss
{
    /// <summary>Cross-entropy of the label; of a targeted attack, minus that of the target.</summary>
    CrossEntropy,

    /// <summary>Best other output minus the label's.</summary>
    Margin,

    /// <summary>Difference of logits ratio (Croce and Hein 2020).</summary>
    Dlr,
}

/// <summary>How images are attacked.</summary>
public sealed record ClassifierAttackOptions
{
    /// <summary>All names that <see cref="Methods"/> may hold.</summary>
    public static IReadOnlyList<string> MethodNames { get; } = [.. InputOptimizerCatalog.Entries.Keys, Auto];

    /// <summary>The method that goes on with what holds out: <see cref="AttackSuite"/>.</summary>
    public const string Auto = "auto";

    /// <summary>Names of <see cref="InputOptimizerCatalog"/>, and auto.</summary>
    public IReadOnlyList<string> Methods { get; init; } = ["pgd", "apgd", "adr-gd-mnist-robust"];

    /// <summary>Gradient passes per image: every method is run with each.</summary>
    public IReadOnlyList<int> Passes { get; init; } = [200];

    /// <summary>ε, radius of the ball, in pixels of [0, 1].</summary>
    public double Epsilon { get; init; } = 0.25;

    /// <summary>Norm of the ball.</summary>
    public AttackNorm Norm { get; init; } = AttackNorm.Linf;

    /// <summary>What is maximised.</summary>
    public AttackLoss Loss { get; init; } = AttackLoss.CrossEntropy;

    /// <summary>Whether the class after the label's is aimed at, rather than any other.</summary>
    public bool Targeted { get; init; }

    /// <summary>Whether attacks start at a random point of the ball (Madry et al. 2018) rather than at the image.</summary>
    public bool RandomStart { get; init; }

    /// <summary>Constant step of pgd and pgd-l2 in pixels of [0, 1]; null: 2.5 ε / passes.</summary>
    public double? StepSize { get; init; }

    /// <summary>
    /// Numbers of the ReLU layers whose patterns ADR-GD relaxes, from 0 at the input, negative ones from the output (the paper's "partial
    /// network" for large ones); null: all.
    /// </summary>
    public IReadOnlyList<int>? Layers { get; init; }

    /// <summary>Images attacked at once.</summary>
    public int BatchSize { get; init; } = 100;

    /// <summary>Seed of what methods draw.</summary>
    public ulong Seed { get; init; }

    /// <summary>What is wrong with these options, in one sentence; null if nothing is.</summary>
    public string? Problem() => this switch
    {
        { Methods.Count: 0 } => "There is no method; allowed: one or more.",
        _ when Methods.FirstOrDefault(method => !MethodNames.Contains(method)) is { } unknown =>
            $"There is no method {unknown}; allowed: {string.Join(", ", MethodNames)}.",
        _ when Passes.Count == 0 || Passes.Any(passes => passes < 1) => "Passes are whole numbers; allowed: 1 or more.",
        { Epsilon: not (>= 0 and < double.PositiveInfinity) } => $"ε is {Epsilon}; allowed: 0 or more.",
        { StepSize: not (null or (> 0 and < double.PositiveInfinity)) } => $"The step size is {StepSize}; allowed: more than 0.",
        { StepSize: not null, Epsilon: 0 } => "A step size needs ε above 0.",
        { Targeted: true, Loss: not AttackLoss.CrossEntropy } => "Targeted attacks go with the cross-entropy loss only.",
        _ when Methods.Contains(Auto) && (Targeted || RandomStart || Loss != AttackLoss.CrossEntropy || Layers is not null || Passes.Any(passes => passes < 40)) =>
            "The method auto has losses, targets and starts of its own, and takes 40 passes or more.",
        { BatchSize: < 1 } => $"The batch size is {BatchSize}; allowed: 1 or more.",
        _ => null,
    };

    internal IInputOptimizer Create(string method, int passes, Generator generator) => (StepSize, method) switch
    {
        ({ } step, "pgd") => new ProjectedGradient(
            ProjectedGradientOptions.Pgd(passes) with { StepSize = step / Epsilon }, generator),
        ({ } step, "pgd-l2") => new ProjectedGradient(
            ProjectedGradientOptions.PgdEuclidean(passes) with { StepSize = step / Epsilon }, generator),
        _ => InputOptimizerCatalog.Create(method, passes, generator),
    };

    internal Region Region(Tensor images) => Ball(images, Epsilon);

    internal Region Ball(Tensor images, double radius) => Norm == AttackNorm.Linf
        ? Box.Ball(images, radius, 0, 1)
        : new EuclideanBall(images, radius, 0, 1);

    internal Score Score(Tensor labels, Tensor targets) => (Loss, Targeted) switch
    {
        (AttackLoss.CrossEntropy, true) => InputOpt.Score.Towards(targets),
        (AttackLoss.CrossEntropy, false) => InputOpt.Score.AwayFrom(labels),
        (AttackLoss.Margin, _) => InputOpt.Score.Margin(labels),
        _ => InputOpt.Score.Dlr(labels),
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
    /// <param name="options">How; without a <see cref="ClassifierAttackOptions.Problem"/>.</param>
    /// <param name="report">Called with every result, if given.</param>
    /// <exception cref="ArgumentException">Options with a problem, images that do not fit, none that is classified right.</exception>
    public static ClassifierAttack Run(
        Classifier classifier, ImageSet set, ClassifierAttackOptions options, Action<AttackResult>? report = null)
    {
        if (options.Problem() is { } problem)
        {
            throw new ArgumentException(problem, nameof(options));
        }
        classifier.ThrowUnlessFits(set);
        using var isRight = classifier.Predict(set.Images).eq(set.Labels);
        using var positions = where(isRight)[0];
        if (positions.shape[0] == 0)
        {
            throw new ArgumentException($"None of the {set.Count} images is classified right: there is nothing to attack.", nameof(set));
        }
        var clean = set.Select(positions);
        var results = new List<AttackResult>();
        foreach (var method in options.Methods)
        {
            foreach (var passes in options.Passes)
            {
                results.Add(Attack(classifier, clean, options, method, passes));
                report?.Invoke(results[^1]);
            }
        }
        return new((double)clean.Count / set.Count, clean, results);
    }

    static AttackResult Attack(Classifier classifier, ImageSet clean, ClassifierAttackOptions options, string method, int passes)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(options.Seed);
        var network = PartialNetwork.Of(new ReluModule(classifier.Module, clean.Shape), options.Layers);
        if (method == ClassifierAttackOptions.Auto)
        {
            return AttackUntilBroken(classifier, network, clean, options, passes, generator);
        }
        var optimizer = options.Create(method, passes, generator);
        var next = clean.Labels + 1;
        var targets = next.masked_fill(next.eq(classifier.Classes), 0);
        var (attacked, values, used) = (new List<Tensor>(), new List<Tensor>(), 0L);
        var began = Environment.CpuUsage.TotalTime;
        for (var start = 0; start < clean.Count; start += options.BatchSize)
        {
            var batch = clean.Slice(start, Math.Min(options.BatchSize, clean.Count - start));
            var score = options.Score(batch.Labels, targets.narrow(0, start, batch.Count));
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
        Classifier classifier, IReluNetwork network, ImageSet clean, ClassifierAttackOptions options, int passes, Generator generator)
    {
        var began = Environment.CpuUsage.TotalTime;
        var suite = new AttackSuite(new() { Passes = passes }, generator);
        var (attacked, margins, stages) = (new List<Tensor>(), new List<Tensor>(), new List<AttackStage>());
        for (var start = 0; start < clean.Count; start += options.BatchSize)
        {
            var batch = clean.Slice(start, Math.Min(options.BatchSize, clean.Count - start));
            var found = suite.Attack(network, batch.Images, batch.Labels, options.Ball, [options.Epsilon]);
            attacked.Add(found.X);
            margins.Add(found.Margin);
            stages.AddRange(found.Stages);
        }
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
        var distance = options.Norm == AttackNorm.Linf ? moved.abs().amax([1]) : moved.norm(1);
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
