namespace RL.InputOpt;

/// <summary>How <see cref="Sharp"/> spends its passes on one problem: all starts explore, fewer and fewer polish.</summary>
/// <param name="Starts">S, rows that explore.</param>
/// <param name="ExploreSteps">k, passes of each.</param>
/// <param name="Rungs">Rows that polish and the passes of each of them, one after the other; the last has one row.</param>
sealed record SharpPlan(int Starts, int ExploreSteps, IReadOnlyList<(int Rows, int Steps)> Rungs)
{
    /// <summary>Most inputs for which polishing is worth its share of the passes.</summary>
    public const int PolishedInputs = 64;

    /// <summary>The plan for a problem of n inputs with a number of given starts, which are all used as long as the passes reach.</summary>
    public static SharpPlan For(SharpOptions options, long inputs, long given)
    {
        var passes = options.Passes;
        // What is local costs about as many passes as there are inputs, whether by falling steps or by learning a metric.
        var explore = options.ExploreSteps > 0 ? options.ExploreSteps : (int)Math.Clamp(Math.Pow(inputs, 1.2), 6, Math.Max(passes, 6));
        // Where the inputs outnumber the passes a metric cannot be learnt: exploring has it all.
        var share = inputs <= PolishedInputs ? 0.5 : 0.9;
        var starts = options.Starts > 0 ? options.Starts : (int)(share * passes / explore);
        starts = (int)Math.Clamp(Math.Max(starts, given), 1, passes);
        explore = Math.Min(explore, passes / starts);

        var rungs = new List<(int, int)>();
        var left = passes - (starts * explore);
        for (var rows = starts / options.Halving; rows > 1; rows /= options.Halving)
        {
            var steps = left / (3 * rows);
            if (steps > 0)
            {
                rungs.Add((rows, steps));
                left -= rows * steps;
            }
        }
        if (left > 0)
        {
            rungs.Add((1, left));
        }
        return new(starts, explore, rungs);
    }

    /// <summary>Passes per problem up to each record of a trace: after every step of all rows, and of the last iterate.</summary>
    public IReadOnlyList<long> RecordedPasses()
    {
        var records = new List<long>();
        foreach (var (rows, steps) in Rungs.Prepend((Starts, ExploreSteps)))
        {
            var before = records.Count > 0 ? records[^1] : 0;
            records.AddRange(Enumerable.Range(1, steps).Select(step => before + ((long)step * rows)));
        }
        return [.. records, records[^1]];
    }
}
