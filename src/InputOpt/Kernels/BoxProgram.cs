using System.Numerics.Tensors;

namespace RL.InputOpt;

/// <summary>
/// The linear program max a·x over l ≤ x ≤ u and K half-spaces G x + g ≥ 0, by the dual simplex method with long steps: from the
/// corner where a·x is largest it lets in one violated half-space after the other. Dense: for n and K up to some tens. Allocates
/// only to grow.
/// </summary>
sealed class BoxProgram(int inputs)
{
    const double Tolerance = 1e-9;          // of the method; results are valid whatever it is
    const double Emptiness = 1e-7;          // a half-space out of reach by less is taken for reached

    readonly double[] _cost = new double[inputs];            // reduced costs of the nonbasic variables
    readonly double[] _value = new double[inputs];           // at which of their bounds they are
    readonly int[] _nonbasic = new int[inputs];              // 0 … n−1: an input; n + k: what half-space k leaves, Gₖ x + gₖ ≥ 0
    readonly bool[] _moved = new bool[inputs];
    readonly double[] _lagrangian = new double[inputs];
    int[] _basic = [];
    double[] _rows = [], _constants = [];                    // basic = rows·nonbasic + constants
    double[] _normals = [], _offsets = [];                   // G, g
    double[] _lower = [], _upper = [];
    double[] _multipliers = [], _contradiction = [];

    /// <summary>
    /// Where the maximum is [n]; in all half-spaces up to rounding if <see cref="Maximize"/> did not break off.
    /// </summary>
    public double[] X { get; } = new double[inputs];

    /// <summary>K, the number of half-spaces.</summary>
    public int Count { get; private set; }

    /// <summary>What <see cref="Solve"/> ends with: λ ≥ 0 [K] of the half-spaces, which give the bound max (a + λG)·x + λg over the box.</summary>
    public ReadOnlySpan<double> Multipliers => _multipliers.AsSpan(0, Count);

    /// <summary>
    /// λ ≥ 0 [K] after a <see cref="Solve"/> that found no point: the claim is that λ(G x + g) &lt; 0 everywhere in the box (Farkas).
    /// </summary>
    public ReadOnlySpan<double> Contradiction => _contradiction.AsSpan(0, Count);

    public void Clear() => Count = 0;

    /// <summary>G of a half-space.</summary>
    public ReadOnlySpan<double> Normal(int halfSpace) => _normals.AsSpan(halfSpace * inputs, inputs);

    /// <summary>g of a half-space.</summary>
    public double Offset(int halfSpace) => _offsets[halfSpace];

    /// <summary>Adds the half-space factor·(normal·x + offset) ≥ 0, whose normal is a row of a matrix.</summary>
    public void Add(ColumnMatrix<double> normals, int row, double offset, double factor)
    {
        Grow();
        for (var d = 0; d < inputs; d++)
        {
            _normals[(Count * inputs) + d] = factor * normals[d][row];
        }
        _offsets[Count++] = factor * offset;
    }

    /// <summary>Adds the half-space normal·x + offset ≥ 0.</summary>
    public void Add(ReadOnlySpan<double> normal, double offset)
    {
        Grow();
        normal.CopyTo(_normals.AsSpan(Count * inputs, inputs));
        _offsets[Count++] = offset;
    }

    void Grow()
    {
        if (Count == _offsets.Length)
        {
            var size = Math.Max(8, 2 * Count);
            Array.Resize(ref _normals, size * inputs);
            Array.Resize(ref _rows, size * inputs);
            Array.Resize(ref _offsets, size);
            Array.Resize(ref _constants, size);
            Array.Resize(ref _basic, size);
            Array.Resize(ref _multipliers, size);
            Array.Resize(ref _contradiction, size);
        }
    }

    /// <summary>
    /// An upper bound of a·x over the x that the box and the half-spaces allow; −∞ if there are none. It is the Lagrangian at the
    /// multipliers that the method ends with, computed afresh from G and g: valid whatever the method's own rounding, and the
    /// maximum itself but for that.
    /// </summary>
    public double Maximize(ReadOnlySpan<double> a, double[] lower, double[] upper) =>
        Solve(a, lower, upper) ? Lagrangian(a) : double.NegativeInfinity;

