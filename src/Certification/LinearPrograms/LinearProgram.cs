using Google.OrTools.LinearSolver;

namespace RL.Certification;

/// <summary>
/// max c·x subject to lower ≤ A x ≤ upper and finite bounds of every variable, solved by OR-Tools' simplex method (GLOP). What the solver says of its
/// optimum is not believed: the bound is computed anew from its multipliers, with rounding outwards.
/// </summary>
/// <remarks>
/// Variables and rows are scaled by powers of two, so that the largest value of a variable and the largest coefficient of a row lie between ½ and 1: the
/// solver's tolerances mean the same at any scale, and programs that differ by powers of two give the same bits. Rows and objectives may change
/// between calls; the solver then starts where it ended.
/// </remarks>
sealed class LinearProgram : IDisposable
{
    const string Tolerances = "primal_feasibility_tolerance: 1e-9 dual_feasibility_tolerance: 1e-9";
    const string Plain = Tolerances + " use_preprocessing: false use_dual_simplex: false", Dual = Tolerances + " use_preprocessing: false use_dual_simplex: true";

    readonly string _parameters;

    readonly Solver _solver = Solver.CreateSolver("GLOP");
    readonly List<Variable> _variables = [];
    readonly List<(double Lower, double Upper, int Exponent)> _columns = [];        // scaled
    readonly List<Row> _rows = [];

    /// <param name="isLarge">
    /// Whether the solver first simplifies the program, which is faster for large ones; but it then begins anew in every call.
    /// </param>
    public LinearProgram(bool isLarge = false)
    {
        _parameters = isLarge ? Tolerances + " use_preprocessing: true use_dual_simplex: false" : Plain;
        SetParameters(_parameters);
    }

    /// <summary>How many variables there are.</summary>
    public int Variables => _columns.Count;

    /// <summary>How many rows there are.</summary>
    public int Rows => _rows.Count;

    /// <summary>A new variable between finite bounds.</summary>
    /// <returns>Its number.</returns>
    /// <exception cref="ArgumentException">Bounds that are not finite, or the lower one above the upper one.</exception>
    public int AddVariable(double lower, double upper)
    {
        if (!(double.IsFinite(lower) && double.IsFinite(upper) && lower <= upper))
        {
            throw new ArgumentException($"A variable's bounds are {lower} and {upper}; allowed: finite numbers, the lower one first.");
        }
        var exponent = Exponent(Math.Max(Math.Abs(lower), Math.Abs(upper)));
        var (least, most) = (Math.ScaleB(lower, -exponent), Math.ScaleB(upper, -exponent));
        _columns.Add((least, most, exponent));
        _variables.Add(_solver.MakeNumVar(least, most, ""));
        return _columns.Count - 1;
    }

    /// <summary>A variable's bounds.</summary>
    public (double Lower, double Upper) BoundsOf(int variable)
    {
        var (lower, upper, exponent) = _columns[variable];
        return (Math.ScaleB(lower, exponent), Math.ScaleB(upper, exponent));
    }

    /// <summary>Lets a variable have less room than before.</summary>
    public void Tighten(int variable, double lower, double upper)
    {
        var (least, most, exponent) = _columns[variable];
        (least, most) = (Math.Max(least, Math.ScaleB(lower, -exponent)), Math.Min(most, Math.ScaleB(upper, -exponent)));
        if (least <= most)
        {
            _columns[variable] = (least, most, exponent);
            _variables[variable].SetBounds(least, most);
        }
    }

    /// <summary>lower ≤ Σ coefficients[i]·x[columns[i]] ≤ upper, with one infinite bound or none. Columns must differ.</summary>
    /// <returns>The row's number.</returns>
    /// <exception cref="ArgumentException">A coefficient that is not finite, or bounds that are not numbers.</exception>
    public int AddRow(ReadOnlySpan<int> columns, ReadOnlySpan<double> coefficients, double lower, double upper)
    {
        if (!(lower <= upper) || double.IsPositiveInfinity(lower) || double.IsNegativeInfinity(upper))
        {
            throw new ArgumentException($"A row's bounds are {lower} and {upper}; allowed: numbers, the lower one first.");
        }
        var (own, scaled) = (columns.ToArray(), new double[columns.Length]);
        var largest = 0.0;
        for (var i = 0; i < own.Length; i++)
        {
            scaled[i] = Math.ScaleB(coefficients[i], _columns[own[i]].Exponent);
            if (!double.IsFinite(scaled[i]))
            {
                throw new ArgumentException($"Coefficient {i} of a row is {coefficients[i]}; allowed: finite numbers.");
            }
            largest = Math.Max(largest, Math.Abs(scaled[i]));
        }
        var exponent = Exponent(largest);
        for (var i = 0; i < own.Length; i++)
        {
            scaled[i] = Math.ScaleB(scaled[i], -exponent);
        }
        var row = new Row(own, scaled, Math.ScaleB(lower, -exponent), Math.ScaleB(upper, -exponent), _solver.MakeConstraint());
        row.Constraint.SetBounds(row.Lower, row.Upper);
        for (var i = 0; i < own.Length; i++)
        {
            row.Constraint.SetCoefficient(_variables[own[i]], scaled[i]);
        }
        _rows.Add(row);
        return _rows.Count - 1;
    }

