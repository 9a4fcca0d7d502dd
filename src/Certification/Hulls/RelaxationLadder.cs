using System.ComponentModel.DataAnnotations;
using RL.InputOpt;
using TorchSharp;
using static TorchSharp.torch;

namespace RL.Certification;

/// <summary>Options of <see cref="RelaxationLadder"/>.</summary>
public sealed record LadderOptions
{
    /// <summary>Seconds to prove each end of the exact range of a ReLU network; 0: it is not sought.</summary>
    [Range(0.0, 1e6)] public double ExactSeconds { get; init; } = 10;

    /// <summary>Neurons at once, up to which groups are tried; 1: none.</summary>
    [Range(1, 3)] public int GroupSize { get; init; } = 2;

    /// <summary>Groups of a layer that may cut one solution.</summary>
    [Range(1, 10_000)] public int GroupsPerRound { get; init; } = 100;

    /// <summary>Most rounds of cuts of groups, for each end.</summary>
    [Range(1, 10_000)] public int Rounds { get; init; } = 12;

    /// <summary>Whether the triangles are those of neuron bounds by linear programs, two for each neuron; otherwise of joint α-CROWN's.</summary>
    public bool SolveNeurons { get; init; } = true;
}

/// <summary>What one relaxation says of an output.</summary>
/// <param name="Name">The relaxation.</param>
/// <param name="Lower">No input of the box has less; of the attack: the least found.</param>
/// <param name="Upper">No input of the box has more; of the attack: the most found.</param>
/// <param name="Seconds">Time, of what this relaxation adds to those after it.</param>
/// <param name="Detail">How much there was of what: cuts, groups, neurons.</param>
public sealed record LadderRung(string Name, double Lower, double Upper, double Seconds, string Detail = "")
{
    /// <summary>Upper − Lower.</summary>
    public double Width => Upper - Lower;
}

/// <summary>
/// How tight relaxations of a fully connected network are, from the tightest to the loosest: attack ≤ exact ≤ several neurons ≤ hull of single neurons ≤
/// triangle ≤ joint α-CROWN and CROWN ≤ intervals (docs/relaxations.md). All bounds hold in exact arithmetic; each is the best of its own and those
/// after it.
/// </summary>
/// <param name="options">How much is tried.</param>
/// <param name="clock">For times and limits.</param>
public sealed class RelaxationLadder(LadderOptions options, TimeProvider clock)
{
    /// <summary>Hulls over polytopes are made where so many copies of the inputs are enough.</summary>
    const double MostCopies = 4000;

    /// <summary>Rounds of cuts end when one gains less than this share of the width.</summary>
    const double LeastGain = 1e-3;

    readonly LadderOptions _options = options.Checked();

    /// <summary>Bounds an output by all relaxations.</summary>
    /// <param name="graph">A fully connected network: linear layers and activations in turn.</param>
    /// <param name="lower">The box [n].</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <param name="output">Which output.</param>
    /// <returns>The tightest first. Without an exact range if that is not sought or the activations are others than ReLU.</returns>
    /// <exception cref="ArgumentException">Another network, output or box.</exception>
    public IReadOnlyList<LadderRung> Climb(NetworkGraph graph, double[] lower, double[] upper, int output = 0)
    {
        var layers = OfOutput(graph, output);
        List<LadderRung> rungs = [];
        void Add(string name, Func<(double, double, string)> bound)
        {
            var began = clock.GetTimestamp();
            var (least, most, detail) = bound();
            if (rungs is [.., var looser])
            {
                (least, most) = (Math.Max(least, looser.Lower), Math.Min(most, looser.Upper));
            }
            rungs.Add(new(name, least, most, clock.GetElapsedTime(began).TotalSeconds, detail));
        }

        var known = new List<(double[], double[])>();
        foreach (var method in new[] { BoundMethod.Interval, BoundMethod.Crown, BoundMethod.Alpha })
        {
            Add(method switch { BoundMethod.Interval => "IBP", BoundMethod.Crown => "CROWN", _ => "joint α-CROWN" }, () =>
            {
                var bounds = new NetworkBounds(graph, new() { Method = method });
                var found = bounds.Bound(lower, upper, Row(graph.Outputs, output));
                known = [.. Enumerable.Range(0, graph.Nodes.Count).Where(i => graph.Nodes[i].Kind == NodeKind.Linear).Select(bounds.RangeOf)];
                return (found.Lower[0], found.Upper[0], method == BoundMethod.Interval ? "" : $"{bounds.Unstable} open neurons");
            });
        }
        if (!double.IsFinite(rungs[^1].Width))
        {
            return rungs;
        }
        using var network = new NetworkProgram(layers, lower, upper);
        Add("triangle", () =>
        {
            // The last layer's bounds are what is sought, of the last linear layer if the network ends with an activation of its own.
            network.Build([.. known.Take(layers.Length - 1), (New(double.NegativeInfinity), New(double.PositiveInfinity))], _options.SolveNeurons);
            var (least, most) = network.Range(network.Outputs[0]);
            return (least, most, $"{network.Program.Variables} variables, {network.Program.Rows} rows");
        });
        var hulls = new HullCuts(network);
        Add("hull of single neurons", () => Cut(network, hulls, null));
        var isRelu = layers.SkipLast(1).All(layer => layer.Function == ActivationFunction.Relu);
        AddGroups(Add, network, hulls, layers, lower, upper, isRelu);
        if (_options.ExactSeconds > 0 && isRelu && layers.Length > 1)
        {
            Add("exact", () => Exact(layers, lower, upper));
        }
        rungs.Add(Attack(layers, lower, upper, rungs[^1]));
        rungs.Reverse();
        return rungs;
    }

