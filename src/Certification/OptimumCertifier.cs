using System.ComponentModel.DataAnnotations;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;
using Tensor = TorchSharp.torch.Tensor;

namespace RL.Certification;

/// <summary>Options of <see cref="OptimumCertifier"/>. The search ends at the first limit it meets.</summary>
public sealed record CertifierOptions
{
    /// <summary>The gap, as a share of max(1, |value|), at which a value counts as proven to be the maximum.</summary>
    [Range(1e-9, 1.0)] public double Tolerance { get; init; } = 1e-6;

    /// <summary>Largest number of nodes to bound: with it alone as limit, results are reproducible.</summary>
    [Range(1.0, 1e15)] public long MaxNodes { get; init; } = 1_000_000_000;

    /// <summary>
    /// Number of open nodes (some 40 bytes each, and 16 per input and 1 per neuron) from which on the most promising one is
    /// searched to its end before the next: memory stays bounded, and the upper bound falls more slowly.
    /// </summary>
    [Range(1, 1_000_000_000)] public int MaxOpenNodes { get; init; } = 2_000_000;

    /// <summary>Seconds after which to stop.</summary>
    [Range(0.0, 1e9)] public double MaxSeconds { get; init; } = 1e9;
}

/// <summary>What is known of the maximum of a network's output over a box.</summary>
/// <param name="X">The best input found [n].</param>
/// <param name="Value">f there, the weights and the arithmetic being float64.</param>
/// <param name="UpperBound">
/// No input of the box has a larger value, in exact arithmetic with these weights; ≥ Value, and +∞ if numbers of the network overflow.
/// </param>
/// <param name="Proven">
/// Whether the gap is within the tolerance, the rounding of <paramref name="Value"/> counted in: the value is the maximum.
/// </param>
/// <param name="Nodes">Nodes bounded.</param>
/// <param name="Elapsed">Time taken.</param>
public sealed record OptimumCertificate(double[] X, double Value, double UpperBound, bool Proven, long Nodes, TimeSpan Elapsed)
{
    /// <summary>What a better input could add at most, ≥ 0.</summary>
    public double Gap => UpperBound - Value;
}

/// <summary>
/// Finds and proves the true maximum of a fully connected ReLU network's only output over a box, by branch and bound over input
/// ranges and neuron phases with bounds by linear relaxation (docs/certification.md); or gives an upper bound and the gap if a
/// limit comes first. For networks of few inputs (up to about 10) or few neurons; time grows exponentially in the smaller of the
/// two.
/// </summary>
/// <param name="options">Tolerance and limits.</param>
/// <param name="clock">For the time limit and <see cref="OptimumCertificate.Elapsed"/>.</param>
public sealed class OptimumCertifier(CertifierOptions options, TimeProvider clock)
{
    // What a cut through a neuron's phase counts beside one through an input's range, tree by tree. Inputs alone are best for few
    // inputs, neurons for few neurons: all trees begin, and at each of these numbers of nodes the one with the largest bound
    // ends.
    static readonly double[] _neuronWeights = [0, 0.5, 1, 4];

    // Of so few neurons all phases can be tried: the tree that cuts nothing else begins, and does not end before.
    const int FewNeurons = 32;
    static readonly double[] _neuronWeightsOfFew = [double.PositiveInfinity, 0, 1];

    readonly CertifierOptions _options = options.Checked();

    /// <summary>Maximises the output of a network over a box.</summary>
    /// <param name="network">[n → 1], Float32 or Float64; taken to float64.</param>
    /// <param name="box">Bounds [n] or [1×n], of the network's dtype, finite.</param>
    /// <param name="candidates">Points to begin with [S×n], such as an optimiser's results; projected onto the box.</param>
    /// <param name="stop">Ends the search as a limit does.</param>
    /// <exception cref="ArgumentException">A shape, dtype, weight or bound that does not fit.</exception>
    public OptimumCertificate Certify(ReluNetwork network, Box box, Tensor? candidates = null, CancellationToken stop = default)
    {
        using var noGrad = no_grad();
        using var scope = NewDisposeScope();
        ThrowUnlessFits(network, box, candidates);
        var began = clock.GetTimestamp();
        var layers = InFloat64(network);
        var (lower, upper) = (Rows.Numbers(box.Lower), Rows.Numbers(box.Upper));
        double[][] points = candidates is null ? [] : [.. Rows.Numbers(box.Project(candidates)).Chunk(lower.Length)];
        if (ScaledProblem.TryCreate(layers, lower, upper) is not { } problem)
        {
            return Unbounded(new(layers), [Rows.Numbers((box.Lower / 2) + (box.Upper / 2)), .. points], began);
        }
        var incumbent = new Incumbent(problem);
        foreach (var point in points)
        {
            incumbent.Offer(problem.ToScaled(point));
        }

        // Of w·max(z, 0) in the output with w < 0 only the lower line counts, whatever the bounds of z: where inputs alone are
        // cut, those neurons, the last ones, are not bounded.
        var positive = Math.Max(1, Rows.Numbers(network.Layers[^1].Weight).Count(weight => weight > 0));
        var units = problem.Network.Units;
        var isFew = units.Sum() <= FewNeurons;
        SearchTree[] trees = [.. (isFew ? _neuronWeightsOfFew : _neuronWeights).Select(weight => new SearchTree(
            problem, new NodeBounds(problem, weight == 0 ? positive : units[^1], double.IsInfinity(weight)), incumbent, weight,
            _options.Tolerance, _options.MaxOpenNodes))];
        Search(trees, isFew ? trees[0] : null, () => clock.GetElapsedTime(began).TotalSeconds >= _options.MaxSeconds || stop.IsCancellationRequested);
        var x = problem.FromScaled(incumbent.X);
        for (var d = 0; d < x.Length; d++)
        {
            x[d] = Math.Clamp(x[d], lower[d], upper[d]);
        }
        var isProven = trees.Any(tree => tree.IsProven);
        var upperBound = trees.Min(tree => tree.UpperBound);
        if (!isProven)
        {
            // The trees' first bounds are not always as tight as CROWN's, which intersects with intervals.
            var crown = new NetworkBounds(NetworkGraph.Of(new ReluNetwork(layers)), new()).Bound(lower, upper).Upper[0];
            upperBound = Math.Max(incumbent.Value, Math.Min(upperBound, crown));
        }
        return new(
            x, incumbent.Value, upperBound, isProven,
            trees.Sum(tree => tree.Nodes), clock.GetElapsedTime(began));
    }

