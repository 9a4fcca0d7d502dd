namespace RL.Certification;

/// <summary>
/// Cuts the square [−1, 1]² of a slice along every neuron, layer after layer and cell after cell: on a cell of the layers before, z is affine, and
/// a polygon with corners of both signs is cut in two. Signs come from floats with a bound of their error, and from whole numbers where
/// that does not decide.
/// </summary>
sealed class SliceCutter
{
    /// <summary>Coefficients of an affine function of s and t.</summary>
    const int Coefficients = 3;

    /// <summary>Of the square.</summary>
    public const double Area = 4;

    const double Unit = 1.0 / (1L << 53);

    /// <summary>Bounds are computed in floats too.</summary>
    const double Room = 1 + 1e-9;

    readonly PiecewiseNetwork _network;
    readonly int _mostCells;
    readonly List<SliceCell> _cells = [];
    readonly int[] _perLayer;
    readonly Forms _inputs;
    readonly Lazy<ExactNetwork> _exact;
    readonly Action<int, double>? _found;
    readonly CancellationToken _stop;
    double _covered;

    // Of the corners of the polygon that was looked at last.
    double[] _values = [], _bounds = [];
    int[] _signs = [];

    public SliceCutter(PiecewiseNetwork network, double[] origin, double[] d1, double[] d2, int mostCells, Action<int, double>? found, CancellationToken stop)
    {
        (_network, _mostCells, _perLayer, _found, _stop) = (network, mostCells, new int[network.Layers], found, stop);
        _inputs = Forms.Inputs([d1, d2, origin], 0);
        _exact = new(() => new(network, [.. origin.Select((at, j) => new[] { d1[j], d2[j], at })]));
    }

    public IReadOnlyList<SliceCell> Cells => _cells;

    public IReadOnlyList<int> PerLayer => _perLayer;

    /// <summary>How often z of a neuron was 0 on a whole cell.</summary>
    public int Vanishing { get; private set; }

    /// <summary>Signs that floats did not decide.</summary>
    public long ExactSigns { get; private set; }

    /// <summary>Whether there are more cells.</summary>
    public bool IsStopped { get; private set; }

    public void Run()
    {
        var z = Forms.Bias(_network.Stages[0], Coefficients);
        for (var j = 0; j < _network.Inputs; j++)
        {
            z.Add(_network.Stages[0], j, _inputs, 1);
        }
        Descend(0, 0, new(SlicePolygon.Square(), []), z, new(() => new(_exact.Value, null, null, 0)));
    }

    /// <summary>A polygon and the pattern so far.</summary>
    sealed record Piece(SlicePolygon Polygon, bool[] Pattern);

    void Descend(int stage, int layer, Piece piece, Forms z, Lazy<ExactCell> exact)
    {
        if (_cells.Count == _mostCells || (_cells.Count > 0 && _stop.IsCancellationRequested))
        {
            IsStopped = true;
            return;
        }
        var affine = _network.Stages[stage];
        if (stage == _network.Stages.Count - 1)
        {
            _cells.Add(new(piece.Polygon, piece.Pattern, z, exact));
            if (_found is not null)
            {
                _covered += _cells[^1].Area;
                _found(_cells.Count, _covered / Area);
            }
            return;
        }
        var next = Forms.Bias(_network.Stages[stage + 1], Coefficients);
        if (affine.Slope is not { } slope)
        {
            for (var j = 0; j < z.Count; j++)
            {
                next.Add(_network.Stages[stage + 1], j, z, 1);
            }
            Descend(stage + 1, layer, piece, next, new(() => exact.Value.Next([])));
            return;
        }
        var (pieces, isActive, cutting) = Cut(layer, piece.Polygon, z, exact);
        _perLayer[layer] += pieces.Count;
        // What all pieces have in common once, the neurons that cut for each piece.
        var isCutting = new bool[z.Count];
        cutting.ForEach(j => isCutting[j] = true);
        for (var j = 0; j < z.Count; j++)
        {
            if (!isCutting[j])
            {
                next.Add(_network.Stages[stage + 1], j, z, isActive[j] ? 1 : slope);
            }
        }
        foreach (var (polygon, above) in pieces)
        {
            var active = isActive.ToArray();
            var own = pieces.Count == 1 ? next : next.Clone();
            for (var c = 0; c < cutting.Count; c++)
            {
                active[cutting[c]] = above[c];
                own.Add(_network.Stages[stage + 1], cutting[c], z, above[c] ? 1 : slope);
            }
            Descend(stage + 1, layer + 1, new(polygon, [.. piece.Pattern, .. active]), own, new(() => exact.Value.Next(active)));
        }
    }

