namespace RL.Certification;

/// <summary>
/// The linear regions of a network on a slice x = o + s·d₁ + t·d₂, (s, t) ∈ [−1, 1]², exactly: every cell in which the pattern of the neurons is the
/// same, and nothing that is only rounding. A region is a cell with an area; on the lines between them two patterns meet.
/// </summary>
public sealed class PlaneSlice
{
    readonly Lazy<int> _pieces;

    PlaneSlice(SliceCutter cutter, int outputs)
    {
        (Cells, PerLayer, Vanishing, ExactSigns, IsPartial) = (cutter.Cells, cutter.PerLayer, cutter.Vanishing, cutter.ExactSigns, cutter.IsStopped);
        _pieces = new(() => AffinePieces.Count(Cells, outputs));
    }

    /// <summary>The regions.</summary>
    public IReadOnlyList<SliceCell> Cells { get; }

    /// <summary>Whether it was stopped, or there are more regions than were allowed: the regions are some of the slice's, each of them whole, and they do not cover it.</summary>
    public bool IsPartial { get; }

    /// <summary>The share of the slice that the regions cover.</summary>
    public double Covered => IsPartial ? Cells.Sum(cell => cell.Area) / SliceCutter.Area : 1;

    /// <summary>How many regions the neurons up to each hidden layer make.</summary>
    public IReadOnlyList<int> PerLayer { get; }

    /// <summary>How many different affine functions the outputs are: regions may share one, where what tells them apart is not read.</summary>
    public int DistinctPieces => _pieces.Value;

    /// <summary>How often z of a neuron was 0 on a whole cell; its pattern there is that of z ≤ 0.</summary>
    public int Vanishing { get; }

    /// <summary>How many signs whole numbers had to decide, because floats did not.</summary>
    public long ExactSigns { get; }

    /// <summary>How many points are corners, of a slice that is not partial: V = E − F + 1, as every inner side has two cells and no corner lies inside a side.</summary>
    public int Points
    {
        get
        {
            var (sides, outer) = (Cells.Sum(cell => cell.Corners.Count), Cells.Sum(cell => cell.Sides.Count(side => side is null)));
            return ((sides + outer) / 2) - Cells.Count + 1;
        }
    }

    /// <summary>Smallest and largest value of an output on the slice, at corners.</summary>
    public (double Least, double Most) Range(int output = 0)
    {
        var values = Cells.SelectMany(cell => cell.Corners.Select(corner => cell.Value(output, corner.S, corner.T)));
        return (values.Min(), values.Max());
    }

    /// <summary>Cuts the slice.</summary>
    /// <param name="graph">Linear layers, convolutions and average pools in a row with ReLU or leaky ReLU between them.</param>
    /// <param name="origin">o [n].</param>
    /// <param name="d1">d₁ [n].</param>
    /// <param name="d2">d₂ [n].</param>
    /// <param name="mostCells">With more regions it ends with so many.</param>
    /// <param name="found">Told after each region how many there are, and the share of the slice that they cover.</param>
    /// <param name="stop">Ends it with the regions that are known, at least one.</param>
    /// <exception cref="ArgumentException">Another network, or vectors of another length or with numbers that are not finite.</exception>
    public static PlaneSlice Of(
        NetworkGraph graph, ReadOnlySpan<double> origin, ReadOnlySpan<double> d1, ReadOnlySpan<double> d2, int mostCells = 1_000_000,
        Action<int, double>? found = null, CancellationToken stop = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(mostCells, 1);
        var network = PiecewiseNetwork.Of(graph);
        network.ThrowUnlessInput(nameof(origin), origin);
        network.ThrowUnlessInput(nameof(d1), d1);
        network.ThrowUnlessInput(nameof(d2), d2);
        PiecewiseNetwork.ThrowUnlessHolds("origin, d1 and d2", origin, d1, d2);
        var cutter = new SliceCutter(network, origin.ToArray(), d1.ToArray(), d2.ToArray(), mostCells, found, stop);
        cutter.Run();
        return new(cutter, network.Outputs);
    }
}

/// <summary>A linear region on a slice: a convex polygon in the slice's coordinates, and the outputs as affine functions of them.</summary>
public sealed class SliceCell
{
    readonly SlicePolygon _polygon;
    readonly bool[] _pattern;

    internal SliceCell(SlicePolygon polygon, bool[] pattern, Forms outputs, Lazy<ExactCell> exact)
    {
        (_polygon, _pattern, Outputs, Exact) = (polygon, pattern, outputs, exact);
    }

    /// <summary>Corners, turning left.</summary>
    public IReadOnlyList<(double S, double T)> Corners => Array.ConvertAll(_polygon.Corners, corner => (corner.S, corner.T));

    /// <summary>The neuron that is 0 on the side from each corner to the next; null for a side of the square.</summary>
    public IReadOnlyList<Neuron?> Sides => Array.ConvertAll(_polygon.Sides, side => side.Neuron);

    /// <summary>Of all hidden neurons, layer after layer: whether z &gt; 0.</summary>
    public IReadOnlyList<bool> Pattern => _pattern;

    /// <summary>In units of the slice's coordinates: those of all cells add up to 4.</summary>
    public double Area
    {
        get
        {
            var corners = _polygon.Corners;
            var (first, sum) = (corners[0], 0.0);
            for (var i = 1; i + 1 < corners.Length; i++)
            {
                sum += ((corners[i].S - first.S) * (corners[i + 1].T - first.T)) - ((corners[i + 1].S - first.S) * (corners[i].T - first.T));
            }
            return sum / 2;
        }
    }

    /// <summary>A point inside: the mean of the corners.</summary>
    public (double S, double T) Middle => (_polygon.Corners.Average(corner => corner.S), _polygon.Corners.Average(corner => corner.T));

    internal Forms Outputs { get; }

    internal Lazy<ExactCell> Exact { get; }

    /// <summary>∂f/∂s, ∂f/∂t and the constant of an output.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public (double S, double T, double Constant) Affine(int output)
    {
        Outputs.ThrowUnlessFunction(output);
        return (Outputs.Coefficients[0][output], Outputs.Coefficients[1][output], Outputs.Coefficients[2][output]);
    }

    /// <summary>An output at a point of the cell.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public double Value(int output, double s, double t)
    {
        var (ofS, ofT, constant) = Affine(output);
        return (ofS * s) + (ofT * t) + constant;
    }
}
