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
/// next. What is broken leaves the passes that it would have taken to the others. Falling steps on the cross-entropy, then <see cref="Sharp"/>
/// from the best point so far and new random ones, on the cross-entropy, on the margin and on the margin of one other class after the other, the
/// likeliest first (docs/input-optimisation.md, "Attacking to be sure").
/// </summary>
/// <param name="options">See <see cref="AttackSuiteOptions"/>.</param>
/// <param name="generator">Source of random starts, on the device of the inputs; its state is the only state kept.</param>
/// <param name="clock">Measures time; the system's if null.</param>
/// <exception cref="ArgumentException">An option out of its range.</exception>
public sealed class AttackSuite(AttackSuiteOptions options, Generator generator, TimeProvider? clock = null)
{
    /// <summary>Share of the passes that the first, cheap stage takes, and of those that are left what a later one does.</summary>
    const double CheapShare = 0.1, LaterShare = 0.35;

    /// <summary>Fewer passes break less by <see cref="Sharp"/> than they could.</summary>
    const int LeastSharp = 200, LeastCheap = 10;

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
            var budget = new Budget(_options, search.HoldingOut().shape[0]);
            foreach (var (name, score) in Stages(network.Outputs))
            {
                var rows = search.HoldingOut();
                var isCheap = stages.Count == 0 || stages[^1].Radius < radius;
                var passes = budget.Next(rows.shape[0], isCheap);
                if (passes == 0 || cancellation.IsCancellationRequested)
                {
                    break;
                }
                using var stage = NewDisposeScope();
                var center = inputs.index_select(0, rows);
                var optimizer = isCheap
                    ? (IInputOptimizer)new ProjectedGradient(ProjectedGradientOptions.Annealed(passes), generator, clock)
                    : new Sharp(new() { Passes = passes }, generator, clock);
                var found = optimizer.Maximize(
                    new(network, score(search, rows)), search.X.index_select(0, rows), region(center, radius),
                    limits: new() { Cancellation = cancellation });
                budget.Spend(rows.shape[0], passes);
                var broken = search.Take(rows, found.X, radius);
                stages.Add(new(radius, name, (int)rows.shape[0], broken, found.GradientPasses, found.Evaluations, found.Elapsed));
            }
        }
        return new(search.X.MoveToOuterDisposeScope(), search.Margin.MoveToOuterDisposeScope(), search.SmallestRadius, stages);
    }

    /// <summary>What is climbed, stage after stage; it ends with the passes.</summary>
    static IEnumerable<(string Name, Func<Attacked, Tensor, Score> Score)> Stages(long classes)
    {
        static Score CrossEntropy(Attacked search, Tensor rows) => Score.AwayFrom(search.Labels.index_select(0, rows));
        static Score Margin(Attacked search, Tensor rows) => Score.Margin(search.Labels.index_select(0, rows));
        yield return ("falling steps, cross-entropy", CrossEntropy);
        for (var round = 1; ; round++)
        {
            yield return ($"sharp, cross-entropy, {round}", CrossEntropy);
            if (round % 2 == 0)
            {
                yield return ($"sharp, margin, {round / 2}", Margin);
                var rank = ((round / 2) - 1) % (int)(classes - 1);
                yield return ($"sharp, class {rank + 1} of the likeliest others, {round}", (search, rows) => search.Towards(rank, rows));
            }
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

    /// <summary>Passes of all inputs together that hold out at a radius.</summary>
    sealed class Budget(AttackSuiteOptions options, long inputs)
    {
        long _left = options.Passes * inputs;
        long _each = (long)options.Passes * options.MostTimes;             // left to an input that holds out to the end

        /// <summary>Passes for each of the inputs that hold out; 0 if there are none left.</summary>
        public int Next(long rows, bool isCheap)
        {
            if (rows == 0)
            {
                return 0;
            }
            var most = Math.Min(_left / rows, _each);
            if (isCheap)
            {
                return Math.Max((int)(CheapShare * options.Passes), LeastCheap);
            }
            var passes = Math.Max(LeastSharp, (long)(LaterShare * most));
            // What would be too little for a stage of its own goes to this one.
            passes = most - passes < LeastSharp ? most : passes;
            return (int)Math.Min(passes, int.MaxValue);
        }

        public void Spend(long rows, int passes) => (_left, _each) = (_left - (rows * passes), _each - passes);
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
