using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>
/// {x : a_k·x ≤ g_k}, rows of length 1, seen from its Chebyshev centre in units of its radius: {y : a_k·y ≤ s_k} with s_k ≥ 1, so that
/// tolerances mean the same at every scale.
/// </summary>
sealed class Polyhedron
{
    /// <summary>A radius below this, relative to the distances of hyperplanes from the base point, is 0.</summary>
    const double Flat = 1e-11;

    /// <summary>By how much a row must be violated without itself in order to be a facet.</summary>
    const double Tolerance = 1e-9;

    readonly int _size;
    readonly double[] _rows;            // a, row after row
    readonly double[] _slack;           // s
    readonly int[] _all;
    readonly double[] _centre;
    readonly double _unit;              // what y is in units of

    /// <param name="rows">a_k, of length 1 [rows×n].</param>
    /// <param name="distances">g_k − a_k·x₀ ≥ 0: how far the base point is from each.</param>
    /// <param name="basePoint">x₀, in it or on its border [n].</param>
    public Polyhedron(double[] rows, double[] distances, double[] basePoint)
    {
        (_size, _rows, _centre) = (basePoint.Length, rows, [.. basePoint]);
        _all = [.. Enumerable.Range(0, distances.Length)];
        var positive = distances.Where(distance => distance > 0).Order().ToArray();
        _unit = positive.Length == 0 || _size == 0 ? 1 : Math.ScaleB(1, Math.ILogB(positive[positive.Length / 2]));
        _slack = Array.ConvertAll(distances, distance => distance / _unit);
        if (_size == 0)
        {
            return;
        }
        var (u, r, isUnbounded) = Centre();
        if (!(r > Flat))
        {
            return;
        }
        (IsFlat, IsUnbounded, Radius) = (false, isUnbounded, isUnbounded ? double.PositiveInfinity : r * _unit);
        for (var i = 0; i < _size; i++)
        {
            _centre[i] += _unit * u[i];
        }
        for (var k = 0; k < _slack.Length; k++)
        {
            _slack[k] = (_slack[k] - Dot(k, u)) / r;
        }
        _unit *= r;
    }

    /// <summary>Without an inside.</summary>
    public bool IsFlat { get; } = true;

    /// <summary>Whether balls of any size fit in.</summary>
    public bool IsUnbounded { get; }

    /// <summary>Of the largest ball; 0: flat, ∞: unbounded.</summary>
    public double Radius { get; }

    /// <summary>Its centre; where balls of any size fit in, an inner point.</summary>
    public double[] Middle => _centre;

    /// <summary>max c·x: its place, the rows that bind, and whether it is bounded.</summary>
    public (double[] X, int[] Binding, int[] Tight, bool IsUnbounded) Maximize(ReadOnlySpan<double> objective)
    {
        var norm = TensorPrimitives.Norm(objective);
        if (norm == 0 || _size == 0)
        {
            return ([.. _centre], [], [], false);
        }
        var direction = new double[_size];
        TensorPrimitives.Divide(objective, norm, direction);
        var program = Program(_size);
        if (double.IsNaN(program.Maximize(direction, _rows, _slack, _all)))
        {
            return ([.. _centre], [], [], false);
        }
        var tight = _all.Where(k => Math.Abs(Dot(k, program.Y) - _slack[k]) <= 1e-8 * Math.Max(1, _slack[k])).ToArray();
        return (ToX(program.Y), [.. program.Binding], tight, program.IsUnbounded);
    }

    /// <summary>The rows that are facets, each with a point that lies on it and strictly within all others.</summary>
    /// <param name="stop">Ends it with those that are known.</param>
    public List<(int Row, double[] Witness)> Facets(CancellationToken stop = default)
    {
        var facets = new SortedDictionary<int, double[]>();
        if (IsFlat)
        {
            return [];
        }
        var undecided = _all.OrderBy(k => _slack[k]).ToList();
        foreach (var k in undecided)
        {
            // The foot of the centre on its own plane is on the facet for most of them.
            Shoot(_rows.AsSpan(k * _size, _size), facets);
        }
        var program = Program(_size);
        foreach (var k in undecided)
        {
            // Clarkson: a row that no point within the facets found so far violates is redundant; a point that does leads to another facet.
            for (var tries = 0; !stop.IsCancellationRequested && !facets.ContainsKey(k) && tries < 2 * _all.Length; tries++)
            {
                var limit = _slack[k];
                _slack[k] += 1;
                var most = program.Maximize(_rows.AsSpan(k * _size, _size), _rows, _slack, [.. facets.Keys, k]);
                _slack[k] = limit;
                if (!(most > limit + (Tolerance * Math.Max(1, limit))) || !(Shoot(program.Y, facets) || ShootBeside(k, program.Y, facets)))
                {
                    break;
                }
            }
        }
        return [.. facets.Select(facet => (facet.Key, ToX(facet.Value)))];
    }