    /// <summary>Solves for one variable, or its negative.</summary>
    public LinearSolution Maximize(int variable, int sign)
    {
        var objective = new double[_columns.Count];
        objective[variable] = sign;
        return Maximize(objective);
    }

    /// <summary>Solves for an objective c [variables].</summary>
    /// <exception cref="ArgumentException">A coefficient that is not finite.</exception>
    public LinearSolution Maximize(ReadOnlySpan<double> objective)
    {
        var scaled = new double[_columns.Count];
        var largest = 0.0;
        for (var j = 0; j < scaled.Length; j++)
        {
            scaled[j] = Math.ScaleB(objective[j], _columns[j].Exponent);
            if (!double.IsFinite(scaled[j]))
            {
                throw new ArgumentException($"Coefficient {j} of the objective is {objective[j]}; allowed: finite numbers.");
            }
            largest = Math.Max(largest, Math.Abs(scaled[j]));
        }
        var exponent = Exponent(largest);
        var target = _solver.Objective();
        for (var j = 0; j < scaled.Length; j++)
        {
            scaled[j] = Math.ScaleB(scaled[j], -exponent);
            target.SetCoefficient(_variables[j], scaled[j]);
        }
        target.SetMaximization();
        var isOptimal = _solver.Solve() == Solver.ResultStatus.OPTIMAL || SolveOtherwise();

        // Without an optimum there are no multipliers; all 0, they still give a bound.
        var multipliers = new double[_rows.Count];
        var x = new double[scaled.Length];
        for (var i = 0; isOptimal && i < multipliers.Length; i++)
        {
            multipliers[i] = _rows[i].Constraint.DualValue();
        }
        for (var j = 0; isOptimal && j < x.Length; j++)
        {
            var (lower, upper, own) = _columns[j];
            x[j] = Math.ScaleB(Math.Clamp(_variables[j].SolutionValue(), lower, upper), own);
        }
        return new(isOptimal, x, Math.ScaleB(Bound(scaled, multipliers), exponent));
    }

    /// <summary>
    /// From the beginning and without simplifying first: that finds programs with coefficients of 1e-16 infeasible that are not. Then by the dual simplex
    /// method, where the primal one meets numerical difficulties.
    /// </summary>
    bool SolveOtherwise()
    {
        var isOptimal = false;
        foreach (var parameters in new[] { Plain, Dual })
        {
            if (!isOptimal)
            {
                _solver.Reset();
                SetParameters(parameters);
                isOptimal = _solver.Solve() == Solver.ResultStatus.OPTIMAL;
            }
        }
        SetParameters(_parameters);
        return isOptimal;
    }

    void SetParameters(string parameters)
    {
        if (!_solver.SetSolverSpecificParametersAsString(parameters))
        {
            throw new InvalidOperationException($"GLOP does not take the parameters {parameters}.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _solver.Dispose();

    /// <summary>
    /// c·x = y·A x + (c − Aᵀy)·x is at most Σ max(y lower, y upper) + Σ max over the bounds of (c − Aᵀy)_j x_j, whatever y is (Neumaier and Shcherbina
    /// 2004); rounded sums are off by at most γ times their terms' magnitudes.
    /// </summary>
    double Bound(double[] objective, double[] multipliers)
    {
        var (left, magnitude, terms) = ((double[])objective.Clone(), Array.ConvertAll(objective, Math.Abs), new int[objective.Length]);
        var (sum, size) = (0.0, 0.0);
        for (var i = 0; i < _rows.Count; i++)
        {
            var (row, y) = (_rows[i], multipliers[i]);
            var side = y > 0 ? row.Upper : row.Lower;
            if (y == 0 || !double.IsFinite(y) || !double.IsFinite(side))
            {
                continue;
            }
            sum += y * side;
            size += Math.Abs(y * side);
            for (var k = 0; k < row.Columns.Length; k++)
            {
                var (j, term) = (row.Columns[k], y * row.Coefficients[k]);
                left[j] -= term;
                magnitude[j] += Math.Abs(term);
                terms[j]++;
            }
        }
        var error = 0.0;
        for (var j = 0; j < left.Length; j++)
        {
            var (lower, upper, _) = _columns[j];
            var most = Math.Max(left[j] * lower, left[j] * upper);
            sum += most;
            size += Math.Abs(most);
            error += Rounding.Unit(terms[j] + 8) * magnitude[j] * Math.Max(Math.Abs(lower), Math.Abs(upper));
        }
        return sum + (((Rounding.Unit(left.Length + _rows.Count + 8) * size) + (error * (1 + 1e-9))) * (1 + 1e-9)) + Rounding.Underflow;
    }

    /// <summary>e with ½ ≤ value·2⁻ᵉ &lt; 1; 0 for 0.</summary>
    static int Exponent(double value) => value == 0 ? 0 : Math.ILogB(value) + 1;

    sealed record Row(int[] Columns, double[] Coefficients, double Lower, double Upper, Constraint Constraint);
}

/// <summary>What a linear program's solver found.</summary>
/// <param name="IsOptimal">Whether it found an optimum. If not, the point is 0 and the bound that of the variables' bounds alone.</param>
/// <param name="X">Where, within the variables' bounds [variables].</param>
/// <param name="Bound">No feasible x has a larger objective, rounding included.</param>
sealed record LinearSolution(bool IsOptimal, double[] X, double Bound);