    /// <summary>The pieces of a cell of the layers before, and of each on which sides of the neurons that cut the cell it lies.</summary>
    (List<(SlicePolygon Polygon, List<bool> Above)> Pieces, bool[] IsActive, List<int> Cutting) Cut(
        int layer, SlicePolygon cell, Forms z, Lazy<ExactCell> exact)
    {
        var pieces = new List<(SlicePolygon Polygon, List<bool> Above)> { (cell, []) };
        var (isActive, cutting) = (new bool[z.Count], new List<int>());
        for (var k = 0; k < z.Count; k++)
        {
            var (hasAbove, hasBelow) = Signs(cell, z, k, exact);
            if (!(hasAbove && hasBelow))
            {
                isActive[k] = hasAbove;
                Vanishing += hasAbove || hasBelow ? 0 : pieces.Count;
                continue;
            }
            cutting.Add(k);
            var line = new SliceLine(new(layer, k), exact, k, null);
            var count = pieces.Count;
            for (var i = 0; i < count; i++)
            {
                var (polygon, above) = pieces[i];
                (hasAbove, hasBelow) = count == 1 ? (true, true) : Signs(polygon, z, k, exact);
                if (hasAbove && hasBelow)
                {
                    var (upper, lower) = Split(polygon, line);
                    pieces[i] = (upper, [.. above, true]);
                    pieces.Add((lower, [.. above, false]));
                    continue;
                }
                Vanishing += hasAbove || hasBelow ? 0 : 1;
                above.Add(hasAbove);
            }
        }
        return (pieces, isActive, cutting);
    }

    /// <summary>Signs of neuron k at the corners, and whether there are positive and negative ones.</summary>
    (bool HasAbove, bool HasBelow) Signs(SlicePolygon polygon, Forms z, int k, Lazy<ExactCell> exact)
    {
        if (polygon.Corners.Length > _signs.Length)
        {
            (_values, _bounds, _signs) = (new double[2 * polygon.Corners.Length], new double[2 * polygon.Corners.Length], new int[2 * polygon.Corners.Length]);
        }
        var (a, b, c) = (z.Coefficients[0][k], z.Coefficients[1][k], z.Coefficients[2][k]);
        var magnitude = Math.Abs(a) + Math.Abs(b) + Math.Abs(c);
        var fix = (z.Errors[k] + (4 * Unit * magnitude)) * Room;
        var (hasAbove, hasBelow) = (false, false);
        for (var i = 0; i < polygon.Corners.Length; i++)
        {
            var corner = polygon.Corners[i];
            var value = (a * corner.S) + (b * corner.T) + c;
            var bound = fix + (magnitude * corner.Error * Room);
            var sign = value > bound ? 1 : value < -bound ? -1 : 0;
            if (sign == 0)
            {
                ExactSigns++;
                sign = corner.Sign(exact.Value.Form(k));
            }
            (_values[i], _bounds[i], _signs[i]) = (value, bound, sign);
            hasAbove |= sign > 0;
            hasBelow |= sign < 0;
        }
        return (hasAbove, hasBelow);
    }

    /// <summary>The two parts of a polygon whose signs were found last.</summary>
    (SlicePolygon Upper, SlicePolygon Lower) Split(SlicePolygon polygon, SliceLine line)
    {
        var (values, bounds, signs) = (_values, _bounds, _signs);
        var (corners, sides) = (polygon.Corners, polygon.Sides);
        var (upper, lower) = (new List<SlicePoint>(corners.Length + 1), new List<SlicePoint>(corners.Length + 1));
        var (upperSides, lowerSides) = (new List<SliceLine>(corners.Length + 1), new List<SliceLine>(corners.Length + 1));
        for (var i = 0; i < corners.Length; i++)
        {
            var next = i + 1 < corners.Length ? i + 1 : 0;
            var (here, there) = (signs[i], signs[next]);
            // A corner on the line belongs to both; the side behind it is the line for the one that the polygon leaves there.
            if (here >= 0)
            {
                upper.Add(corners[i]);
                upperSides.Add(here == 0 && there < 0 ? line : sides[i]);
            }
            if (here <= 0)
            {
                lower.Add(corners[i]);
                lowerSides.Add(here == 0 && there > 0 ? line : sides[i]);
            }
            if (here * there < 0)
            {
                var crossing = Crossing(sides[i], line, corners[i], corners[next], values[i], values[next], bounds[i] + bounds[next]);
                upper.Add(crossing);
                upperSides.Add(here > 0 ? line : sides[i]);
                lower.Add(crossing);
                lowerSides.Add(here < 0 ? line : sides[i]);
            }
        }
        return (new([.. upper], [.. upperSides]), new([.. lower], [.. lowerSides]));
    }

    static SlicePoint Crossing(SliceLine side, SliceLine line, SlicePoint from, SlicePoint to, double atFrom, double atTo, double bound)
    {
        var share = atFrom / (atFrom - atTo);
        var (ds, dt) = (to.S - from.S, to.T - from.T);
        var wrong = bound / (Math.Abs(atFrom) + Math.Abs(atTo) - bound);
        var error = Math.Max(from.Error, to.Error) + (wrong is >= 0 and < 1 ? Math.Max(Math.Abs(ds), Math.Abs(dt)) * wrong : double.NaN) + (4 * Unit);
        return new(side, line, from.S + (share * ds), from.T + (share * dt), error * Room);
    }
}
