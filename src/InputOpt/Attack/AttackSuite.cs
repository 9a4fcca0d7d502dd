using TorchSharp;
using static TorchSharp.torch;

namespace RL.InputOpt;

/// <summary>One stage of an <see cref="AttackSuite"/>.</summary>
/// <param name="Radius">ε of the region.</param>
/// <param name="Name">Method and score.</param>
/// <param name="Attacked">Inputs that had held out until then.</param>
/// <param name="Broken">Those that it broke.</param>
/// <param name="Passes">Passes per attacked input.</param>
/// <param name="Evaluations">Further forward runs per attacked input.</param>
/// <param name="Elapsed">Time that it took.</param>
public sealed record AttackStage(double Radius, string Name, int Attacked, int Broken, long Passes, long Evaluations, TimeSpan Elapsed);

/// <summary>What an <see cref="AttackSuite"/> found.</summary>
/// <param name="X">Per input the point with the largest margin at its smallest radius, or at the largest where none broke it [B×…].</param>
/// <param name="Margin">Best other output minus the label's there [B]: above 0 where the input is broken.</param>
/// <param name="SmallestRadius">The smallest of the radii that broke each input; infinite where none did.</param>
/// <param name="Stages">What was done, in order.</param>
public sealed record AttackSuiteResult(Tensor X, Tensor Margin, IReadOnlyList<double> SmallestRadius, IReadOnlyList<AttackStage> Stages)
    : IDisposable
{
    /// <summary>Share of the inputs that are broken within a radius.</summary>
    public double ShareBroken(double radius) => SmallestRadius.Count(smallest => smallest <= radius) / (double)SmallestRadius.Count;

    /// <summary>Passes per input, on average: what is broken early costs little.</summary>
    public double MeanPasses => Stages.Sum(stage => (double)stage.Attacked * stage.Passes) / SmallestRadius.Count;

    public void Dispose()
    {
        X.Dispose();
        Margin.Dispose();
    }
}

/// <summary>
/// The attack to run in order to be sure: several searches one after the other, cheap ones first, and only inputs that have held out go on to the
/// next. Falling sign steps and <see cref="Sharp"/> on the cross-entropy, <see cref="Sharp"/> on the margin, and then on the margin of one other
/// class after the other, the likeliest first (docs/input-optimisation.md, "Attacking to be sure").
/// </summary>
/// <param name="options">See <see cref="AttackSuiteOptions"/>.</param>
/// <param name="generator">Source of random starts, on the device of the inputs; its state is the only state kept.</param>
/// <param name="clock">Measures time; the system's if null.</param>
/// <exception cref="ArgumentException">An option out of its range.</exception>
public sealed class AttackSuite(AttackSuiteOptions options, Generator generator, TimeProvider? clock = null)
{
    /// <summary>Shares of the passes; of what these leave, two thirds are the margin's and the rest is for single classes.</summary>
    const double CheapShare = 0.05, CrossEntropyShare = 0.45;

    /// <summary>Up to so many, passes break most where SHARP climbs the cross-entropy; and what other stages need to break anything.</summary>
    const int LeastCrossEntropy = 250, LeastOther = 50;

    readonly AttackSuiteOptions _options = options.Checked();

    /// <summary>Attacks a classifier.</summary>
    /// <param name="network">[rows×InputShape → rows×classes]; inputs are not fixed per problem.</param>
    /// <param name="inputs">Centres of the regions [B×InputShape].</param>
    /// <param name="labels">What they are [B], int64; an input with another class is broken from the beginning.</param>
    /// <param name="region">The region around some centres [rows×InputShape] with a radius, such as Box.Ball(x, ε, 0, 1).</param>
    /// <param name="radii">One or several ε, each larger than the one before: an input broken by one is not attacked with the next.</param>
    /// <param name="cancellation">Ends it soon with what has been found.</param>
    /// <exception cref="ArgumentException">Shapes that do not fit, radii that do not grow.</exception>
    public AttackSuiteResult Attack(
        IReluNetwork network, Tensor inputs, Tensor labels, Func<Tensor, double, Region> region, IReadOnlyList<double> radii,
        CancellationToken cancellation = default)
    {
        ThrowUnlessFits(network, inputs, labels, radii);
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        var search = new Attacked(network, inputs, labels);
        var stages = new List<AttackStage>();
        foreach (var radius in radii)
        {
            foreach (var (name, passes, score) in Stages(network.Outputs))
            {
                var rows = search.HoldingOut();
                if (rows.shape[0] == 0 || cancellation.IsCancellationRequested)
                {
                    break;
                }
                using var stage = NewDisposeScope();
                var center = inputs.index_select(0, rows);
                var optimizer = passes.Cheap
                    ? (IInputOptimizer)new ProjectedGradient(ProjectedGradientOptions.Annealed(passes.Count), generator, clock)
                    : new Sharp(new() { Passes = passes.Count }, generator, clock);
                var found = optimizer.Maximize(
                    new(network, score(search, rows)), search.X.index_select(0, rows), region(center, radius),
                    limits: new() { Cancellation = cancellation });
                var broken = search.Take(rows, found.X, radius);
                stages.Add(new(radius, name, (int)rows.shape[0], broken, found.GradientPasses, found.Evaluations, found.Elapsed));
            }
        }
        return new(search.X.MoveToOuterDisposeScope(), search.Margin.MoveToOuterDisposeScope(), search.SmallestRadius, stages);
    }

