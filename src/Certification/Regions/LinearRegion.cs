using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>
/// The linear region of a point: the inputs with its pattern, on which the network is affine, as half-spaces, facets and neighbours, within a box or
/// without. In float64, not proven: facets come with witnesses, but a row within 1e-9 of being redundant may be taken for either.
/// </summary>
public sealed partial class LinearRegion
{
    /// <summary>z that is smaller than this, relative to what it is added up from, is 0 but for rounding.</summary>
    const double Rounding = 1e-12;

    readonly PiecewiseNetwork _network;
    readonly bool[] _pattern;
    readonly RegionRows _rows;
    readonly double[] _lower, _upper, _x;
    readonly int[] _free;                                // inputs that the box leaves free
    readonly List<HalfSpace> _halfSpaces = [];
    readonly Polyhedron _polyhedron;
    readonly Lazy<IReadOnlyList<Facet>> _facets;

    LinearRegion(PiecewiseNetwork network, bool[] pattern, double[] x, double[] lower, double[] upper, IReadOnlyList<int> zeros)
    {
        (_network, _pattern, _x, _lower, _upper) = (network, pattern, x, lower, upper);
        _free = [.. Enumerable.Range(0, x.Length).Where(i => lower[i] < upper[i])];
        _rows = RegionRows.Of(network, pattern);
        CriticalNeurons = [.. zeros.Where(k => !_rows.IsNull[k]).Select(network.NeuronAt)];
        var distances = AddHalfSpaces();
        var rows = new double[_halfSpaces.Count * _free.Length];
        for (var k = 0; k < _halfSpaces.Count; k++)
        {
            for (var i = 0; i < _free.Length; i++)
            {
                rows[(k * _free.Length) + i] = _halfSpaces[k].Normal[_free[i]];
            }
        }
        _polyhedron = new(rows, [.. distances], [.. _free.Select(i => x[i])]);
        _facets = new(() => FacetsBefore(CancellationToken.None));
    }

    /// <summary>Of all hidden neurons, layer after layer: whether z &gt; 0.</summary>
    public IReadOnlyList<bool> Pattern => _pattern;

    /// <summary>
    /// Neurons for which the point is critical: z is 0 there up to rounding, so that it lies in several closed regions. This one has them
    /// inactive unless rounding made z positive; the others are neighbours. A neuron that is 0 in the whole region has no critical point.
    /// </summary>
    public IReadOnlyList<Neuron> CriticalNeurons { get; }

    /// <summary>Every different half-space, of neurons and of the box: those of several neurons once.</summary>
    public IReadOnlyList<HalfSpace> HalfSpaces => _halfSpaces;

    /// <summary>Neurons whose z does not change within the region (nor ever, for dead ones).</summary>
    public IReadOnlyList<Neuron> ConstantNeurons => [.. Enumerable.Range(0, _pattern.Length).Where(k => _rows.IsNull[k]).Select(_network.NeuronAt)];

    /// <summary>Whether it has no inside: no open set has this pattern, as at some points where neurons are critical.</summary>
    public bool IsFlat => _polyhedron.IsFlat;

    /// <summary>Radius of the largest ball inside; 0 if it is flat, ∞ if balls of any size fit in.</summary>
    public double ChebyshevRadius => _polyhedron.Radius;

    /// <summary>Its centre; null if the region is flat or balls of any size fit in.</summary>
    public double[]? ChebyshevCentre => IsFlat || _polyhedron.IsUnbounded ? null : Inside;

    /// <summary>A point inside; if it is flat, the point that it was made for.</summary>
    public double[] Inside => Full(_polyhedron.Middle);

    /// <summary>The half-spaces without which the region would be larger; none if it is flat.</summary>
    public IReadOnlyList<Facet> Facets => _facets.Value;

    /// <summary>The hyperplane nearest to the point and its distance; null if no neuron depends on the inputs.</summary>
    public (double Distance, HalfSpace HalfSpace)? Nearest { get; private set; }

    /// <summary>The region of a point.</summary>
    /// <param name="graph">As for <see cref="PlaneSlice.Of"/>.</param>
    /// <param name="x">The point [n].</param>
    /// <param name="lower">The box; null: none. Inputs with one value are constants: the region is one of the others.</param>
    /// <param name="upper">See <paramref name="lower"/>.</param>
    /// <exception cref="ArgumentException">
    /// Another network or length, numbers that are not finite, a box that does not contain the point, a network too large for its half-spaces.
    /// </exception>
    public static LinearRegion At(NetworkGraph graph, ReadOnlySpan<double> x, double[]? lower = null, double[]? upper = null)
    {
        var network = PiecewiseNetwork.Of(graph);
        network.ThrowUnlessInput(nameof(x), x);
        RegionRows.ThrowUnlessSmall(network);
        double[] Bounds(string name, double[]? given, double none)
        {
            if (given is not null)
            {
                network.ThrowUnlessInput(name, given);
                return [.. given];
            }
            var bounds = new double[network.Inputs];
            Array.Fill(bounds, none);
            return bounds;
        }
        var (low, high) = (Bounds(nameof(lower), lower, double.NegativeInfinity), Bounds(nameof(upper), upper, double.PositiveInfinity));
        for (var i = 0; i < x.Length; i++)
        {
            if (!(low[i] <= x[i] && x[i] <= high[i]))
            {
                throw new ArgumentException($"x[{i}] is {x[i]}; the box allows {low[i]} to {high[i]}.", nameof(x));
            }
        }
        var (pattern, _, critical) = Along(network, x, null, []);
        return new(network, pattern, x.ToArray(), low, high, critical);
    }

