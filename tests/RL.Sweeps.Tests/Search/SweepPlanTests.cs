using System.Text.Json.Nodes;

namespace RL.Sweeps.Tests;

public sealed class SweepPlanTests
{
    static SweepSpec Spec(params string[] settings) => new()
    {
        Agent = "ppo",
        Environment = "CartPole-v1",
        Settings = new(settings.Select(setting => KeyValuePair.Create(setting.Split('=')[0], (JsonNode?)setting.Split('=')[1]))),
    };

    [Fact]
    public void Of_AGrid_IsEveryCombinationTheLastFastest()
    {
        var plan = SweepPlan.Of(Spec("epochs=5,10", "discount=0.9..0.99:3") with { Search = SearchMethod.Grid });
        Assert.Equal(
            ["5 0.9", "5 0.945", "5 0.99", "10 0.9", "10 0.945", "10 0.99"],
            plan.Trials.Select(trial => string.Join(' ', trial.Values)));
        Assert.Equal(6, plan.Spec.Trials);
    }

    [Fact]
    public void Of_MoreTrials_KeepsThoseBeforeAndDrawsNoneTwice()
    {
        var few = SweepPlan.Of(Spec("epochs=5,10,20", "learning_rate=1e-4..1e-2:log") with { Trials = 5 });
        var many = SweepPlan.Of(few.Spec with { Trials = 40 });
        Assert.Equal(few.Trials.Select(trial => trial.Values), many.Trials.Take(5).Select(trial => trial.Values));
        Assert.Equal(40, many.Trials.DistinctBy(trial => string.Join(' ', trial.Values)).Count());
        var all = SweepPlan.Of(Spec("epochs=1..30") with { Trials = 30 });
        Assert.Equal(Enumerable.Range(1, 30), all.Trials.Select(trial => int.Parse(trial.Values[0])).Order());
        Assert.NotEqual(few.Trials[0].Values, SweepPlan.Of(few.Spec with { SearchSeed = 1 }).Trials[0].Values);
    }

    [Theory]
    [InlineData(9, 3, null, new long[] { 10_000, 30_000, 90_000 })]
    [InlineData(100, 3, null, new long[] { 3_000, 9_000, 27_000, 90_000 })]
    [InlineData(20, 4, 20_000L, new long[] { 20_000, 90_000 })]
    [InlineData(4, 4, 60_000L, new long[] { 60_000, 90_000 })]
    [InlineData(2, 3, null, new long[] { 90_000 })]
    public void Of_Halving_HasRungsThatTheTrialsCanFill(int trials, int factor, long? first, long[] rungs)
    {
        var plan = SweepPlan.Of(Spec("epochs=1..200", "total_steps=90000", "evaluation_interval=1000") with
        {
            Search = SearchMethod.Halving,
            Trials = trials,
            Factor = factor,
            FirstRung = first,
        });
        Assert.Equal(rungs, plan.Rungs);
    }

    [Theory]
    [InlineData(SearchMethod.Random, 10)]
    [InlineData(SearchMethod.Halving, 30)]
    public void Of_ABudget_IsAsManyTrials(SearchMethod search, int trials)
    {
        // A trial of halving costs 1000 + 2000 / 3 + 6000 / 9 + 18000 / 27 = 3000 on average.
        var spec = Spec("epochs=1..200", search == SearchMethod.Random ? "total_steps=9000" : "total_steps=27000", "evaluation_interval=1000");
        Assert.Equal(trials, SweepPlan.Of(spec with { Budget = 180_000, Search = search, Seeds = "0,1", FirstRung = search == SearchMethod.Random ? null : 1000 }).Trials.Count);
    }

    [Theory]
    [InlineData("There is nothing to search", "epochs=5")]
    [InlineData("epochz=5,10: there is no option epochz; did you mean epochs", "epochz=5,10")]
    [InlineData("agent.epochs is given twice", "epochs=5,10", "agent.epochs=4")]
    [InlineData("the seeds of a sweep are given by --seeds", "epochs=5,10", "seed=0,1")]
    [InlineData("allowed: one number for all trials", "epochs=5,10", "total_steps=100,200")]
    [InlineData("trials is 20; allowed: 1 to 2", "epochs=5,10", "trials=20")]
    [InlineData("trials is 0; allowed: 1 to 100000", "epochs=5,10", "trials=0")]
    [InlineData("trials is 2 and budget is 7; allowed: one of them", "epochs=5,10", "trials=2", "budget=7")]
    [InlineData("budget is 7; allowed: 1000000 or more", "epochs=5,10", "budget=7")]
    [InlineData("agent.discount is the range 0.1..0.9, and a grid needs values; 0.1..0.9:5", "discount=0.1..0.9", "search=grid")]
    [InlineData("trials is 3, and the grid has 2", "epochs=5,10", "search=grid", "trials=3")]
    [InlineData("The grid has 1,000,000 trials", "epochs=1..1000:1000", "rollout_steps=1..1000:1000", "search=grid")]
    [InlineData("trials is 8; with 3 rungs (10, 30, 90 steps)", "epochs=1..50", "total_steps=90", "search=halving", "trials=8", "first=10")]
    [InlineData("training.evaluation_interval is 5000, and the first rung has 10 steps", "epochs=1..50", "total_steps=90", "search=halving", "trials=9", "first=10")]
    [InlineData("first_rung is 100; allowed: 1 to 90", "epochs=1..50", "total_steps=90", "search=halving", "trials=9", "first=100")]
    public void Of_WhatIsNotAllowed_NamesIt(string problem, params string[] words)
    {
        string? Word(string name) => Array.Find(words, word => word.StartsWith(name + "=", StringComparison.Ordinal))?.Split('=')[1];
        var spec = Spec([.. words.Where(word => word.Split('=')[0] is not ("trials" or "budget" or "search" or "first"))]) with
        {
            Trials = Word("trials") is { } trials ? int.Parse(trials) : null,
            Budget = Word("budget") is { } budget ? long.Parse(budget) : null,
            FirstRung = Word("first") is { } first ? long.Parse(first) : null,
            Search = Enum.Parse<SearchMethod>(Word("search") ?? "random", ignoreCase: true),
        };
        Assert.Contains(problem, Assert.Throws<UserException>(() => SweepPlan.Of(spec)).Message);
    }
}
