namespace RL.Sweeps;

/// <summary>
/// Asynchronous successive halving (Li et al. 2020, "A system for massively parallel hyperparameter tuning", algorithm 2). A trial that is
/// among the best 1/η of its rung is promoted: it goes on to the next one.
/// </summary>
/// <remarks>
/// In the paper the order in which trials finish decides who is promoted. Here the trials of a rung are taken in the order in which they
/// entered it (in the first rung the order of their numbers) and each decision looks at those before it alone, whenever they
/// finished. So what is promoted is a function of the results: it does not depend on the number of workers, their speed, or interruptions.
/// </remarks>
public sealed class Halving
{
    readonly Rung[] _rungs;
    readonly int _factor;

    /// <param name="rungs">Number of rungs.</param>
    /// <param name="factor">η: one of so many is promoted.</param>
    public Halving(int rungs, int factor)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rungs, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(factor, 2);
        (_rungs, _factor) = ([.. Enumerable.Range(0, rungs).Select(_ => new Rung())], factor);
    }

    /// <summary>The trials of a rung, in the order in which they entered it.</summary>
    public IReadOnlyList<int> Entrants(int rung) => _rungs[rung].Entrants;

    /// <summary>A new trial enters the first rung.</summary>
    public void Enter(int trial) => _rungs[0].Entrants.Add(trial);

    /// <summary>Takes the result of a trial of a rung, and promotes those who by now are known to be among the best.</summary>
    /// <param name="trial">The trial.</param>
    /// <param name="rung">A rung that it is in.</param>
    /// <param name="score">The higher the better; NaN of a trial that failed, which is never promoted.</param>
    /// <returns>Those that are promoted by that, to the next rung.</returns>
    public IReadOnlyList<int> Know(int trial, int rung, double score)
    {
        _rungs[rung].Known[trial] = score;
        if (rung == _rungs.Length - 1)
        {
            return [];
        }

        var next = _rungs[rung + 1].Entrants;
        var before = next.Count;
        Decide(_rungs[rung], next);
        return next[before..];
    }

    /// <summary>Of the first n of a rung, for n = 1, 2, …, the best ⌊n/η⌋ are promoted, in the order in which that becomes so.</summary>
    void Decide(Rung rung, List<int> promoted)
    {
        while (rung.Ranked.Count < rung.Entrants.Count && rung.Known.TryGetValue(rung.Entrants[rung.Ranked.Count], out var score))
        {
            rung.Add(rung.Entrants[rung.Ranked.Count], score);
            var best = rung.Ranked.Count / _factor;
            // All the others of the best were among them before.
            foreach (var (trial, value) in rung.Ranked.Skip(Math.Min(rung.Newest, best - 1)).Take(1).Concat(rung.Ranked.Skip(best - 1).Take(1)))
            {
                if (best > 0 && !double.IsNaN(value) && rung.Promoted.Add(trial))
                {
                    promoted.Add(trial);
                }
            }
        }
    }

    sealed class Rung
    {
        public List<int> Entrants { get; } = [];

        public Dictionary<int, double> Known { get; } = [];

        /// <summary>Those that decisions have been made with, the best first; of equals the earlier entrant is better.</summary>
        public List<(int Trial, double Score)> Ranked { get; } = [];

        public HashSet<int> Promoted { get; } = [];

        /// <summary>Rank of the last one added.</summary>
        public int Newest { get; private set; }

        public void Add(int trial, double score)
        {
            var (low, high) = (0, Ranked.Count);
            while (low < high)
            {
                var middle = (low + high) / 2;
                (low, high) = IsBelow(score, Ranked[middle].Score) ? (middle + 1, high) : (low, middle);
            }

            Newest = low;
            Ranked.Insert(low, (trial, score));
        }

        /// <summary>NaN is below everything.</summary>
        static bool IsBelow(double score, double other) => double.IsNaN(score) || other >= score;
    }
}
