namespace RL.Certification;

/// <summary>
/// A network along a segment x = a + t(b − a), t ∈ [0, 1]: the critical points of its neurons in their exact order, and the affine pieces between
/// them. Points that are equal are one cut with several neurons.
/// </summary>
public sealed class SegmentSlice
{
    readonly PiecewiseNetwork _network;

    SegmentSlice(PiecewiseNetwork network, SegmentCutter cutter) =>
        (_network, Pieces, ExactSigns, IsPartial) = (network, cutter.Pieces, cutter.ExactSigns, cutter.IsStopped);

    /// <summary>From t = 0 to t = 1, or as far as it came if it was stopped.</summary>
    public IReadOnlyList<SegmentPiece> Pieces { get; }

    /// <summary>Whether it was stopped before t = 1.</summary>
    public bool IsPartial { get; }

    /// <summary>How many signs whole numbers had to decide, because floats did not.</summary>
    public long ExactSigns { get; }

    /// <summary>Where the pattern changes, in order, and the neurons whose activity is another one on both sides.</summary>
    public IReadOnlyList<CriticalPoint> CriticalPoints
    {
        get
        {
            var points = new List<CriticalPoint>();
            for (var i = 1; i < Pieces.Count; i++)
            {
                var (before, behind) = (Pieces[i - 1], Pieces[i]);
                var neurons = Enumerable.Range(0, before.Pattern.Count).Where(k => before.Pattern[k] != behind.Pattern[k]);
                points.Add(new(behind.From, [.. neurons.Select(_network.NeuronAt)]));
            }
            return points;
        }
    }

    /// <summary>
    /// An output as a sum of ReLU hinges of t: f = Value + Slope·t + Σ Change·max(t − At, 0) on [0, 1].
    /// </summary>
    public (double Value, double Slope, IReadOnlyList<(double At, double Change)> Hinges) Hinges(int output = 0)
    {
        var (slope, value) = Pieces[0].Affine(output);
        var hinges = new List<(double, double)>();
        for (var i = 1; i < Pieces.Count; i++)
        {
            hinges.Add((Pieces[i].From, Pieces[i].Affine(output).Slope - Pieces[i - 1].Affine(output).Slope));
        }
        return (value, slope, hinges);
    }

    /// <summary>Smallest and largest value of an output, at the ends of pieces.</summary>
    public (double Least, double Most) Range(int output = 0)
    {
        var values = Pieces.SelectMany(piece => new[] { piece.Value(output, piece.From), piece.Value(output, piece.To) }).ToArray();
        return (values.Min(), values.Max());
    }

    /// <summary>Cuts the segment.</summary>
    /// <param name="graph">As for <see cref="PlaneSlice.Of"/>.</param>
    /// <param name="from">a [n].</param>
    /// <param name="to">b [n].</param>
    /// <param name="found">Told after each piece how many there are, and t where it ends.</param>
    /// <param name="stop">Ends it with the pieces that are known, at least one.</param>
    /// <exception cref="ArgumentException">Another network, or ends of another length or with numbers that are not finite.</exception>
    public static SegmentSlice Of(
        NetworkGraph graph, ReadOnlySpan<double> from, ReadOnlySpan<double> to, Action<int, double>? found = null, CancellationToken stop = default)
    {
        var network = PiecewiseNetwork.Of(graph);
        network.ThrowUnlessInput(nameof(from), from);
        network.ThrowUnlessInput(nameof(to), to);
        PiecewiseNetwork.ThrowUnlessHolds("from and to", from, to);
        var cutter = new SegmentCutter(network, from.ToArray(), to.ToArray(), found, stop);
        cutter.Run();
        return new(network, cutter);
    }
}

/// <summary>A point of a segment where neurons are critical.</summary>
/// <param name="T">In [0, 1].</param>
/// <param name="Neurons">Whose pre-activation is 0 there and whose activity changes.</param>
public sealed record CriticalPoint(double T, IReadOnlyList<Neuron> Neurons);

/// <summary>A part of a segment on which a network is affine.</summary>
public sealed class SegmentPiece
{
    readonly Forms _outputs;
    readonly bool[] _pattern;

    internal SegmentPiece(double from, double to, bool[] pattern, Forms outputs) => (From, To, _pattern, _outputs) = (from, to, pattern, outputs);

    /// <summary>t where it begins.</summary>
    public double From { get; }

    /// <summary>t where it ends.</summary>
    public double To { get; }

    /// <summary>Of all hidden neurons, layer after layer: whether z &gt; 0.</summary>
    public IReadOnlyList<bool> Pattern => _pattern;

    /// <summary>∂f/∂t and the constant of an output.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public (double Slope, double Constant) Affine(int output)
    {
        _outputs.ThrowUnlessFunction(output);
        return (_outputs.Coefficients[0][output], _outputs.Coefficients[1][output]);
    }

    /// <summary>An output at t.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such output.</exception>
    public double Value(int output, double t)
    {
        var (slope, constant) = Affine(output);
        return (slope * t) + constant;
    }
}
