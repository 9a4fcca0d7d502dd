using System.Numerics.Tensors;

namespace RL.Certification;

/// <summary>
/// The linear program max c·y subject to A y ≤ g, for few variables and many rows: the dual simplex method with a dense inverse, from a corner of the
/// cube |y| ≤ size inwards, the row violated most first. Rows are of length about 1 and g of about 1 or more; what is solved is recomputed from the
/// rows that are tight.
/// </summary>
/// <param name="size">n.</param>
/// <param name="cube">Half the side of the cube that stands for "unbounded".</param>
sealed class RowProgram(int size, double cube)
{
    const double Tolerance = 1e-10;
    const int Refresh = 64;

    readonly int[] _basis = new int[size];               // rows that are tight; −1 − i: the cube's side of variable i
    readonly double[] _inverse = new double[size * size];        // columns: y moves along column p when basis row p gets slack
    readonly double[] _multipliers = new double[size];
    readonly double[] _direction = new double[size];
    double[] _sign = [];                                 // of the cube's sides that it begins with

    /// <summary>Where the maximum is [n].</summary>
    public double[] Y { get; } = new double[size];

    /// <summary>The rows that are tight at the maximum; the numbers given to <see cref="Maximize"/>.</summary>
    public IEnumerable<int> Tight => _basis.Where(row => row >= 0);

    /// <summary>Those of them without which it would be larger.</summary>
    public IEnumerable<int> Binding => _basis.Where((row, place) => row >= 0 && _multipliers[place] > Tolerance);

    /// <summary>Whether it ends at the cube.</summary>
    public bool IsUnbounded { get; private set; }

    /// <summary>c·y at the maximum; NaN if no y is feasible.</summary>
    /// <param name="objective">c [n].</param>
    /// <param name="rows">A, row after row.</param>
    /// <param name="limits">g.</param>
    /// <param name="used">Which rows count.</param>
    public double Maximize(ReadOnlySpan<double> objective, double[] rows, double[] limits, ReadOnlySpan<int> used)
    {
        for (var i = 0; i < size; i++)
        {
            _basis[i] = -1 - i;
        }
        _sign = objective.ToArray();
        Array.Clear(_inverse);
        for (var i = 0; i < size; i++)
        {
            _sign[i] = _sign[i] < 0 ? -1 : 1;
            _inverse[(i * size) + i] = _sign[i];
            Y[i] = _sign[i] * cube;
            _multipliers[i] = Math.Abs(objective[i]);
        }
        var most = 50 * (size + used.Length);
        for (var iteration = 1; ; iteration++)
        {
            if (iteration % Refresh == 0)
            {
                Recompute(objective, rows, limits);
            }
            var entering = MostViolated(rows, limits, used, isFirst: iteration > most / 2);
            if (entering < 0)
            {
                if (iteration % Refresh != 0)
                {
                    Recompute(objective, rows, limits);
                    if (MostViolated(rows, limits, used, isFirst: false) is var again && again >= 0 && iteration < most)
                    {
                        continue;
                    }
                }
                break;
            }
            if (iteration == most || !Pivot(entering, rows, limits))
            {
                return double.NaN;
            }
        }
        IsUnbounded = false;
        for (var place = 0; place < size; place++)
        {
            IsUnbounded |= _basis[place] < 0 && _multipliers[place] > Tolerance;
        }
        return TensorPrimitives.Dot<double>(objective, Y);
    }

    int MostViolated(double[] rows, double[] limits, ReadOnlySpan<int> used, bool isFirst)
    {
        var (entering, most) = (-1, Tolerance);
        foreach (var row in used)
        {
            var violation = TensorPrimitives.Dot<double>(rows.AsSpan(row * size, size), Y) - limits[row];
            if (violation > most * Math.Max(1, Math.Abs(limits[row]) * 1e-3) && Array.IndexOf(_basis, row) < 0)
            {
                (entering, most) = (row, violation);
                if (isFirst)
                {
                    break;
                }
            }
        }
        return entering;
    }

