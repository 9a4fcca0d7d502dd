namespace RL.InputOpt;

/// <summary>
/// The exact end of a search. In a linear region, where every neuron keeps its phase, f is affine: its maximum over region ∩ box is a
/// vertex, by linear program. From there the regions behind the half-spaces that hold it back are looked at one after the other,
/// those with the largest multipliers first, and the walk goes on from the first whose own vertex is better. Works on phases, not on
/// points near a border, so that rounding decides nothing. The caller brings the affine pieces. Allocates nothing after
/// construction.
/// </summary>
sealed class RegionWalk
{
    const double Tolerance = 1e-7;      // of half-spaces, and of what counts as better, relative

    readonly BoxProgram _program;
    readonly AlignedArray<double>[] _z;
    readonly bool[][] _home;                            // phases in the region of the best vertex
    readonly (int Layer, int Unit)[] _members;          // which neuron each half-space of the program is of
    readonly int[] _holding;
    readonly (int Layer, int Unit)[] _behind;           // neurons to flip from home, in this order
    readonly double[] _lower, _upper;
    int _behindCount, _tried;
    bool _isFirst;

    public RegionWalk(int inputs, IReadOnlyList<int> units)
    {
        _program = new(inputs);
        _z = [.. units.Select(count => new AlignedArray<double>(count))];
        (Phases, _home) = ([.. units.Select(count => new bool[count])], [.. units.Select(count => new bool[count])]);
        // A corner is held by n half-spaces; a program that has let in many times more is going round in circles.
        _members = new (int, int)[32 + (16 * inputs)];
        (_holding, _behind) = (new int[inputs], new (int, int)[inputs]);
        (_lower, _upper, Best) = (new double[inputs], new double[inputs], new double[inputs]);
    }

    /// <summary>Per hidden layer, which neurons are active in the region to look at next; set these before <see cref="Begin"/>.</summary>
    public bool[][] Phases { get; }

    /// <summary>Whether there is nothing left to look at.</summary>
    public bool IsDone { get; private set; }

    /// <summary>The best vertex found, if <see cref="HasBest"/> [n].</summary>
    public double[] Best { get; }

    /// <summary>The objective there, as the piece has it.</summary>
    public double BestValue { get; private set; }

    public bool HasBest => !_isFirst;

    /// <summary>Begins with the region of <see cref="Phases"/>, in a box.</summary>
    public void Begin(ReadOnlySpan<double> lower, ReadOnlySpan<double> upper)
    {
        lower.CopyTo(_lower);
        upper.CopyTo(_upper);
        (IsDone, _isFirst, _behindCount, _tried) = (false, true, 0, 0);
    }

    /// <summary>Looks at the region of <see cref="Phases"/>, and sets these to the next.</summary>
    public void Look(AffinePiece piece)
    {
        if (FindVertex(piece, out var value))
        {
            (BestValue, _isFirst) = (value, false);
            _program.X.CopyTo(Best, 0);
            Copy(Phases, _home);
            _behindCount = _program.Holding(_holding);
            for (var i = 0; i < _behindCount; i++)
            {
                _behind[i] = _members[_holding[i]];
            }
            _tried = 0;
        }
        if (_tried == _behindCount)
        {
            IsDone = true;
            return;
        }
        Copy(_home, Phases);
        var (layer, unit) = _behind[_tried++];
        Phases[layer][unit] = !Phases[layer][unit];
    }

    /// <summary>
    /// The maximum over region ∩ box, if it is better than the best. Half-spaces enter the program only once its solution violates them: few of
    /// them matter.
    /// </summary>
    bool FindVertex(AffinePiece piece, out double value)
    {
        _program.Clear();
        while (true)
        {
            value = _program.Maximize(piece.Gradient, _lower, _upper) + piece.Constant;
            if (double.IsNegativeInfinity(value)
                || (!_isFirst && value <= BestValue + (Tolerance * Math.Max(1, Math.Abs(BestValue)))))
            {
                return false;
            }
            var before = _program.Count;
            for (var layer = 0; layer < _z.Length; layer++)
            {
                AddMostViolated(piece, layer);
            }
            if (_program.Count == before)
            {
                return true;
            }
            if (_program.Count + _z.Length > _members.Length)
            {
                return false;
            }
        }
    }

    void AddMostViolated(AffinePiece piece, int layer)
    {
        var z = _z[layer].Span;
        piece.Normals[layer].Combine(_program.X, piece.Offsets[layer], z);
        var phases = Phases[layer];
        var (worst, least) = (-1, -Tolerance);
        for (var j = 0; j < phases.Length; j++)
        {
            var inside = phases[j] ? z[j] : -z[j];
            if (inside < least)
            {
                (worst, least) = (j, inside);
            }
        }
        if (worst >= 0)
        {
            _members[_program.Count] = (layer, worst);
            _program.Add(piece.Normals[layer], worst, piece.Offsets[layer][worst], phases[worst] ? 1 : -1);
        }
    }

    static void Copy(bool[][] from, bool[][] to)
    {
        for (var layer = 0; layer < from.Length; layer++)
        {
            from[layer].CopyTo(to[layer], 0);
        }
    }
}