    /// <exception cref="InvalidOperationException">It found a value outside of bounds by more than its own rounding.</exception>
    LadderRung Attack(AffineLayer[] layers, double[] lower, double[] upper, LadderRung tightest)
    {
        var began = clock.GetTimestamp();
        var (least, most) = (Best(-1), Best(1));
        double Best(int sign) => ChainAttack.Value(layers, ChainAttack.Run(layers, lower, upper, 0, sign), 0);
        var room = 1e-9 * Math.Max(1, Math.Max(Math.Abs(tightest.Lower), Math.Abs(tightest.Upper)));
        return least >= tightest.Lower - room && most <= tightest.Upper + room
            ? new("attack", least, most, clock.GetElapsedTime(began).TotalSeconds)
            : throw new InvalidOperationException(
                $"The attack found values from {least:R} to {most:R}, but \"{tightest.Name}\" proves {tightest.Lower:R} to {tightest.Upper:R}.");
    }

    void AddGroups(
        Action<string, Func<(double, double, string)>> add, NetworkProgram network, HullCuts hulls, AffineLayer[] layers, double[] lower, double[] upper, bool isRelu)
    {
        int[][] GroupsOf(int layer, int size) => DisjunctiveHulls.Groups(layers[layer].Outputs, size);
        double Copies(int size) => layers.SkipLast(1).Select((_, layer) => GroupsOf(layer, size).Sum(group => Math.Pow(2, group.Length))).Aggregate(1.0, (a, b) => a * b);
        var isSmall = isRelu && layers.SkipLast(1).All(layer => layer.Outputs <= 4);
        if (isSmall)
        {
            foreach (var (name, size) in new[] { ("hull of single neurons over polytopes", 1), ("hull of 2 neurons over polytopes", 2), ("hull of whole layers", 4) })
            {
                // Pairs of two neurons are the whole layer.
                if (Copies(size) <= MostCopies && (size != 2 || layers.SkipLast(1).Any(layer => layer.Outputs > 2)))
                {
                    add(name, () =>
                    {
                        var (least, most) = DisjunctiveHulls.Bounds(layers, DisjunctiveHulls.Inputs(lower, upper, []), layer => GroupsOf(layer, size))[0];
                        return (least, most, $"{Copies(size)} copies at most");
                    });
                }
            }
            return;
        }
        for (var size = 2; size <= _options.GroupSize; size++)
        {
            var own = size;
            add($"hull of {size} neurons", () =>
            {
                using var groups = new GroupCuts(network, own, _options.GroupsPerRound);
                return Cut(network, hulls, groups);
            });
        }
    }

    /// <summary>Both ends, with cuts until none is violated; those of groups, only while they gain something.</summary>
    (double, double, string) Cut(NetworkProgram network, HullCuts hulls, GroupCuts? groups)
    {
        var ends = new double[2];
        foreach (var sign in new[] { -1, 1 })
        {
            var solution = network.Program.Maximize(network.Outputs[0], sign);
            var (first, best, rounds) = (solution.Bound, solution.Bound, 0);
            while (solution.IsOptimal)
            {
                var added = hulls.Add(solution);
                if (added == 0 && groups is not null && rounds++ < _options.Rounds)
                {
                    var gained = rounds == 1 ? double.PositiveInfinity : first - solution.Bound;
                    first = solution.Bound;
                    added = gained > LeastGain * Math.Abs(solution.Bound) ? groups.Add(solution) : 0;
                }
                if (added == 0)
                {
                    break;
                }
                solution = network.Program.Maximize(network.Outputs[0], sign);
                best = Math.Min(best, solution.Bound);
            }
            ends[(sign + 1) / 2] = sign * best;
        }
        return (ends[0], ends[1], groups is null ? $"{hulls.Count} cuts" : $"{groups.Count} cuts of {groups.Groups} groups");
    }

    (double, double, string) Exact(AffineLayer[] layers, double[] lower, double[] upper)
    {
        var certifier = new OptimumCertifier(new() { MaxSeconds = _options.ExactSeconds, Tolerance = 1e-9 }, clock);
        OptimumCertificate Certify(int sign)
        {
            using var scope = NewDisposeScope();
            Tensor Of(double[] numbers, params long[] shape) => tensor(numbers, dtype: ScalarType.Float64).reshape(shape);
            var network = new ReluNetwork([.. layers.Select((layer, i) =>
            {
                double[] Signed(double[] numbers) => i == layers.Length - 1 ? Array.ConvertAll(numbers, number => sign * number) : numbers;
                return new ReluLayer(Of(Signed(layer.Weight), layer.Outputs, layer.Inputs), Of(Signed(layer.Bias), layer.Outputs));
            })]);
            return certifier.Certify(network, new(Of(lower, lower.Length), Of(upper, upper.Length)));
        }
        var (least, most) = (Certify(-1), Certify(1));
        return (-least.UpperBound, most.UpperBound, least.Proven && most.Proven ? $"proven, {least.Nodes + most.Nodes} nodes" : $"open: the best found are {-least.Value:R} and {most.Value:R}");
    }

    /// <summary>The network with one output only.</summary>
    static AffineLayer[] OfOutput(NetworkGraph graph, int output)
    {
        var layers = LayerChain.Of(graph);
        var last = layers[^1];
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, last.Outputs);
        return [.. layers.SkipLast(1), new(last.Row(output).ToArray(), [last.Bias[output]], null)];
    }

    static OutputRows Row(int outputs, int output)
    {
        var row = new OutputRows(new double[outputs], [0]);
        row.Coefficients[output] = 1;
        return row;
    }

    static double[] New(double value) => [value];
}