    /// <summary>The centre of the largest ball within a facet, and its radius.</summary>
    public (double[] X, double Radius) FacetCentre(int facet)
    {
        var width = _size + 1;
        var normal = _rows.AsSpan(facet * _size, _size);
        var (rows, limits) = (new double[(_slack.Length + 2) * width], new double[_slack.Length + 2]);
        for (var k = 0; k < _slack.Length; k++)
        {
            var row = rows.AsSpan(k * width, width);
            _rows.AsSpan(k * _size, _size).CopyTo(row);
            var along = TensorPrimitives.Dot<double>(normal, row[.._size]);
            row[_size] = k == facet ? 0 : Math.Sqrt(Math.Max(0, 1 - (along * along)));
            limits[k] = _slack[k];
        }
        // On the facet: both sides of its plane. The ball is not to be larger than that of the polyhedron.
        var cap = _slack.Length + 1;
        TensorPrimitives.Negate<double>(normal, rows.AsSpan(_slack.Length * width, _size));
        limits[_slack.Length] = -_slack[facet];
        (rows[(cap * width) + _size], limits[cap]) = (1, 1);
        var objective = new double[width];
        objective[_size] = 1;
        var program = Program(width);
        var radius = program.Maximize(objective, rows, limits, [.. Enumerable.Range(0, limits.Length)]);
        return (ToX(program.Y.AsSpan(0, _size)), Math.Max(0, radius) * _unit);
    }

    /// <summary>The row that a ray from the centre meets first, if it meets it alone, is a facet; false if it meets none or several.</summary>
    bool Shoot(ReadOnlySpan<double> direction, SortedDictionary<int, double[]> facets)
    {
        var (first, least, next) = (-1, double.PositiveInfinity, double.PositiveInfinity);
        for (var k = 0; k < _slack.Length; k++)
        {
            var rate = TensorPrimitives.Dot(_rows.AsSpan(k * _size, _size), direction);
            if (rate * least > _slack[k])
            {
                (first, least, next) = (k, _slack[k] / rate, least);
            }
            else if (rate * next > _slack[k])
            {
                next = _slack[k] / rate;
            }
        }
        if (first < 0 || !(next - least > Tolerance * least))
        {
            return false;
        }
        if (!facets.ContainsKey(first))
        {
            var witness = new double[_size];
            TensorPrimitives.Multiply(direction, least, witness);
            facets.Add(first, witness);
        }
        return true;
    }

    /// <summary>A ray that met several rows at once is turned a little; then towards the violated row.</summary>
    bool ShootBeside(int row, ReadOnlySpan<double> direction, SortedDictionary<int, double[]> facets)
    {
        var (turned, known) = (new double[_size], facets.Count);
        var length = TensorPrimitives.Norm(direction);
        for (var attempt = 0; attempt < 24 && facets.Count == known; attempt++)
        {
            var share = Math.ScaleB(length, -3 - attempt);
            for (var i = 0; i < _size; i++)
            {
                // Fractions of multiples of the golden ratio: the same directions in every run.
                var fraction = ((attempt * _size) + i + 1) * 0.6180339887498949;
                turned[i] = direction[i] + (share * ((2 * (fraction - Math.Floor(fraction))) - 1)) + (share * _rows[(row * _size) + i]);
            }
            Shoot(turned, facets);
        }
        return facets.Count > known;
    }

    (double[] U, double R, bool IsUnbounded) Centre()
    {
        // max r subject to a_k·u + r ≤ distance_k; the last row caps r, where it has no bound of its own.
        var (width, count) = (_size + 1, _slack.Length);
        var (rows, limits) = (new double[(count + 1) * width], new double[count + 1]);
        for (var k = 0; k < count; k++)
        {
            _rows.AsSpan(k * _size, _size).CopyTo(rows.AsSpan(k * width));
            (rows[(k * width) + _size], limits[k]) = (1, _slack[k]);
        }
        (rows[(count * width) + _size], limits[count]) = (1, Math.Max(1, _slack.DefaultIfEmpty(1).Max()));
        var objective = new double[width];
        objective[_size] = 1;
        var program = Program(width);
        var r = program.Maximize(objective, rows, limits, _all);
        var isUnbounded = program.IsUnbounded;
        if (isUnbounded)
        {
            r = program.Maximize(objective, rows, limits, [.. _all, count]);
        }
        return (program.Y[.._size], r, isUnbounded);
    }

    RowProgram Program(int size) => new(size, Math.ScaleB(1, 20) * Math.Max(1, _slack.DefaultIfEmpty(1).Max()));

    double Dot(int row, ReadOnlySpan<double> y) => TensorPrimitives.Dot(_rows.AsSpan(row * _size, _size), y);

    double[] ToX(ReadOnlySpan<double> y)
    {
        var x = new double[_size];
        for (var i = 0; i < _size; i++)
        {
            x[i] = _centre[i] + (_unit * y[i]);
        }
        return x;
    }
}
