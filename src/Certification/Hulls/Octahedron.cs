namespace RL.Certification;

/// <summary>
/// The polytope {z : z between bounds, Σ s_i z_i ≤ bound for every s of numbers −1, 0 and 1} of a few values (Clarisó and Cortadella 2007): what is
/// known of the pre-activations of a group of neurons, and its corners in every orthant.
/// </summary>
sealed class Octahedron
{
    const double OnPlane = 1e-12;        // of the largest bound

    readonly double[] _bounds;
    readonly double _size;

    /// <param name="count">How many values, up to 3.</param>
    /// <param name="bound">The largest value of Σ s_i z_i.</param>
    public Octahedron(int count, Func<int[], double> bound)
    {
        (Count, Directions) = (count, [.. Enumerable.Range(0, (int)Math.Pow(3, count)).Select(number => Direction(number, count)).Where(s => s.Any(i => i != 0))]);
        _bounds = Array.ConvertAll(Directions, s => bound(s));
        _size = Math.Max(_bounds.Max(Math.Abs), double.Epsilon);
    }

    /// <summary>How many values.</summary>
    public int Count { get; }

    /// <summary>All s but 0.</summary>
    public int[][] Directions { get; }

    /// <summary>Bounds of value i.</summary>
    public (double Lower, double Upper) this[int i] => (-Of(i, -1), Of(i, 1));

    /// <summary>Corners of the part in which values are ≥ 0 where the phases' bit is 1, and ≤ 0 elsewhere: none if it is empty.</summary>
    public List<double[]> Corners(int phases)
    {
        // Beginning with the box in the orthant, every half-space cuts off the corners beyond it and puts new ones on the edges it crosses. An edge joins two
        // corners if no other corner lies on all the planes that both lie on.
        List<Corner> corners = [new(new double[Count], 0)];
        var planes = 0;
        for (var i = 0; i < Count; i++)
        {
            var (lower, upper) = this[i];
            var (least, most) = (phases >> i & 1) == 1 ? (Math.Max(lower, 0), upper) : (lower, Math.Min(upper, 0));
            if (least > most)
            {
                return [];
            }
            var axis = i;
            Corner At(Corner corner, double z, int plane)
            {
                var moved = (double[])corner.Z.Clone();
                moved[axis] = z;
                return new(moved, corner.Planes | 1UL << plane);
            }
            var (first, second) = (planes++, planes++);
            corners = [.. corners.Select(corner => At(corner, least, first)), .. corners.Select(corner => At(corner, most, second))];
        }
        for (var row = 0; row < Directions.Length && corners.Count > 0; row++)
        {
            if (Directions[row].Count(s => s != 0) > 1)
            {
                corners = Cut(corners, Directions[row], _bounds[row], planes++);
            }
        }
        return [.. corners.Select(corner => corner.Z)];
    }

    /// <summary>The largest value of a·z over the part in the orthant, by a linear program's multipliers; −∞ if its bounds leave nothing.</summary>
    public double Most(ReadOnlySpan<double> a, int phases)
    {
        using var program = InOrthant(phases, 0);
        return program?.Maximize([.. a, 0]).Bound ?? double.NegativeInfinity;
    }

    /// <summary>Whether the part in the orthant is proven to be empty: how far its planes must be moved is above 0.</summary>
    public bool IsEmpty(int phases)
    {
        using var program = InOrthant(phases, 4 * Count * _size);
        return program is null || program.Maximize(Count, -1).Bound < 0;
    }

    /// <summary>The part in an orthant; with slack, planes may be moved by one more variable up to that.</summary>
    LinearProgram? InOrthant(int phases, double slack)
    {
        var program = new LinearProgram();
        for (var i = 0; i < Count; i++)
        {
            var (lower, upper) = this[i];
            var (least, most) = (phases >> i & 1) == 1 ? (Math.Max(lower, 0), upper) : (lower, Math.Min(upper, 0));
            if (least > most)
            {
                program.Dispose();
                return null;
            }
            program.AddVariable(least, most);
        }
        program.AddVariable(0, slack);
        int[] columns = [.. Enumerable.Range(0, Count + 1)];
        for (var row = 0; row < Directions.Length; row++)
        {
            if (Directions[row].Count(s => s != 0) > 1)
            {
                program.AddRow(columns, [.. Directions[row], -1], double.NegativeInfinity, _bounds[row]);
            }
        }
        return program;
    }

    List<Corner> Cut(List<Corner> corners, int[] direction, double bound, int plane)
    {
        var beyond = corners.Select(corner => direction.Zip(corner.Z, (s, z) => s * z).Sum() - bound).ToArray();
        var room = OnPlane * _size;
        List<Corner> kept = [];
        for (var i = 0; i < corners.Count; i++)
        {
            if (beyond[i] <= room)
            {
                kept.Add(beyond[i] < -room ? corners[i] : corners[i] with { Planes = corners[i].Planes | 1UL << plane });
            }
        }
        for (var i = 0; i < corners.Count; i++)
        {
            for (var j = 0; beyond[i] > room && j < corners.Count; j++)
            {
                if (beyond[j] < -room && IsEdge(corners, i, j))
                {
                    var share = beyond[i] / (beyond[i] - beyond[j]);
                    kept.Add(new(
                        [.. corners[i].Z.Zip(corners[j].Z, (outer, inner) => outer + (share * (inner - outer)))],
                        (corners[i].Planes & corners[j].Planes) | 1UL << plane));
                }
            }
        }
        return kept;
    }

    static bool IsEdge(List<Corner> corners, int i, int j)
    {
        var common = corners[i].Planes & corners[j].Planes;
        for (var k = 0; k < corners.Count; k++)
        {
            if (k != i && k != j && (corners[k].Planes & common) == common && !corners[k].Z.AsSpan().SequenceEqual(corners[i].Z) && !corners[k].Z.AsSpan().SequenceEqual(corners[j].Z))
            {
                return false;
            }
        }
        return true;
    }

    double Of(int value, int sign) => _bounds[Array.FindIndex(Directions, s => s.Select((number, i) => i == value ? number == sign : number == 0).All(fits => fits))];

    static int[] Direction(int number, int count)
    {
        var direction = new int[count];
        for (var i = 0; i < count; i++, number /= 3)
        {
            direction[i] = (number % 3) - 1;
        }
        return direction;
    }

    /// <summary>A corner, and the planes that it lies on, bit by bit.</summary>
    sealed record Corner(double[] Z, ulong Planes);
}
