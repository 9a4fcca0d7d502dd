namespace RL.Certification;

/// <summary>How a part of the inputs is bounded and cut.</summary>
/// <param name="Relaxation">By triangles or by hulls of whole layers.</param>
/// <param name="AtNeurons">
/// Whether parts are cut where a neuron of the first layer changes its phase, while there is one that does; otherwise through the middle of their
/// widest range.
/// </param>
/// <param name="Parts">How many parts there are in the end.</param>
/// <param name="Lower">No input has less.</param>
/// <param name="Upper">No input has more.</param>
public sealed record PartitionOutcome(string Relaxation, bool AtNeurons, int Parts, double Lower, double Upper);

/// <summary>
/// Bounds of a small ReLU network by parts of its inputs: the part with the loosest bound is cut in two until both ends are within a tolerance of what
/// is attained. In the limit every relaxation is exact; how many parts it takes is what tells them apart.
/// </summary>
public static class InputPartition
{
    const double MostParts = 512;

    /// <summary>Cuts until the bounds of an output are within a tolerance of values that an attack found, or there are too many parts.</summary>
    /// <param name="graph">A fully connected ReLU network with one output.</param>
    /// <param name="lower">The box.</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <param name="isWhole">Whether to bound by hulls of whole layers, for up to four neurons a layer; otherwise by triangles.</param>
    /// <param name="atNeurons">See <see cref="PartitionOutcome"/>.</param>
    /// <param name="tolerance">Of each end.</param>
    /// <exception cref="ArgumentException">Another network, a box that is none of its inputs, or a tolerance below 0.</exception>
    public static PartitionOutcome Run(NetworkGraph graph, double[] lower, double[] upper, bool isWhole, bool atNeurons, double tolerance)
    {
        var layers = LayersIn(graph, lower, upper);
        if (!(tolerance >= 0 && double.IsFinite(tolerance)))
        {
            throw new ArgumentOutOfRangeException(nameof(tolerance), tolerance, "The tolerance must be finite and ≥ 0.");
        }
        double Attained(int sign) => ChainAttack.Value(layers, ChainAttack.Run(layers, lower, upper, 0, sign), 0);
        var (least, most) = (Attained(-1), Attained(1));
        List<Part> parts = [Bounded(layers, new(lower, upper, [], 0, 0), isWhole)];
        while (parts.Count < MostParts)
        {
            double Excess(Part part) => Math.Max(part.Most - most, least - part.Least);
            var worst = parts.MaxBy(Excess)!;
            if (!(Excess(worst) > tolerance))
            {
                break;
            }
            parts.Remove(worst);
            parts.AddRange((atNeurons ? AtNeuron(layers[0], worst) : null) ?? InMiddle(worst));
            parts[^1] = Bounded(layers, parts[^1], isWhole);
            parts[^2] = Bounded(layers, parts[^2], isWhole);
        }
        return new(isWhole ? "hull of whole layers" : "triangle", atNeurons, parts.Count, parts.Min(part => part.Least), parts.Max(part => part.Most));
    }

    /// <summary>Bounds of an example's output over a part of its inputs.</summary>
    /// <param name="example">The example.</param>
    /// <param name="lower">The part.</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <param name="isWhole">By hulls of whole layers or by triangles.</param>
    /// <exception cref="ArgumentException">A box that is none of its inputs.</exception>
    public static (double Lower, double Upper) Bound(RelaxationExample example, double[] lower, double[] upper, bool isWhole)
    {
        ArgumentNullException.ThrowIfNull(example);
        return Bound(LayersIn(example.Graph, lower, upper), lower, upper, [], isWhole);
    }

    /// <summary>The layers of a network whose inputs lie in a box, which must be finite.</summary>
    static AffineLayer[] LayersIn(NetworkGraph graph, double[] lower, double[] upper)
    {
        ArgumentNullException.ThrowIfNull(graph);
        ArgumentNullException.ThrowIfNull(lower);
        ArgumentNullException.ThrowIfNull(upper);
        var layers = LayerChain.Of(graph);
        if (layers[^1].Outputs != 1)
        {
            throw new ArgumentException($"The network has {layers[^1].Outputs} outputs; allowed: 1.", nameof(graph));
        }
        if (lower.Length != graph.Inputs || upper.Length != graph.Inputs)
        {
            throw new ArgumentException($"The box has {lower.Length} lower and {upper.Length} upper bounds; allowed: {graph.Inputs}.");
        }
        var wrong = Enumerable.Range(0, lower.Length).FirstOrDefault(d => !(lower[d] <= upper[d] && double.IsFinite(upper[d] - lower[d])), -1);
        return wrong < 0 ? layers : throw new ArgumentException(
            $"The box is {lower[wrong]} to {upper[wrong]} in input {wrong}; allowed: finite numbers, the lower one first.");
    }

    internal static (double Lower, double Upper) Bound(AffineLayer[] layers, double[] lower, double[] upper, IReadOnlyList<LinearConstraint> halfSpaces, bool isWhole)
    {
        if (isWhole)
        {
            return DisjunctiveHulls.Bounds(
                layers, DisjunctiveHulls.Inputs(lower, upper, halfSpaces), layer => DisjunctiveHulls.Groups(layers[layer].Outputs, layers[layer].Outputs))[0];
        }
        using var network = new NetworkProgram(layers, lower, upper, halfSpaces).Build(null, solves: true);
        return network.Range(network.Outputs[0]);
    }

    static Part Bounded(AffineLayer[] layers, Part part, bool isWhole)
    {
        var (least, most) = Bound(layers, part.Lower, part.Upper, part.HalfSpaces, isWhole);
        return part with { Least = least, Most = most };
    }

    /// <summary>The two sides of the neuron of the first layer that goes furthest to both sides of 0; null if none does.</summary>
    static Part[]? AtNeuron(AffineLayer layer, Part part)
    {
        using var first = new NetworkProgram([layer with { Function = null }], part.Lower, part.Upper, part.HalfSpaces).Build(null, solves: false);
        var ranges = first.Outputs.Select(first.Range).ToArray();
        double Depth(int k) => Math.Min(-ranges[k].Lower, ranges[k].Upper);
        var neuron = Enumerable.Range(0, ranges.Length).MaxBy(Depth);
        if (!(Depth(neuron) > 1e-9 * Math.Max(Math.Abs(ranges[neuron].Lower), Math.Abs(ranges[neuron].Upper))))
        {
            return null;
        }
        Part Side(int sign) => part with
        {
            HalfSpaces = [.. part.HalfSpaces, new([.. layer.Row(neuron).ToArray().Select(w => sign * w)], -sign * layer.Bias[neuron])],
        };
        return [Side(-1), Side(1)];
    }

    static Part[] InMiddle(Part part)
    {
        var widest = Enumerable.Range(0, part.Lower.Length).MaxBy(d => part.Upper[d] - part.Lower[d]);
        var middle = (part.Lower[widest] / 2) + (part.Upper[widest] / 2);
        double[] With(double[] bounds) => [.. bounds.Select((bound, d) => d == widest ? middle : bound)];
        return [part with { Upper = With(part.Upper) }, part with { Lower = With(part.Lower) }];
    }

    sealed record Part(double[] Lower, double[] Upper, LinearConstraint[] HalfSpaces, double Least, double Most);
}
