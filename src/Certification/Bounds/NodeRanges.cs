namespace RL.Certification;

/// <summary>
/// What is known of every value of a network over a box: bounds l ≤ v ≤ u, rounded outwards, first by intervals. <see cref="RowWalk"/> makes
/// them tighter.
/// </summary>
/// <remarks>
/// Rounded sums are off by at most γ_n times the sum of magnitudes (Higham 2002, section 3.1); <see cref="Reach"/> is that sum, with the magnitudes
/// of the parents' bounds.
/// </remarks>
sealed class NodeRanges
{
    readonly NetworkGraph _graph;
    readonly Arithmetic _arithmetic;
    readonly double[][] _leastKnown, _mostKnown;        // the tightest of several methods on one box

    public NodeRanges(NetworkGraph graph, Arithmetic arithmetic)
    {
        (_graph, _arithmetic) = (graph, arithmetic);
        double[][] PerNode() => [.. graph.Nodes.Select(node => new double[node.Size])];
        (Lower, Upper, Magnitude, Reach, Centre, Radius) = (PerNode(), PerNode(), PerNode(), PerNode(), PerNode(), PerNode());
        (_leastKnown, _mostKnown) = (PerNode(), PerNode());
    }

    /// <summary>By node, in its own order.</summary>
    public double[][] Lower { get; }

    /// <inheritdoc cref="Lower"/>
    public double[][] Upper { get; }

    /// <summary>max(|l|, |u|).</summary>
    public double[][] Magnitude { get; }

    /// <summary>|W| magnitude + |b| of affine nodes: no sum on the way to a value exceeds it.</summary>
    public double[][] Reach { get; }

    /// <summary>Centre and radius of a box around [l, u].</summary>
    public double[][] Centre { get; }

    /// <inheritdoc cref="Centre"/>
    public double[][] Radius { get; }

    /// <summary>Takes over the box, in the network's order.</summary>
    public void Begin(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        NetworkGraph.ToOwnOrder(_graph.Nodes[0], lower).CopyTo(Lower[0], 0);
        NetworkGraph.ToOwnOrder(_graph.Nodes[0], upper).CopyTo(Upper[0], 0);
        Complete(0);
    }

    /// <summary>Bounds a node by intervals, from the bounds of what it reads.</summary>
    public void Propagate(int index)
    {
        var node = _graph.Nodes[index];
        var parent = node.Parents[0];
        var (lower, upper) = (Lower[index], Upper[index]);
        var (program, underflow) = (ProgramRounding.Of(_arithmetic, node), ProgramRounding.Underflow(_arithmetic, node));
        switch (node.Kind)
        {
            case NodeKind.Linear or NodeKind.Convolution:
                Affine(index, node, parent, program, underflow);
                break;
            case NodeKind.Activation:
                for (var k = 0; k < lower.Length; k++)
                {
                    lower[k] = node.Function!.Enclose(Lower[parent][k]).Down;
                    upper[k] = node.Function!.Enclose(Upper[parent][k]).Up;
                    if (program > 0)
                    {
                        var error = (program * Math.Max(Math.Abs(lower[k]), Math.Abs(upper[k]))) + underflow;
                        (lower[k], upper[k]) = (lower[k] - error, upper[k] + error);
                    }
                }
                break;
            case NodeKind.MaxPool:
                Layers.Forward(node, _graph.Nodes[parent], Lower[parent], []).CopyTo(lower, 0);
                Layers.Forward(node, _graph.Nodes[parent], Upper[parent], []).CopyTo(upper, 0);
                break;
            case NodeKind.Add:
                var other = node.Parents[1];
                for (var k = 0; k < lower.Length; k++)
                {
                    Reach[index][k] = Magnitude[parent][k] + Magnitude[other][k];
                    var error = ((Rounding.Unit(4) + program) * Reach[index][k]) + Rounding.Underflow + underflow;
                    lower[k] = Lower[parent][k] + Lower[other][k] - error;
                    upper[k] = Upper[parent][k] + Upper[other][k] + error;
                }
                break;
            default:
                Lower[parent].CopyTo(lower, 0);
                Upper[parent].CopyTo(upper, 0);
                break;
        }
        Complete(index);
    }

    /// <summary>Brings what depends on a node's bounds up to date. False if a bound is not finite: numbers overflow, and nothing is known.</summary>
    public bool Complete(int index)
    {
        var (lower, upper, magnitude, centre, radius) = (Lower[index], Upper[index], Magnitude[index], Centre[index], Radius[index]);
        var isFinite = true;
        for (var k = 0; k < lower.Length; k++)
        {
            var (l, u) = (lower[k], upper[k]);
            magnitude[k] = Math.Max(Math.Abs(l), Math.Abs(u));
            var c = l == u ? l : (l / 2) + (u / 2);
            centre[k] = c;
            radius[k] = l == u ? 0 : Math.Max(u - c, c - l) * Rounding.Up;
            isFinite &= magnitude[k] < double.PositiveInfinity && radius[k] < double.PositiveInfinity;
        }
        return isFinite;
    }

    /// <summary>Keeps a node's bounds, for <see cref="Intersect"/>, where they are tighter than those kept of the same box.</summary>
    public void Keep(int index, bool isFirst)
    {
        var (least, most) = (_leastKnown[index], _mostKnown[index]);
        for (var k = 0; k < least.Length; k++)
        {
            least[k] = isFirst ? Lower[index][k] : Math.Max(least[k], Lower[index][k]);
            most[k] = isFirst ? Upper[index][k] : Math.Min(most[k], Upper[index][k]);
        }
    }

    /// <summary>Tightens a node's bounds to those kept.</summary>
    public void Intersect(int index)
    {
        for (var k = 0; k < Lower[index].Length; k++)
        {
            Lower[index][k] = Math.Max(Lower[index][k], _leastKnown[index][k]);
            Upper[index][k] = Math.Min(Upper[index][k], _mostKnown[index][k]);
        }
    }

    /// <summary>W centre + b ± |W| radius.</summary>
    void Affine(int index, GraphNode node, int parent, double program, double underflow)
    {
        var from = _graph.Nodes[parent];
        var centre = Layers.Forward(node, from, Centre[parent], node.Transposed);
        var radius = Layers.Forward(node, from, Radius[parent], node.Magnitudes);
        var reach = Layers.Forward(node, from, Magnitude[parent], node.Magnitudes);
        var unit = (3 * Rounding.Unit(node.Terms + 8)) + program;
        for (var k = 0; k < centre.Length; k++)
        {
            var bias = node.Bias[k];
            Reach[index][k] = reach[k] + Math.Abs(bias);
            var error = (unit * Reach[index][k]) + Rounding.Underflow + underflow;
            Lower[index][k] = centre[k] + bias - radius[k] - error;
            Upper[index][k] = centre[k] + bias + radius[k] + error;
        }
    }
}