    /// <summary>A violated row becomes tight in the place of the one whose multiplier reaches 0 first; false if none does: nothing is feasible.</summary>
    bool Pivot(int entering, double[] rows, double[] limits)
    {
        // The row as a combination of the tight ones.
        var row = rows.AsSpan(entering * size, size);
        var (leaving, least) = (-1, double.PositiveInfinity);
        for (var place = 0; place < size; place++)
        {
            _direction[place] = TensorPrimitives.Dot<double>(_inverse.AsSpan(place * size, size), row);
        }
        for (var place = 0; place < size; place++)
        {
            if (_direction[place] > Tolerance)
            {
                var ratio = Math.Max(_multipliers[place], 0) / _direction[place];
                if (ratio < least - 1e-12 || (ratio <= least + 1e-12 && leaving >= 0 && _direction[place] > _direction[leaving]))
                {
                    (leaving, least) = (place, ratio);
                }
            }
        }
        if (leaving < 0)
        {
            return false;
        }
        var pivot = _direction[leaving];
        var step = (TensorPrimitives.Dot<double>(row, Y) - limits[entering]) / pivot;
        var moving = _inverse.AsSpan(leaving * size, size);
        for (var i = 0; i < size; i++)
        {
            Y[i] -= step * moving[i];
        }
        TensorPrimitives.Divide(moving, pivot, moving);
        for (var place = 0; place < size; place++)
        {
            if (place != leaving && _direction[place] != 0)
            {
                var other = _inverse.AsSpan(place * size, size);
                TensorPrimitives.MultiplyAdd(moving, -_direction[place], other, other);
                _multipliers[place] -= least * _direction[place];
            }
        }
        _multipliers[leaving] = least;
        _basis[leaving] = entering;
        return true;
    }

    /// <summary>Inverse, corner and multipliers from the tight rows alone.</summary>
    void Recompute(ReadOnlySpan<double> objective, double[] rows, double[] limits)
    {
        // Gauss-Jordan with pivots in columns: [B | I] → [I | B⁻¹].
        var (matrix, inverse) = (new double[size * size], new double[size * size]);
        for (var place = 0; place < size; place++)
        {
            if (_basis[place] is var row && row >= 0)
            {
                rows.AsSpan(row * size, size).CopyTo(matrix.AsSpan(place * size));
            }
            else
            {
                matrix[(place * size) + (-1 - row)] = _sign[-1 - row];
            }
            inverse[(place * size) + place] = 1;
        }
        for (var column = 0; column < size; column++)
        {
            var best = column;
            for (var place = column + 1; place < size; place++)
            {
                best = Math.Abs(matrix[(place * size) + column]) > Math.Abs(matrix[(best * size) + column]) ? place : best;
            }
            if (matrix[(best * size) + column] == 0)
            {
                return;
            }
            Swap(matrix, best, column);
            Swap(inverse, best, column);
            var own = matrix.AsSpan(column * size, size);
            var ownInverse = inverse.AsSpan(column * size, size);
            var scale = 1 / own[column];
            TensorPrimitives.Multiply(own, scale, own);
            TensorPrimitives.Multiply(ownInverse, scale, ownInverse);
            for (var place = 0; place < size; place++)
            {
                if (place != column && matrix[(place * size) + column] is var factor && factor != 0)
                {
                    var other = matrix.AsSpan(place * size, size);
                    TensorPrimitives.MultiplyAdd(own, -factor, other, other);
                    other = inverse.AsSpan(place * size, size);
                    TensorPrimitives.MultiplyAdd(ownInverse, -factor, other, other);
                }
            }
        }
        // inverse[i][p]: y_i per limit of basis row p. Kept transposed.
        Array.Clear(Y);
        for (var place = 0; place < size; place++)
        {
            var limit = _basis[place] >= 0 ? limits[_basis[place]] : cube;
            var multiplier = 0.0;
            for (var i = 0; i < size; i++)
            {
                var element = inverse[(i * size) + place];
                _inverse[(place * size) + i] = element;
                Y[i] += element * limit;
                multiplier += element * objective[i];
            }
            _multipliers[place] = multiplier;
        }
    }

    void Swap(double[] matrix, int a, int b)
    {
        if (a != b)
        {
            for (var i = 0; i < size; i++)
            {
                (matrix[(a * size) + i], matrix[(b * size) + i]) = (matrix[(b * size) + i], matrix[(a * size) + i]);
            }
        }
    }
}
