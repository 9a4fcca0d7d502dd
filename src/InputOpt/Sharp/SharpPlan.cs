namespace RL.InputOpt;

/// <summary>Rows of a problem that are searched from together, and the passes of each.</summary>
readonly record struct SharpRung(int Rows, int Steps);

/// <summary>
/// How <see cref="Sharp"/> spends its passes on one problem, rung by rung; from one to the next the best rows are kept. Rungs climb first,
/// each row by steps that fall, and polish then. With few inputs one rung climbs with 0.6 of the passes, the polish has the rest, and the best
/// row ends with a walk over linear regions where these are polytopes; with many the polish would need more passes than there are to learn its metric,
/// so rungs climb with ever longer schedules to the end, or one does where linear regions are polytopes.
/// </summary>
/// <param name="Climb">Rungs that climb.</param>
/// <param name="Polish">Rungs that polish.</param>
/// <param name="Regions">Linear regions that are looked at in the end.</param>
/// <param name="RegionPasses">What each is charged: the forward runs of n + 1 points that its affine piece takes, at half a pass each.</param>
sealed record SharpPlan(IReadOnlyList<SharpRung> Climb, IReadOnlyList<SharpRung> Polish, int Regions = 0, int RegionPasses = 0)
{
    /// <summary>Most inputs that count as few (docs/sharp.md, "What was tried").</summary>
    public const int FewInputs = 24;

    /// <summary>The fewest steps of a rung that climbs, and of the last.</summary>
    const int FirstClimb = 20, LastClimb = 100;

    /// <summary>Steps of a climb with many inputs where the objective is affine within regions.</summary>
    const int AffineClimb = 120;

    const int MostClimbs = 3, MostRegions = 8;

    /// <summary>With few inputs, what share of the passes climbs.</summary>
    const double ClimbShare = 0.6;

    /// <summary>S, rows that begin.</summary>
    public int Starts => Climb[0].Rows;

    /// <summary>The plan for a problem of n inputs with a number of given starts, which are all used.</summary>
    /// <param name="options">Passes per given start, and the rest.</param>
    /// <param name="inputs">n.</param>
    /// <param name="given">Starts that are given.</param>
    /// <param name="walks">Whether the problem's linear regions are polytopes on which the objective is affine.</param>
    public static SharpPlan For(SharpOptions options, long inputs, long given, bool walks) =>
        ForTotal(options with { Passes = (int)Math.Min(int.MaxValue, options.Passes * given) }, inputs, given, walks);

    static SharpPlan ForTotal(SharpOptions options, long inputs, long given, bool walks)
    {
        if (options.Passes == 0)
        {
            return new([new((int)given, 0)], []);
        }
        if (inputs > FewInputs)
        {
            return walks ? ForManyAffine(options, given) : ForMany(options, inputs, given);
        }
        var each = (int)(inputs + 2) / 2;
        var regions = walks ? Math.Min(MostRegions, (int)(options.WalkShare * options.Passes / each)) : 0;
        var plan = ForFew(options, options.Passes - (regions * each), inputs, given) with { Regions = regions, RegionPasses = each };
        // Without a polish nothing is near enough to a maximum to walk from there.
        return regions > 0 && plan.Polish.Count == 0 ? ForTotal(options, inputs, given, walks: false) : plan;
    }

    static SharpPlan ForFew(SharpOptions options, int passes, long inputs, long given)
    {
        // To reach a local maximum by falling steps takes about as many as there are inputs.
        var steps = options.ExploreSteps > 0 ? options.ExploreSteps : (int)Math.Clamp(inputs - 1, 5, Math.Max(passes, 5));
        var climbing = options.Starts > 0 ? options.Starts : (int)(ClimbShare * options.Passes / steps);
        var starts = AtLeast(given, climbing, passes);
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

    /// <summary>
    /// One rung: where the objective is affine within regions, long climbs reach more than what the best of many short ones go on with
    /// (docs/results.md, "Design of SHARP").
    /// </summary>
    static SharpPlan ForManyAffine(SharpOptions options, long given)
    {
        var passes = options.Passes;
        var automatic = passes / (options.ExploreSteps > 0 ? options.ExploreSteps : AffineClimb);
        var starts = AtLeast(given, options.Starts > 0 ? options.Starts : automatic, passes);
        return new([new(starts, options.ExploreSteps > 0 ? Math.Min(options.ExploreSteps, passes / starts) : passes / starts)], []);
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

    /// <summary>Passes per problem up to each record of a trace: after every step of all rows, and in the end.</summary>
    public IReadOnlyList<long> RecordedPasses()
    {
        var records = new List<long>();
        foreach (var (rows, steps) in Climb.Concat(Polish))
        {
            var before = records.Count > 0 ? records[^1] : 0;
            records.AddRange(Enumerable.Range(1, steps).Select(step => before + ((long)step * rows)));
        }
        return [.. records, records.LastOrDefault()];
    }

    static int AtLeast(long given, int starts, int passes) => (int)Math.Clamp(Math.Max(starts, given), 1, passes);
}