    IEnumerable<(string Name, (int Count, bool Cheap) Passes, Func<Attacked, Tensor, Score> Score)> Stages(long classes)
    {
        var total = _options.Passes;
        var cheap = (int)(CheapShare * total);
        var crossEntropy = Math.Min(Math.Max((int)(CrossEntropyShare * total), LeastCrossEntropy), total - cheap);
        var left = total - cheap - crossEntropy;
        if (left < 3 * LeastOther)
        {
            (crossEntropy, left) = (crossEntropy + left, 0);
        }
        var margin = 2 * left / 3;
        left -= margin;
        var targets = left == 0 ? 0 : (int)Math.Clamp(left / _options.PassesPerTarget, 1, classes - 1);
        yield return ("sign steps, cross-entropy", (cheap, true), (search, rows) => Score.AwayFrom(search.Labels.index_select(0, rows)));
        yield return ("sharp, cross-entropy", (crossEntropy, false), (search, rows) => Score.AwayFrom(search.Labels.index_select(0, rows)));
        if (margin == 0)
        {
            yield break;
        }
        yield return ("sharp, margin", (margin, false), (search, rows) => Score.Margin(search.Labels.index_select(0, rows)));
        for (var target = 0; target < targets; target++)
        {
            var rank = target;
            yield return ($"sharp, class {rank + 1} of the likeliest others", (left / targets, false), (search, rows) => search.Towards(rank, rows));
        }
    }

    static void ThrowUnlessFits(IReluNetwork network, Tensor inputs, Tensor labels, IReadOnlyList<double> radii)
    {
        if (network.Problems is not null)
        {
            throw new ArgumentException("The network has inputs fixed per problem; allowed: one for any number of rows.", nameof(network));
        }
        if (inputs.dim() != network.InputShape.Count + 1 || !inputs.shape[1..].SequenceEqual(network.InputShape) || inputs.shape[0] == 0)
        {
            throw new ArgumentException(
                $"Inputs have shape {inputs.ShapeText()}; allowed for this network: [B×{string.Join('×', network.InputShape)}].", nameof(inputs));
        }
        Score.Margin(labels).ThrowUnlessFits(inputs.shape[0], network.Outputs);
        ThrowUnlessGrowing(radii);
    }

    /// <exception cref="ArgumentException">No radii, negative ones, or one that is not larger than the one before.</exception>
    internal static void ThrowUnlessGrowing(IReadOnlyList<double> radii)
    {
        if (radii.Count == 0 || radii[0] < 0 || radii.Zip(radii.Skip(1)).Any(pair => !(pair.First < pair.Second)))
        {
            throw new ArgumentException($"Radii are {string.Join(", ", radii)}; allowed: one or more, from 0 up, each larger than the one before.", nameof(radii));
        }
    }

    /// <summary>The inputs, and what has become of them.</summary>
    sealed class Attacked
    {
        readonly IReluNetwork _network;
        readonly double[] _smallest;
        readonly Tensor _likeliest;                 // classes but the label, those with the largest outputs first [B×m−1]

        public Attacked(IReluNetwork network, Tensor inputs, Tensor labels)
        {
            (_network, Labels, X) = (network, labels, inputs.clone());
            var outputs = network.Forward(inputs);
            Margin = Score.Margin(labels).Value(outputs).clone();
            var column = labels.unsqueeze(1);
            var others = outputs.scatter(1, column, full_like(column, double.NegativeInfinity, dtype: outputs.dtype));
            _likeliest = others.topk((int)network.Outputs - 1, 1).indexes;
            _smallest = [.. Rows.Numbers(Margin).Select(margin => margin > 0 ? 0 : double.PositiveInfinity)];
        }

        public Tensor Labels { get; }

        public Tensor X { get; }

        public Tensor Margin { get; }

        public IReadOnlyList<double> SmallestRadius => _smallest;

        /// <summary>Numbers of the inputs that are not broken [rows].</summary>
        public Tensor HoldingOut() =>
            tensor(Enumerable.Range(0, _smallest.Length).Where(row => double.IsPositiveInfinity(_smallest[row])).Select(row => (long)row).ToArray(), device: X.device);

        /// <summary>Output of one other class minus the label's.</summary>
        public Score Towards(int rank, Tensor rows)
        {
            var weights = zeros([rows.shape[0], _network.Outputs], dtype: X.dtype, device: X.device);
            var (target, label) = (_likeliest.index_select(0, rows).narrow(1, rank, 1), Labels.index_select(0, rows).unsqueeze(1));
            var one = ones_like(label, dtype: X.dtype);
            return Score.Weighted(weights.scatter(1, target, one).scatter(1, label, -one));
        }

        /// <summary>Keeps what is better; how many inputs are broken by it.</summary>
        public int Take(Tensor rows, Tensor x, double radius)
        {
            var margin = Score.Margin(Labels.index_select(0, rows)).Value(_network.Forward(x));
            var before = Margin.index_select(0, rows);
            var better = margin.gt(before);
            X.index_copy_(0, rows, where(Rows.Column(better, x), x, X.index_select(0, rows)));
            Margin.index_copy_(0, rows, where(better, margin, before));
            var broken = 0;
            foreach (var (row, value) in rows.to(CPU).data<long>().Zip(Rows.Numbers(margin)))
            {
                if (value > 0)
                {
                    _smallest[row] = radius;
                    broken++;
                }
            }
            return broken;
        }
    }
}