    /// <summary>What is known where numbers may overflow: the best of some points, if it is a number.</summary>
    OptimumCertificate Unbounded(ReluNetwork network, double[][] points, long began)
    {
        var values = Rows.Numbers(((IReluNetwork)network).Forward(tensor(points.SelectMany(x => x).ToArray(), [points.Length, points[0].Length])));
        var (x, value) = points.Zip(values.Select(value => double.IsFinite(value) ? value : double.NegativeInfinity)).MaxBy(pair => pair.Second);
        return new(x, value, double.PositiveInfinity, Proven: false, Nodes: 0, clock.GetElapsedTime(began));
    }

    /// <summary>
    /// Expands the trees in turns until one is closed or a limit is met. Each turn is four times as long as the one before, and after
    /// each the tree with the largest bound ends, of those that are not to be kept, until one is left.
    /// </summary>
    void Search(IReadOnlyList<SearchTree> trees, SearchTree? keep, Func<bool> isLate)
    {
        const int expansionsBetweenClocks = 64;
        var expansions = 0L;
        var running = trees.ToList();
        for (var round = 1000L; ; round *= 4)
        {
            foreach (var tree in running)
            {
                while (tree.Nodes < round || running.Count == 1)
                {
                    if (trees.Any(each => each.IsClosed) || trees.Sum(each => each.Nodes) >= _options.MaxNodes
                        || (expansions++ % expansionsBetweenClocks == 0 && isLate()))
                    {
                        return;
                    }
                    tree.Expand();
                }
            }
            if (running.Count > 1)
            {
                running.Remove(running.Where(tree => tree != keep).MaxBy(tree => tree.UpperBound)!);
            }
        }
    }

    static void ThrowUnlessFits(ReluNetwork network, Box box, Tensor? candidates)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(box);
        if (network.Outputs != 1 || network.ReluLayers == 0)
        {
            throw new ArgumentException(
                $"The network has {network.Outputs} outputs and {network.ReluLayers} ReLU layers; " +
                "allowed: 1 output, at least 1 ReLU layer.",
                nameof(network));
        }
        if (network.Problems is > 1)
        {
            throw new ArgumentException(
                $"The network has fixed inputs for {network.Problems} problems; a certificate is of 1.", nameof(network));
        }
        box.ThrowUnlessFits(1, network.InputShape, network.Dtype);
        ThrowUnlessFinite("Box.Lower", box.Lower);
        ThrowUnlessFinite("Box.Upper", box.Upper);
        for (var i = 0; i < network.Layers.Count; i++)
        {
            ThrowUnlessFinite($"The weight of layer {i + 1}", network.Layers[i].Weight);
            ThrowUnlessFinite($"The bias of layer {i + 1}", network.Layers[i].Bias);
        }
        if (candidates is not null
            && (candidates.dim() != 2 || candidates.shape[1] != network.Inputs || candidates.dtype != network.Dtype))
        {
            throw new ArgumentException(
                $"Candidates are {candidates.dtype} {candidates.ShapeText()}; allowed: {network.Dtype} [S×{network.Inputs}].",
                nameof(candidates));
        }
        if (candidates is not null)
        {
            ThrowUnlessFinite("Candidates", candidates);
        }
    }

    static void ThrowUnlessFinite(string name, Tensor tensor)
    {
        if (!Rows.Numbers(tensor).All(double.IsFinite))
        {
            throw new ArgumentException($"{name} holds a number that is infinite or not a number; all must be finite.");
        }
    }

    /// <summary>
    /// The network's layers in float64, on the CPU: inputs fixed before are in the first bias, and the neurons of the last hidden
    /// layer are in the order of their weights in the output, the largest first.
    /// </summary>
    static ReluLayer[] InFloat64(ReluNetwork network)
    {
        var layers = network.Layers.Select(layer => new ReluLayer(
            layer.Weight.to(ScalarType.Float64, CPU), layer.Bias.reshape(-1).to(ScalarType.Float64, CPU))).ToArray();
        var weights = Rows.Numbers(layers[^1].Weight);
        var order = tensor(Enumerable.Range(0, weights.Length).OrderByDescending(k => weights[k]).Select(k => (long)k).ToArray());
        layers[^2] = new(layers[^2].Weight.index_select(0, order), layers[^2].Bias.index_select(0, order));
        layers[^1] = new(layers[^1].Weight.index_select(1, order), layers[^1].Bias);
        return layers;
    }
}
