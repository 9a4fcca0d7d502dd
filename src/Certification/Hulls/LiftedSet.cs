namespace RL.Certification;

/// <summary>
/// A polytope {v : (v, rest) between bounds, lower ≤ A (v, rest) ≤ upper for some rest}: inputs of a network, or the values of a layer as far as a
/// relaxation knows them.
/// </summary>
sealed class LiftedSet
{
    const int ManyRows = 500;

    readonly List<(double Lower, double Upper)> _variables = [];
    readonly List<(int[] Columns, double[] Coefficients, double Lower, double Upper)> _rows = [];

    /// <summary>Numbers of the variables that are v.</summary>
    public int[] Values { get; set; } = [];

    /// <summary>How many variables.</summary>
    public int Variables => _variables.Count;

    /// <summary>Bounds of a variable.</summary>
    public (double Lower, double Upper) BoundsOf(int variable) => _variables[variable];

    public int AddVariable(double lower, double upper)
    {
        _variables.Add((lower, upper));
        return _variables.Count - 1;
    }

    public void AddRow(IEnumerable<(int Column, double Coefficient)> terms, double lower, double upper)
    {
        (int Column, double Coefficient)[] used = [.. terms.Where(term => term.Coefficient != 0)];
        _rows.Add(([.. used.Select(term => term.Column)], [.. used.Select(term => term.Coefficient)], lower, upper));
    }

    /// <summary>μ·(this set) within a larger one: every bound times the variable μ, which lies in [0, 1].</summary>
    /// <returns>The number of the first variable of the copy; the others follow in order.</returns>
    public int CopyInto(LiftedSet target, int scale)
    {
        var first = target.Variables;
        foreach (var (lower, upper) in _variables)
        {
            var own = target.AddVariable(Math.Min(lower, 0), Math.Max(upper, 0));
            target.AddRow([(own, 1), (scale, -lower)], 0, double.PositiveInfinity);
            target.AddRow([(own, 1), (scale, -upper)], double.NegativeInfinity, 0);
        }
        foreach (var (columns, coefficients, lower, upper) in _rows)
        {
            var terms = columns.Zip(coefficients, (column, coefficient) => (first + column, coefficient)).ToArray();
            if (lower == upper)
            {
                target.AddRow([.. terms, (scale, -lower)], 0, 0);
                continue;
            }
            if (double.IsFinite(lower))
            {
                target.AddRow([.. terms, (scale, -lower)], 0, double.PositiveInfinity);
            }
            if (double.IsFinite(upper))
            {
                target.AddRow([.. terms, (scale, -upper)], double.NegativeInfinity, 0);
            }
        }
        return first;
    }

    /// <summary>The set as a linear program.</summary>
    public LinearProgram ToProgram()
    {
        var program = new LinearProgram(isLarge: _rows.Count > ManyRows);
        foreach (var (lower, upper) in _variables)
        {
            program.AddVariable(lower, upper);
        }
        foreach (var (columns, coefficients, lower, upper) in _rows)
        {
            program.AddRow(columns, coefficients, lower, upper);
        }
        return program;
    }
}