    /// <summary>
    /// Looks for the maximum of a·x; false if no x seems to be allowed. Either is as good as the method's rounding and tolerances:
    /// whoever needs more evaluates <see cref="Multipliers"/> or <see cref="Contradiction"/>.
    /// </summary>
    public bool Solve(ReadOnlySpan<double> a, double[] lower, double[] upper)
    {
        var isEmpty = false;
        (_lower, _upper) = (lower, upper);
        a.CopyTo(_cost);
        for (var j = 0; j < inputs; j++)
        {
            (_nonbasic[j], _value[j]) = (j, a[j] > 0 ? upper[j] : lower[j]);
        }
        for (var k = 0; k < Count; k++)
        {
            (_basic[k], _constants[k]) = (inputs + k, _offsets[k]);
        }
        _normals.AsSpan(0, Count * inputs).CopyTo(_rows);
        for (var pivots = 0; pivots < 10 * (inputs + Count); pivots++)
        {
            var (row, excess) = MostViolated();
            if (row < 0)
            {
                break;
            }
            var entering = Entering(row, ref excess);
            if (entering < 0)
            {
                // Nothing is left that could mend the row.
                isEmpty = Math.Abs(excess) > Emptiness;
                if (isEmpty)
                {
                    ReadContradiction(row, isAbove: excess > 0);
                }
                break;
            }
            Pivot(row, entering, isAbove: excess > 0);
        }
        ReadX();
        Array.Clear(_multipliers);
        for (var j = 0; j < inputs; j++)
        {
            if (_nonbasic[j] >= inputs)
            {
                _multipliers[_nonbasic[j] - inputs] = Math.Max(-_cost[j], 0);
            }
        }
        return !isEmpty;
    }

    /// <summary>
    /// The half-spaces on whose borders <see cref="X"/> lies as a corner, those that hold a·x back most first; as many as there is
    /// room for, how many is returned.
    /// </summary>
    public int Holding(Span<int> halfSpaces)
    {
        var count = 0;
        Array.Clear(_moved);
        while (count < halfSpaces.Length)
        {
            var most = -1;
            for (var j = 0; j < inputs; j++)
            {
                if (_nonbasic[j] >= inputs && !_moved[j] && (most < 0 || _cost[j] < _cost[most]))
                {
                    most = j;
                }
            }
            if (most < 0)
            {
                break;
            }
            _moved[most] = true;
            halfSpaces[count++] = _nonbasic[most] - inputs;
        }
        return count;
    }

    double Low(int variable) => variable < inputs ? _lower[variable] : 0;

    double High(int variable) => variable < inputs ? _upper[variable] : double.PositiveInfinity;

    double BasicValue(int row) => _constants[row] + TensorPrimitives.Dot<double>(Row(row), _value);

    Span<double> Row(int row) => _rows.AsSpan(row * inputs, inputs);

    /// <summary>The basic variable furthest outside its bounds, −1 for none; by how much, negative if it is too small.</summary>
    (int Row, double Excess) MostViolated()
    {
        var (worst, excess) = (-1, 0.0);
        for (var k = 0; k < Count; k++)
        {
            var value = BasicValue(k);
            var (missing, over) = (Low(_basic[k]) - value, value - High(_basic[k]));
            if (Math.Max(missing, over) > Math.Max(Math.Abs(excess), Tolerance))
            {
                (worst, excess) = (k, over > missing ? over : -missing);
            }
        }
        return (worst, excess);
    }

