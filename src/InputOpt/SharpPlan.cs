namespace RL.InputOpt;

/// <summary>Rows of a problem that are searched from together, and the passes of each.</summary>
readonly record struct SharpRung(int Rows, int Steps);

/// <summary>
/// How <see cref="Sharp"/> spends its passes on one problem, rung by rung; from one to the next the best rows are kept. Rungs climb first,
/// each row by steps that fall, and polish then. With few inputs one rung climbs and the polish has half of the passes; with many the
/// polish would need more passes than there are to learn its metric, so rungs climb with ever longer schedules to the end.
/// </summary>
sealed record SharpPlan(IReadOnlyList<SharpRung> Climb, IReadOnlyList<SharpRung> Polish)
{
    /// <summary>Most inputs that count as few (docs/sharp.md, "What was tried").</summary>
    public const int FewInputs = 24;

    /// <summary>The fewest steps of a rung that climbs, and of the last.</summary>
    const int FirstClimb = 20, LastClimb = 100;

    const int MostClimbs = 3;

    /// <summary>S, rows that begin.</summary>
    public int Starts => Climb[0].Rows;

    /// <summary>The plan for a problem of n inputs with a number of given starts, which are all used as long as the passes reach.</summary>
    public static SharpPlan For(SharpOptions options, long inputs, long given) =>
        inputs <= FewInputs ? ForFew(options, inputs, given) : ForMany(options, inputs, given);

    static SharpPlan ForFew(SharpOptions options, long inputs, long given)
    {
        var passes = options.Passes;
        // To reach a local maximum by falling steps takes about as many as there are inputs.
        var steps = options.ExploreSteps > 0 ? options.ExploreSteps : (int)Math.Clamp(inputs, 6, Math.Max(passes, 6));
        var starts = AtLeast(given, options.Starts > 0 ? options.Starts : passes / (2 * steps), passes);
        steps = Math.Min(steps, passes / starts);

        var polish = new List<SharpRung>();
        var left = passes - (starts * steps);
        for (var rows = starts / options.Halving; rows > 1; rows /= options.Halving)
        {
            var each = left / (3 * rows);
            if (each > 0)
            {
                polish.Add(new(rows, each));
                left -= rows * each;
            }
        }
        if (left > 0)
        {
            polish.Add(new(1, left));
        }
        return new([new(starts, steps)], polish);
    }

    static SharpPlan ForMany(SharpOptions options, long inputs, long given)
    {
        var (passes, halving) = (options.Passes, options.Halving);
        // Rungs have equal passes, so each has 1/halving of the rows and halving times the steps of the one before.
        var rungs = 1;
        while (rungs < MostClimbs && passes / (rungs + 1) / Math.Pow(halving, rungs) >= FirstClimb)
        {
            rungs++;
        }
        var share = passes / (double)rungs;
        var last = Math.Max(1, Math.Round(share / Math.Max(LastClimb, 2 * inputs)));
        var automatic = options.ExploreSteps > 0 ? share / options.ExploreSteps : last * Math.Pow(halving, rungs - 1);
        var starts = AtLeast(given, options.Starts > 0 ? options.Starts : (int)automatic, passes);

        var climb = new List<SharpRung>();
        var left = passes;
        for (var rung = 0; rung < rungs && left > 0; rung++)
        {
            var rows = Math.Max(1, (int)(starts / Math.Pow(halving, rung)));
            var isLast = rung == rungs - 1 || rows == 1;
            var steps = isLast ? left / rows : Math.Min((int)(share / rows), left / rows);
            if (steps > 0)
            {
                climb.Add(new(rows, steps));
                left -= rows * steps;
            }
            if (isLast)
            {
                break;
            }
        }
        return new(climb.Count > 0 ? climb : [new(starts, 1)], []);
    }

    /// <summary>Passes per problem up to each record of a trace: after every step of all rows, and of the last iterate.</summary>
    public IReadOnlyList<long> RecordedPasses()
    {
        var records = new List<long>();
        foreach (var (rows, steps) in Climb.Concat(Polish))
        {
            var before = records.Count > 0 ? records[^1] : 0;
            records.AddRange(Enumerable.Range(1, steps).Select(step => before + ((long)step * rows)));
        }
        return [.. records, records[^1]];
    }

    static int AtLeast(long given, int starts, int passes) => (int)Math.Clamp(Math.Max(starts, given), 1, passes);
}