    /// <summary>Those of <see cref="Facets"/> that are found before it is stopped.</summary>
    public IReadOnlyList<Facet> FacetsBefore(CancellationToken stop) =>
        [.. _polyhedron.Facets(stop).Select(facet => new Facet(_halfSpaces[facet.Row], Full(facet.Witness), facet.Row))];

    /// <summary>∂f/∂x of an output on the region [n].</summary>
    public double[] Gradient(int output = 0) => OutputRow(output)[..^1].ToArray();

    /// <summary>f = gradient·x + constant.</summary>
    public double Constant(int output = 0) => OutputRow(output)[^1];

    ReadOnlySpan<double> OutputRow(int output)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(output);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(output, _network.Outputs);
        return _rows.Outputs.AsSpan(output * _rows.Width, _rows.Width);
    }

    /// <summary>Rows of length 1, equal ones together; how far each is from x.</summary>
    List<double> AddHalfSpaces()
    {
        var (n, z, distances) = (_x.Length, _network.PreActivations(_x), new List<double>());
        var values = Enumerable.Range(0, _network.Stages.Count).Where(i => _network.Stages[i].Slope is not null).SelectMany(i => z[i]).ToArray();
        for (var k = 0; k < _pattern.Length; k++)
        {
            if (_rows.IsNull[k])
            {
                continue;
            }
            var (normal, sign) = (new double[n], _pattern[k] ? -1 : 1);
            foreach (var i in _free)
            {
                normal[i] = sign * _rows.Neurons[(k * _rows.Width) + i];
            }
            var norm = TensorPrimitives.Norm<double>(normal);
            if (norm > 0)
            {
                TensorPrimitives.Divide(normal, norm, normal);
                Add(normal, Math.Max(0, -sign * values[k] / norm), _network.NeuronAt(k));
            }
        }
        Nearest = _halfSpaces.Count == 0 ? null : _halfSpaces.Zip(distances, (half, distance) => (distance, half)).MinBy(each => each.distance);
        foreach (var i in _free)
        {
            for (var side = -1; side <= 1; side += 2)
            {
                var distance = side < 0 ? _x[i] - _lower[i] : _upper[i] - _x[i];
                if (double.IsFinite(distance))
                {
                    var normal = new double[n];
                    normal[i] = side;
                    _halfSpaces.Add(new(normal, side * _x[i] + distance, [], (i, side)));
                    distances.Add(distance);
                }
            }
        }
        return distances;

        void Add(double[] normal, double distance, Neuron neuron)
        {
            for (var other = 0; other < _halfSpaces.Count; other++)
            {
                if (Math.Abs(distance - distances[other]) <= Rounding * Math.Max(distance, distances[other]) + (Rounding * Scale(distance))
                    && IsNear(normal, _halfSpaces[other].Normal))
                {
                    _halfSpaces[other] = _halfSpaces[other] with { Neurons = [.. _halfSpaces[other].Neurons, neuron] };
                    return;
                }
            }
            _halfSpaces.Add(new(normal, TensorPrimitives.Dot<double>(normal, _x) + distance, [neuron], null));
            distances.Add(distance);
        }
    }

    double Scale(double distance) => Math.Max(distance, TensorPrimitives.Norm<double>(_x));

    static bool IsNear(double[] a, IReadOnlyList<double> b)
    {
        for (var i = 0; i < a.Length; i++)
        {
            if (Math.Abs(a[i] - b[i]) > Rounding)
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>An input of which only the free numbers are given.</summary>
    double[] Full(double[] free)
    {
        var full = _x.ToArray();
        for (var i = 0; i < _free.Length; i++)
        {
            full[_free[i]] = Math.Clamp(free[i], _lower[_free[i]], _upper[_free[i]]);
        }
        return full;
    }
}

/// <summary>Normal·x ≤ Limit, Normal of length 1, pointing out of the region.</summary>
/// <param name="Normal">[n].</param>
/// <param name="Limit">See above.</param>
/// <param name="Neurons">All whose pre-activation is 0 on its border; none for the box.</param>
/// <param name="Box">Of the box: which input, and −1 for its lower or 1 for its upper bound.</param>
public sealed record HalfSpace(IReadOnlyList<double> Normal, double Limit, IReadOnlyList<Neuron> Neurons, (int Input, int Side)? Box)
{
    /// <inheritdoc/>
    public override string ToString() => Box is { } box ? $"box x{box.Input} {(box.Side < 0 ? "lower" : "upper")}" : string.Join(", ", Neurons);
}

/// <summary>A side of a region.</summary>
public sealed record Facet
{
    internal Facet(HalfSpace halfSpace, double[] witness, int row) => (HalfSpace, Witness, Row) = (halfSpace, witness, row);

    /// <summary>Whose border it lies on.</summary>
    public HalfSpace HalfSpace { get; }

    /// <summary>A point of it that lies strictly within every other half-space.</summary>
    public IReadOnlyList<double> Witness { get; }

    internal int Row { get; }
}
