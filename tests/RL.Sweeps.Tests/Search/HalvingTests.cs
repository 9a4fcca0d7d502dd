using RL.Environments;

namespace RL.Sweeps.Tests;

public sealed class HalvingTests
{
    const int Trials = 60, Rungs = 4, Factor = 3;

    /// <summary>Scores with equals and failures among them, better in later rungs for some.</summary>
    static double Score(int trial, int rung)
    {
        var random = new Pcg64(17, (uint)((trial * Rungs) + rung));
        return random.NextInt(10) == 0 ? double.NaN : random.NextInt(20);
    }

    static Halving All(Func<IReadOnlyList<(int Trial, int Rung)>, int> choose)
    {
        var halving = new Halving(Rungs, Factor);
        for (var trial = 0; trial < Trials; trial++)
        {
            halving.Enter(trial);
        }

        var known = new HashSet<(int, int)>();
        while (true)
        {
            var open = Enumerable.Range(0, Rungs).SelectMany(rung => halving.Entrants(rung).Select(trial => (Trial: trial, Rung: rung)))
                .Where(entry => !known.Contains(entry)).ToList();
            if (open.Count == 0)
            {
                return halving;
            }

            var (trial, at) = open[choose(open)];
            known.Add((trial, at));
            halving.Know(trial, at, Score(trial, at));
        }
    }

    [Fact]
    public void Know_ResultsInAnyOrder_TheSameArePromoted()
    {
        var expected = All(_ => 0);
        for (ulong seed = 0; seed < 20; seed++)
        {
            var random = new Pcg64(seed);
            var actual = All(open => random.NextInt(open.Count));
            for (var rung = 0; rung < Rungs; rung++)
            {
                Assert.Equal(expected.Entrants(rung), actual.Entrants(rung));
            }
        }
    }

    [Fact]
    public void Know_OfEveryRung_PromotesTheBestThirdOfTheFirstN()
    {
        var halving = All(_ => 0);
        Assert.NotEmpty(halving.Entrants(Rungs - 1));
        for (var rung = 0; rung < Rungs - 1; rung++)
        {
            var (entrants, promoted) = (halving.Entrants(rung), new List<int>());
            for (var n = 1; n <= entrants.Count; n++)
            {
                // As it is defined: all of them sorted anew.
                promoted.AddRange(entrants.Take(n)
                    .Where(trial => !double.IsNaN(Score(trial, rung)))
                    .OrderByDescending(trial => Score(trial, rung))
                    .Take(n / Factor)
                    .Except(promoted));
            }

            Assert.Equal(promoted, halving.Entrants(rung + 1));
        }
    }

    [Fact]
    public void Know_MoreTrials_OnlyAddAtTheEnd()
    {
        var halving = new Halving(2, 2);
        halving.Enter(0);
        halving.Enter(1);
        halving.Know(1, 0, 5);
        Assert.Empty(halving.Entrants(1));
        halving.Know(0, 0, 5);
        Assert.Equal([0], halving.Entrants(1));
        halving.Enter(2);
        halving.Enter(3);
        halving.Know(2, 0, 4);
        halving.Know(3, 0, 9);
        Assert.Equal([0, 3], halving.Entrants(1));
    }
}