    /// <summary>
    /// The nonbasic variable to exchange for a row's, −1 if none can mend the row: the one whose reduced cost reaches 0 first.
    /// One that arrives at its other bound before the row is mended stays there, and the next is taken: its cost changes its sign
    /// in the pivot.
    /// </summary>
    int Entering(int row, ref double excess)
    {
        var rates = Row(row);
        Array.Clear(_moved);
        while (true)
        {
            var (best, entering) = (double.PositiveInfinity, -1);
            for (var j = 0; j < inputs; j++)
            {
                // What changes the row's variable the right way: growing, if j is at its lower bound, or shrinking.
                var rate = excess < 0 ? rates[j] : -rates[j];
                var helps = _value[j] == Low(_nonbasic[j]) ? rate > Tolerance : rate < -Tolerance;
                if (helps && !_moved[j] && Math.Abs(_cost[j] / rate) < best)
                {
                    (best, entering) = (Math.Abs(_cost[j] / rate), j);
                }
            }
            if (entering < 0)
            {
                return -1;
            }
            var (low, high) = (Low(_nonbasic[entering]), High(_nonbasic[entering]));
            var change = Math.Abs(rates[entering]) * (high - low);
            if (change >= Math.Abs(excess))
            {
                return entering;
            }
            excess -= Math.Sign(excess) * change;
            _value[entering] = _value[entering] == low ? high : low;
            _moved[entering] = true;
        }
    }

    /// <summary>Exchanges a row's variable, which goes to the bound it had passed, for a nonbasic one.</summary>
    void Pivot(int row, int entering, bool isAbove)
    {
        // entering = (leaving − constant − Σ other rates·nonbasic) / rate, put into all other rows and the objective.
        var rates = Row(row);
        var inverse = 1 / rates[entering];
        TensorPrimitives.Multiply(rates, -inverse, rates);
        rates[entering] = inverse;
        _constants[row] *= -inverse;
        for (var k = 0; k < Count; k++)
        {
            if (k != row)
            {
                var other = Row(k);
                var rate = other[entering];
                other[entering] = 0;
                TensorPrimitives.MultiplyAdd(rates, rate, other, other);
                _constants[k] += rate * _constants[row];
            }
        }
        var cost = _cost[entering];
        _cost[entering] = 0;
        TensorPrimitives.MultiplyAdd(rates, cost, _cost, _cost);
        var leaving = _basic[row];
        (_basic[row], _nonbasic[entering]) = (_nonbasic[entering], leaving);
        _value[entering] = isAbove ? High(leaving) : Low(leaving);
    }

    /// <summary>
    /// A basic variable is the sum of nonbasic half-spaces and of inputs none of which can mend it: what takes the half-spaces out of the
    /// sum leaves inputs only.
    /// </summary>
    void ReadContradiction(int row, bool isAbove)
    {
        Array.Clear(_contradiction);
        var rates = Row(row);
        for (var j = 0; j < inputs; j++)
        {
            if (_nonbasic[j] >= inputs)
            {
                _contradiction[_nonbasic[j] - inputs] = Math.Max(isAbove ? rates[j] : -rates[j], 0);
            }
        }
        if (_basic[row] >= inputs)
        {
            _contradiction[_basic[row] - inputs] = 1;
        }
    }

    void ReadX()
    {
        for (var j = 0; j < inputs; j++)
        {
            if (_nonbasic[j] < inputs)
            {
                X[_nonbasic[j]] = _value[j];
            }
        }
        for (var k = 0; k < Count; k++)
        {
            if (_basic[k] < inputs)
            {
                X[_basic[k]] = Math.Clamp(BasicValue(k), _lower[_basic[k]], _upper[_basic[k]]);
            }
        }
    }

    /// <summary>max over the box of a·x + Σ λₖ (Gₖ x + gₖ), where λₖ ≥ 0 is minus the reduced cost of half-space k.</summary>
    double Lagrangian(ReadOnlySpan<double> a)
    {
        a.CopyTo(_lagrangian);
        var bound = 0.0;
        for (var j = 0; j < inputs; j++)
        {
            var k = _nonbasic[j] - inputs;
            if (k >= 0 && _multipliers[k] > 0)
            {
                TensorPrimitives.MultiplyAdd(Normal(k), _multipliers[k], _lagrangian, _lagrangian);
                bound += _multipliers[k] * _offsets[k];
            }
        }
        for (var d = 0; d < inputs; d++)
        {
            bound += _lagrangian[d] * (_lagrangian[d] > 0 ? _upper[d] : _lower[d]);
        }
        return bound;
    }
}
